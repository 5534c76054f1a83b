"""Events judged by an AI box, as CloudEvents 1.0 JSON. Pure."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID, uuid5

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from ingest.payloads.bounds import LARGEST_NUMBER, bounded_detail, plain_text
from models.base.errors import Invalid
from models.catalogue.codes import VIOLATION_CODES

MAX_BYTES = 65_536
"""Largest event in bytes: 100 boxes with the longest fields, and two descriptions, need about 40 KiB."""
_NAMESPACE = UUID("6f3c1c5e-6b0e-5d7b-9a3f-6d696e676368")


def _exact(text: str) -> str:
    """Return an identifier; refuse one that the database would change."""
    if plain_text(text) != text:
        raise ValueError("expected text without NUL")
    return text


_Detail = Annotated[dict[str, Any], AfterValidator(bounded_detail)]
_Id = Annotated[str, AfterValidator(_exact)]


class Box(BaseModel):
    """A box on the picture, normalised 0–1, top-left corner and size."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, AfterValidator(plain_text)] = Field(max_length=64)
    score: float = Field(ge=0, le=1)
    x: float = Field(ge=0, le=1)
    y: float = Field(ge=0, le=1)
    w: float = Field(ge=0, le=1)
    h: float = Field(ge=0, le=1)


class EdgeData(BaseModel):
    """The `data` of a violation event."""

    model_config = ConfigDict(extra="ignore")

    violation_id: UUID | None = None
    code: str
    score: float = Field(default=1.0, ge=0, le=1)
    track_id: int | None = Field(default=None, ge=0, le=LARGEST_NUMBER)
    start: AwareDatetime
    end: AwareDatetime | None = None
    boxes: list[Box] = Field(default_factory=list, max_length=100)
    model: _Detail = Field(default_factory=dict)
    rule: _Detail = Field(default_factory=dict)


class EdgeEvent(BaseModel):
    """The envelope; unknown extensions are ignored (CloudEvents §3.1)."""

    model_config = ConfigDict(extra="ignore")

    specversion: Literal["1.0"]
    id: _Id = Field(min_length=1, max_length=200)
    source: _Id = Field(min_length=1, max_length=400)
    type: Literal["mingchu.violation.opened", "mingchu.violation.closed"]
    time: AwareDatetime
    seq: int | None = Field(default=None, ge=0, le=LARGEST_NUMBER)
    session: int | None = Field(default=None, ge=0, le=LARGEST_NUMBER)
    data: EdgeData

    @property
    def violation_id(self) -> UUID:
        """Return an id made of the source and the id that the box set, else the event's; the same at every delivery.

        The box's own would let a node take the ids that another one is going to use.
        """
        return uuid5(_NAMESPACE, f"{self.source}\n{self.data.violation_id or self.id}")

    @property
    def occurred_at(self) -> datetime:
        """Time of the begin, by the box's clock."""
        return self.data.start


class _Unread(BaseModel):
    """An agent's report of another make's unreadable message; it goes to the quarantine, where people look."""

    class Data(BaseModel):
        """The vendor, and the problem."""

        vendor: str = Field(max_length=64)
        why: str = Field(max_length=500)

    type: Literal["mingchu.vendor.unread"]
    data: Data


def _refuse_unread(payload: bytes) -> None:
    if b"mingchu.vendor.unread" not in payload:
        return
    try:
        found = _Unread.model_validate_json(payload).data
    except ValidationError:
        return
    raise Invalid(f"an alarm of {found.vendor} can't be read: {found.why}")


def parse(payload: bytes) -> EdgeEvent:
    """Return the event in a payload.

    Raises:
        Invalid: not CloudEvents JSON of the expected shape, or an unknown code.
    """
    if len(payload) > MAX_BYTES:
        raise Invalid(f"event of {len(payload)} bytes, expected at most {MAX_BYTES}")
    _refuse_unread(payload)
    try:
        event = EdgeEvent.model_validate_json(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Invalid(f"event {'.'.join(map(str, first['loc'])) or 'payload'}: {first['msg']}") from None
    if event.data.code not in VIOLATION_CODES:
        raise Invalid(f"unknown violation code {event.data.code[:80]!r}")
    return event
