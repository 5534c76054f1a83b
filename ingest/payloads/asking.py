"""Commands to a node and its answers, from the platform's side. Pure."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.base.clock import rfc3339
from models.base.errors import Invalid
from models.base.jsonio import dumps

MAX_BYTES = 4096


class Answer(BaseModel):
    """A node's answer to a command: `ok` once it is carried out, else `error` in words for the owner."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: UUID
    ok: bool
    error: str | None = Field(default=None, max_length=500)


def clip_command(clip_id: UUID, *, expires_at: datetime, start: datetime, end: datetime, upload_url: str) -> bytes:
    """Return a request for [start, end] of the node's own clock, to be uploaded by PUT before `expires_at`."""
    return dumps(
        {
            "id": str(clip_id),
            "expires_at": rfc3339(expires_at),
            "from": rfc3339(start),
            "to": rfc3339(end),
            "upload_url": upload_url,
        }
    ).encode()


def speak_command(speech_id: UUID, *, text: str, expires_at: datetime) -> bytes:
    """Return a request to say a text on the loudspeaker before `expires_at`."""
    return dumps({"id": str(speech_id), "expires_at": rfc3339(expires_at), "text": text}).encode()


def parse_answer(payload: bytes) -> Answer:
    """Return the answer in a payload.

    Raises:
        Invalid: too long, not JSON, or another shape.
    """
    if len(payload) > MAX_BYTES:
        raise Invalid(f"answer of {len(payload)} bytes, expected at most {MAX_BYTES}")
    try:
        return Answer.model_validate_json(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "answer"
        raise Invalid(f"{where}: {first['msg']}; expected {{id, ok, error}}") from None
