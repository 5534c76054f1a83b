"""Node status: birth, heartbeat and last will. Pure."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from models.clock import rfc3339
from models.errors import Invalid
from models.jsonio import dumps

MAX_BYTES = 65_536


class _Status(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=False)

    online: bool
    session: int = Field(ge=0, lt=2**53)
    ts: AwareDatetime | None = None
    firmware: str | None = Field(default=None, max_length=120)
    devices: list[str] = Field(default_factory=list, max_length=2000)


@dataclass(frozen=True, slots=True)
class Status:
    """`session` numbers the births of a node; a death with an older one is ignored."""

    online: bool
    session: int
    at: datetime | None
    firmware: str | None


def parse(payload: bytes) -> Status:
    """Read a status.

    Raises:
        Invalid: not JSON of the expected shape.
    """
    if len(payload) > MAX_BYTES:
        raise Invalid(f"status of {len(payload)} bytes, expected at most {MAX_BYTES}")
    try:
        status = _Status.model_validate_json(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Invalid(f"status {'.'.join(map(str, first['loc'])) or 'payload'}: {first['msg']}") from None
    return Status(status.online, status.session, status.ts, status.firmware)


def render(*, online: bool, session: int, at: datetime, firmware: str, devices: list[str]) -> bytes:
    """Write a status as a node sends it; the last will is the same with `online: false`."""
    body = {"online": online, "session": session, "ts": rfc3339(at), "firmware": firmware, "devices": devices}
    return dumps(body).encode()
