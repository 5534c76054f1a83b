"""Node status: birth, heartbeat and last will, with the health of each device. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from ingest.payloads.bounds import LARGEST_NUMBER, plain_text
from models.base.clock import rfc3339
from models.base.errors import Invalid
from models.base.ids import is_slug
from models.base.jsonio import dumps

MAX_BYTES = 131_072
"""Largest status in bytes: 256 devices with the longest fields need about 90 KiB."""
MAX_DEVICES = 256

Reason = Literal["wrong_password", "unreachable", "not_found", "no_video", "stalled", "unsupported_codec"]
"""Reasons why a camera sends no picture; a person can act on each."""


def _slug(text: str) -> str:
    if not is_slug(text):
        raise ValueError(f"{text[:80]!r}: expected 1–64 of a–z, 0–9, '-' and '_'")
    return text


_Slug = Annotated[str, AfterValidator(_slug)]
_Text = Annotated[str, AfterValidator(plain_text)]
_Measured = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
_Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]

PlaceBox = tuple[_Share, _Share, _Share, _Share]
"""x0, y0, x1, y1 of a place in a camera's picture, shares of it."""
MOST_PLACES = 64
"""Most places of a camera."""


class DeviceHealth(BaseModel):
    """Health of a device behind a node. Everything except id and state may be unknown.

    `fps`, `bitrate_kbps` and `key_interval_s` (seconds between key frames) are measured on the camera's stream;
    `last_frame_age_s` counts from the last packet; `reconnects` counts since the agent's start. `furniture` are
    the places at which an agent that judges by itself takes a thing for a head; None: it does not judge.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: _Slug
    kind: Literal["camera", "sensor"] = "camera"
    state: Literal["online", "offline"]
    reason: Reason | None = None
    codec: _Text | None = Field(default=None, max_length=32)
    width: int | None = Field(default=None, ge=1, le=65_535)
    height: int | None = Field(default=None, ge=1, le=65_535)
    fps: _Measured | None = None
    bitrate_kbps: _Measured | None = None
    key_interval_s: _Measured | None = None
    last_frame_age_s: _Measured | None = None
    reconnects: int | None = Field(default=None, ge=0, lt=2**31)
    furniture: tuple[PlaceBox, ...] | None = Field(default=None, max_length=MOST_PLACES)


class _Status(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=False)

    online: bool
    session: int = Field(ge=0, le=LARGEST_NUMBER)
    ts: AwareDatetime | None = None
    firmware: _Text | None = Field(default=None, max_length=120)
    can: list[_Slug] = Field(default_factory=list, max_length=32)
    devices: list[Any] = Field(default_factory=list, max_length=MAX_DEVICES)


@dataclass(frozen=True, slots=True)
class Status:
    """A node's status. `session` numbers the births of a node; a death with an older number is ignored.

    `can` names the commands that the node answers (`clip`). `bad_devices` has the problem of each unreadable entry: one
    device must not cost the status of the others.
    """

    online: bool
    session: int
    at: datetime | None
    firmware: str | None
    can: tuple[str, ...] = ()
    devices: tuple[DeviceHealth, ...] = ()
    bad_devices: tuple[str, ...] = ()


def parse(payload: bytes) -> Status:
    """Return the status in a payload.

    Raises:
        Invalid: not JSON of the expected shape.
    """
    if len(payload) > MAX_BYTES:
        raise Invalid(f"status of {len(payload)} bytes, expected at most {MAX_BYTES}")
    try:
        status = _Status.model_validate_json(payload)
    except ValidationError as error:
        raise Invalid(f"status {_first(error)}") from None
    health: dict[str, DeviceHealth] = {}
    bad: list[str] = []
    for position, entry in enumerate(status.devices):
        if isinstance(entry, str):
            continue  # a bare id: the node knows the device, but not its health
        try:
            device = DeviceHealth.model_validate(entry)
        except ValidationError as error:
            bad.append(f"devices.{position}.{_first(error)}")
        else:
            health[device.id] = device
    devices = tuple(health.values())
    return Status(status.online, status.session, status.ts, status.firmware, tuple(status.can), devices, tuple(bad))


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'payload'}: {first['msg']}"


def render(
    *,
    online: bool,
    session: int,
    at: datetime,
    firmware: str,
    devices: Sequence[DeviceHealth | str],
    can: Sequence[str] = (),
) -> bytes:
    """Return a status as a node sends it; the last will has the same shape with `online: false`."""
    body = {
        "online": online,
        "session": session,
        "ts": rfc3339(at),
        "firmware": firmware,
        "can": list(can),
        "devices": [entry if isinstance(entry, str) else entry.model_dump(mode="json") for entry in devices],
    }
    return dumps(body).encode()
