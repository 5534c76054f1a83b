"""Commands to a node and its answers, from the node's side. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Self, TypeVar
from uuid import UUID

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    ValidationError,
    model_validator,
)

from models.base.errors import Invalid
from models.base.jsonio import dumps

MAX_BYTES = 8192
MAX_CLIP_S = 900

Command = TypeVar("Command", bound=BaseModel)


class ClipCommand(BaseModel):
    """Request to upload [start, end] of the node's own clock to `upload_url`, which carries a token: never log it."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    id: UUID
    expires_at: AwareDatetime
    start: Annotated[AwareDatetime, Field(alias="from")]
    end: Annotated[AwareDatetime, Field(alias="to")]
    upload_url: Annotated[HttpUrl, Field(repr=False)]

    @model_validator(mode="after")
    def _window(self) -> Self:
        if not 0 < (self.end - self.start).total_seconds() <= MAX_CLIP_S:
            raise ValueError(f"expected `to` after `from`, by {MAX_CLIP_S} s at most")
        return self


class SpeakCommand(BaseModel):
    """Request to say `text` on the loudspeaker before `expires_at`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: UUID
    expires_at: AwareDatetime
    text: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


def parse_clip(payload: bytes) -> ClipCommand:
    """Return the clip command in a payload. Raises the errors of `_parsed`."""
    return _parsed(ClipCommand, "clip", payload)


def parse_speak(payload: bytes) -> SpeakCommand:
    """Return the speak command in a payload. Raises the errors of `_parsed`."""
    return _parsed(SpeakCommand, "speak", payload)


def refused(command_id: UUID, error: str) -> bytes:
    """Return the answer of a node that refuses a command, with the reason in words."""
    return dumps({"id": command_id, "ok": False, "error": error[:500]}).encode()


def done(command_id: UUID, result: Mapping[str, str | int | datetime]) -> bytes:
    """Return the answer of a node that carried out a command."""
    return dumps({"id": command_id, "ok": True, **result}).encode()


def _parsed(shape: type[Command], name: str, payload: bytes) -> Command:
    """Return a command.

    Raises:
        Invalid: too long, not JSON, or another shape; the message repeats no content.
    """
    if len(payload) > MAX_BYTES:
        raise Invalid(f"command of {len(payload)} bytes, expected at most {MAX_BYTES}")
    try:
        return shape.model_validate_json(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Invalid(f"{name} command {'.'.join(map(str, first['loc'])) or 'payload'}: {first['msg']}") from None
