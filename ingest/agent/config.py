"""The agent's configuration: a TOML file, and secrets in files of their own."""

import stat
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from ingest.video.address import CameraAddress
from models.errors import Invalid
from models.ids import is_slug


def _slug(text: str) -> str:
    if not is_slug(text):
        raise ValueError("expected 1–64 of a–z, 0–9, '-' and '_'")
    return text


Slug = Annotated[str, AfterValidator(_slug)]
MIB = 2**20


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlatformConfig(_Part):
    """Where the platform is and who this node is there, as `mingchu node add` printed it."""

    broker: str
    tenant: Slug
    site: Slug
    node: Slug
    password_file: Path
    state_dir: Path
    spool_bytes: int = Field(default=256 * MIB, ge=MIB)
    clips_bytes: int = Field(default=512 * MIB, ge=MIB)


class CameraConfig(_Part):
    """One camera: its address in the file itself (`url`) or in one of its own (`url_file`)."""

    device: Slug
    url: str | None = None
    url_file: Path | None = None
    username: str | None = None
    password_file: Path | None = None
    sample_fps: float = Field(default=1.0, gt=0, le=25)
    sample: Literal["auto", "key", "all"] = "auto"
    ring_s: float = Field(default=60.0, ge=5, le=900)
    ring_bytes: int = Field(default=64 * MIB, ge=MIB)

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if (self.url is None) == (self.url_file is None):
            raise ValueError("expected exactly one of url and url_file")
        return self


class AgentConfig(_Part):
    """The whole file. `folder` is where it lies: relative paths in it start there."""

    platform: PlatformConfig
    camera: list[CameraConfig] = Field(default_factory=list, max_length=256)

    @model_validator(mode="after")
    def _devices_differ(self) -> Self:
        devices = [camera.device for camera in self.camera]
        double = sorted({device for device in devices if devices.count(device) > 1})
        if double:
            raise ValueError(f"device {', '.join(double)} stands there more than once")
        return self


def load(path: Path) -> AgentConfig:
    """Read the configuration.

    Raises:
        Invalid: no such file, no TOML, a key that is unknown, missing or wrong (it is named).
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
        message = "unknown key; see docs/AGENT.md for those there are"
    return f"{'.'.join(map(str, where)) or 'file'}: {message}"


def secret_of(path: Path, *, beside: Path) -> str:
    """Read a secret's file.

    Raises:
        Invalid: it can't be read, is empty, or others may read it.
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
    """Refuse a file that holds a secret and that others may read.

    Raises:
        Invalid: the mode lets group or others in.
    """
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise Invalid(f"{path} can be read by others (mode {mode:04o}); run: chmod 600 {path}")


def address_of(camera: CameraConfig, *, config: Path) -> CameraAddress:
    """A camera's address with its secret.

    Raises:
        Invalid: no RTSP address, or a secret in a file that others may read.
    """
    folder = config.parent
    password = None if camera.password_file is None else secret_of(camera.password_file, beside=folder)
    text = camera.url if camera.url_file is None else secret_of(camera.url_file, beside=folder)
    try:
        address = CameraAddress.parse(text or "", username=camera.username, password=password)
    except Invalid as error:
        raise Invalid(f"camera {camera.device}: {error}") from None
    if camera.url is not None and password is None and address.password is not None:
        refuse_open_file(config)
    return address
