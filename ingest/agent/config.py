"""The agent's configuration: a TOML file, and secrets in separate files."""

import ssl
import stat
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    ValidationError,
    field_validator,
    model_validator,
)

from ingest.broker_address import BrokerAddress
from ingest.payloads.status import MAX_DEVICES
from ingest.video.address import CameraAddress
from models.base.errors import Invalid
from models.base.ids import is_slug
from models.catalogue.codes import SENSOR_CODES
from models.catalogue.terms import Zone
from models.catalogue.weights import Precision


def _slug(text: str) -> str:
    if not is_slug(text):
        raise ValueError("expected 1–64 of a–z, 0–9, '-' and '_'")
    return text


def _broker(url: str) -> str:
    try:
        BrokerAddress.parse(url)
    except Invalid as error:
        raise ValueError(str(error)) from None
    return url


Broker = Annotated[str, AfterValidator(_broker)]
Slug = Annotated[str, AfterValidator(_slug)]
MIB = 2**20


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlatformConfig(_Part):
    """Address of the platform and this node's identity there, as `mingchu node add` prints them.

    `ca` is the certificate (PEM) by which the broker and the API are checked, instead of the public authorities.
    """

    broker: Broker
    ca: str | None = Field(default=None, max_length=16_384)
    tenant: Slug
    site: Slug
    node: Slug
    password_file: Path
    state_dir: Path
    spool_bytes: int = Field(default=256 * MIB, ge=MIB)
    clips_bytes: int = Field(default=512 * MIB, ge=MIB)

    @field_validator("ca")
    @classmethod
    def _a_certificate(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                ssl.create_default_context(cadata=value)
            except (ssl.SSLError, ValueError):
                raise ValueError("expected a certificate: -----BEGIN CERTIFICATE----- …") from None
        return value


class SpeakerConfig(_Part):
    """The loudspeaker: a program that says the text on its standard input and ends with 0."""

    command: tuple[str, ...] = Field(min_length=1, max_length=32)
    timeout_s: float = Field(default=30.0, gt=0, le=120)


class CameraConfig(_Part):
    """One camera; its address is in the file itself (`url`) or in a separate file (`url_file`).

    `furniture`: whether an agent that judges by itself learns what is taken for a head there and never moves.
    """

    device: Slug
    url: str | None = None
    url_file: Path | None = None
    username: str | None = None
    password_file: Path | None = None
    zone: Zone | None = None
    sample_fps: float = Field(default=1.0, gt=0, le=25)
    sample: Literal["auto", "key", "all"] = "auto"
    ring_s: float = Field(default=60.0, ge=5, le=900)
    ring_bytes: int = Field(default=64 * MIB, ge=MIB)
    furniture: bool = True

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if (self.url is None) == (self.url_file is None):
            raise ValueError("expected exactly one of url and url_file")
        return self


class LocalConfig(_Part):
    """The site's own broker, to which Zigbee2MQTT and Tasmota publish."""

    broker: Broker
    username: str | None = None
    password_file: Path | None = None


class _Sensor(_Part):
    device: Slug
    code: str
    scale: float = 1.0
    offset: float = 0.0
    every_s: float = Field(default=30.0, ge=1, le=3600)
    stale_s: float = Field(default=0.0, ge=0)

    @field_validator("code")
    @classmethod
    def _known(cls, code: str) -> str:
        if code not in SENSOR_CODES:
            raise ValueError(f"unknown sensor code; expected one of: {', '.join(SENSOR_CODES)}")
        return code

    def value(self, raw: float) -> float:
        """Return a raw value converted to the unit of its code."""
        return round(raw * self.scale + self.offset, 4)

    @property
    def silence_s(self) -> float:
        """Return the seconds of silence after which the sensor counts as offline."""
        return self.stale_s or max(300.0, 3 * self.every_s)


class ModbusSensor(_Sensor):
    """A register of a Modbus/TCP device, read every `every_s` seconds. `register` counts from 0, as on the wire."""

    codec: Literal["modbus"]
    host: str
    port: int = Field(default=502, ge=1, le=65_535)
    unit: int = Field(default=1, ge=0, le=255)
    table: Literal["holding", "input", "coil", "discrete"] = "holding"
    address: int = Field(alias="register", ge=0, le=65_535)
    type: Literal["int16", "uint16", "int32", "uint32", "float32"] = "int16"
    word_order: Literal["big", "little"] = "big"


class TopicSensor(_Sensor):
    """A field in a device's messages at the local broker. Sent at once on a change, else every `every_s` seconds."""

    codec: Literal["zigbee2mqtt", "tasmota"]
    topic: str = Field(min_length=1, max_length=500)
    field: str = Field(min_length=1, max_length=200)

    @field_validator("topic")
    @classmethod
    def _no_filter(cls, topic: str) -> str:
        if set(topic) & {"+", "#"}:
            raise ValueError("expected the topic of one device, without + or #")
        return topic


Sensor = Annotated[ModbusSensor | TopicSensor, Field(discriminator="codec")]


class TopicVendor(_Part):
    """A make that publishes at the local broker. `cameras` maps its name of a camera to our device.

    `detect_size` is the width and height of Frigate's detect stream; without it there are no boxes.
    """

    kind: Literal["frigate", "edge_box"]
    topic: str = Field(min_length=1, max_length=500, pattern=r"^[^+#]+$")
    cameras: dict[str, Slug] = Field(min_length=1, max_length=256)
    detect_size: tuple[PositiveInt, PositiveInt] | None = None


class HikvisionVendor(_Part):
    """A Hikvision camera or recorder whose alertStream is kept open. `cameras` maps its channel to our device."""

    kind: Literal["hikvision"]
    host: str = Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9.:\[\]_-]+$")
    port: int = Field(default=80, ge=1, le=65_535)
    username: str
    password_file: Path
    cameras: dict[str, Slug] = Field(min_length=1, max_length=256)


Vendor = Annotated[TopicVendor | HikvisionVendor, Field(discriminator="kind")]


class EdgeConfig(_Part):
    """Detection at the site: the agent sends violations and clips, and only a few pictures.

    One picture every `still_every_s` seconds lets the platform keep its ledger of minutes and check picture quality.
    `closed` are the site's closing hours, local time, as `22:00-05:00`; rodents are detected then.
    """

    still_every_s: float = Field(default=30.0, ge=1, le=50)
    threads: int = Field(default=0, ge=0, le=64)
    precision: Precision | None = None
    rules: Path | None = None
    closed: str | None = Field(default=None, pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")


class AgentConfig(_Part):
    """The whole configuration file. Relative paths in it start at its own folder."""

    platform: PlatformConfig
    local: LocalConfig | None = None
    edge: EdgeConfig | None = None
    speaker: SpeakerConfig | None = None
    camera: list[CameraConfig] = Field(default_factory=list, max_length=256)
    sensor: list[Sensor] = Field(default_factory=list, max_length=256)
    vendor: list[Vendor] = Field(default_factory=list, max_length=64)

    @model_validator(mode="after")
    def _broker_for_topics(self) -> Self:
        if self.local is None and any(
            isinstance(each, TopicSensor | TopicVendor) for each in (*self.sensor, *self.vendor)
        ):
            raise ValueError("sensors and vendors with a topic need [local] with the broker to which they publish")
        return self

    @model_validator(mode="after")
    def _zones_for_the_judge(self) -> Self:
        without = [camera.device for camera in self.camera if camera.zone is None]
        if self.edge is not None and without:
            raise ValueError(f"[edge] judges by zone: camera {', '.join(without)} needs `zone`")
        return self

    @model_validator(mode="after")
    def _devices_differ(self) -> Self:
        devices = [device.device for device in (*self.camera, *self.sensor)]
        if len(devices) > MAX_DEVICES:
            raise ValueError(f"{len(devices)} devices, expected at most {MAX_DEVICES} on one node")
        double = sorted({device for device in devices if devices.count(device) > 1})
        if double:
            raise ValueError(f"device {', '.join(double)} is configured more than once")
        return self


def load(path: Path) -> AgentConfig:
    """Read the configuration.

    Raises:
        Invalid: the file is missing or not TOML, or a key is unknown, missing or wrong; the message names the key.
    """
    try:
        return AgentConfig.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise Invalid(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"{path}: {error}") from None
    except ValidationError as error:
        lines = [_line(each["loc"], each["msg"]) for each in error.errors(include_url=False, include_input=False)]
        raise Invalid(f"{path}: {'; '.join(lines)}") from None


def _line(where: tuple[int | str, ...], message: str) -> str:
    if message == "Extra inputs are not permitted":
        message = "unknown key; docs/AGENT.md lists the keys"
    return f"{'.'.join(map(str, where)) or 'file'}: {message}"


def secret_of(path: Path, *, beside: Path) -> str:
    """Return the secret in a file.

    Raises:
        Invalid: the file can't be read, is empty, or others may read it.
    """
    full = beside / path.expanduser()
    try:
        refuse_open_file(full)
        text = full.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Invalid(f"{full}: {error.strerror}") from None
    if not text:
        raise Invalid(f"{full} is empty, expected a secret in it")
    return text


def refuse_open_file(path: Path) -> None:
    """Refuse a file with a secret that others may read.

    Raises:
        Invalid: group or others may read it.
    """
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise Invalid(f"{path} can be read by others (mode {mode:04o}); run: chmod 600 {path}")


def check_secrets(config: AgentConfig, *, path: Path) -> None:
    """Check every secret that the configuration at `path` names, as the agent would read it.

    Raises:
        Invalid: a secret is missing or empty, is not an address, or may be read by others.
    """
    for camera in config.camera:
        address_of(camera, config=path)
    files = [config.platform.password_file, None if config.local is None else config.local.password_file]
    files += [vendor.password_file for vendor in config.vendor if isinstance(vendor, HikvisionVendor)]
    for file in files:
        if file is not None:
            secret_of(file, beside=path.parent)


def address_of(camera: CameraConfig, *, config: Path) -> CameraAddress:
    """Return a camera's address with its secret.

    Raises:
        Invalid: not an RTSP address, or a secret in a file that others may read.
    """
    folder = config.parent
    password = None if camera.password_file is None else secret_of(camera.password_file, beside=folder)
    text = camera.url if camera.url_file is None else secret_of(camera.url_file, beside=folder)
    try:
        address = CameraAddress.parse(text or "", username=camera.username, password=password)
    except Invalid as error:
        raise Invalid(f"camera {camera.device}: {error}") from None
    if camera.url is not None and (address.secrets if password is None else address.secrets[1:]):
        refuse_open_file(config)
    return address
