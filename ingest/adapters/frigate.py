"""Read Frigate's MQTT messages: `frigate/events` (tracked objects) and `frigate/reviews` (review items).

From Frigate's public MQTT page: each message has `type` new, update or end and the objects `before` and `after`;
boxes of events are pixels of the detect stream, whose size the caller knows from Frigate's configuration.
"""

from datetime import UTC, datetime
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest.adapters.events import Box, VendorEvent
from ingest.adapters.table import Kind, Meaning, meaning
from models.base.errors import Invalid

VENDOR = "frigate"
T = TypeVar("T", bound=BaseModel)
MOST_BYTES = 262_144
_Seconds = Annotated[float, Field(gt=0, lt=4e9, allow_inf_nan=False)]
_Name = Annotated[str, Field(min_length=1, max_length=200)]
_Change = Literal["new", "update", "end"]


class _Loose(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Object(_Loose):
    id: _Name
    camera: _Name
    label: _Name
    start_time: _Seconds
    end_time: _Seconds | None = None
    top_score: Annotated[float, Field(ge=0, le=1)] | None = None
    score: Annotated[float, Field(ge=0, le=1)] | None = None
    false_positive: bool | None = False
    box: tuple[float, float, float, float] | None = None


class _ObjectChange(_Loose):
    type: _Change
    after: _Object


class _ReviewData(_Loose):
    objects: list[_Name] = Field(default_factory=list, max_length=100)


class _Review(_Loose):
    id: _Name
    camera: _Name
    start_time: _Seconds
    end_time: _Seconds | None = None
    severity: _Name
    data: _ReviewData


class _ReviewChange(_Loose):
    type: _Change
    after: _Review


def parse_event(payload: bytes, *, detect_size: tuple[int, int] | None = None) -> VendorEvent | None:
    """Return the event of a `frigate/events` message; None for a false positive by Frigate's own account.

    Args:
        payload: the message.
        detect_size: width and height of the camera's detect stream; without it there are no boxes.

    Raises:
        Invalid: the message has another shape.
    """
    change = _read(_ObjectChange, payload)
    seen = change.after
    if seen.false_positive:
        return None
    ended = change.type == "end"
    score = seen.top_score if seen.top_score is not None else seen.score
    return VendorEvent(
        vendor=VENDOR,
        name=seen.label,
        meaning=meaning(VENDOR, seen.label),
        channel=seen.camera,
        id=seen.id,
        at=_at(seen.end_time or seen.start_time if ended else seen.start_time),
        ended=ended,
        began=_at(seen.start_time),
        score=1.0 if score is None else score,
        boxes=_boxes(seen, detect_size, score),
    )


def parse_review(payload: bytes) -> VendorEvent:
    """Return the event of a `frigate/reviews` message; the first of its objects with a meaning counts.

    Raises:
        Invalid: the message has another shape.
    """
    change = _read(_ReviewChange, payload)
    item, ended = change.after, change.type == "end"
    # Frigate writes a verified object as `label-verified`.
    names = [name.removesuffix("-verified") for name in item.data.objects]
    told = next((name for name in names if meaning(VENDOR, name).kind is Kind.violation), None)
    name = told or (names[0] if names else item.severity)
    return VendorEvent(
        vendor=VENDOR,
        name=name,
        meaning=meaning(VENDOR, name) if names else Meaning(Kind.nothing),
        channel=item.camera,
        id=item.id,
        at=_at(item.end_time or item.start_time if ended else item.start_time),
        ended=ended,
        began=_at(item.start_time),
    )


def _read(shape: type[T], payload: bytes) -> T:
    if len(payload) > MOST_BYTES:
        raise Invalid(f"Frigate message of {len(payload)} bytes, expected at most {MOST_BYTES}")
    try:
        return shape.model_validate_json(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Invalid(f"Frigate {'.'.join(map(str, first['loc'])) or 'message'}: {first['msg']}") from None


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _boxes(seen: _Object, size: tuple[int, int] | None, score: float | None) -> tuple[Box, ...]:
    if seen.box is None or size is None:
        return ()
    x0, y0, x1, y1 = (min(1.0, max(0.0, value / whole)) for value, whole in zip(seen.box, (*size, *size), strict=True))
    return (Box(seen.label, score or 0.0, x0, y0, max(0.0, x1 - x0), max(0.0, y1 - y0)),)
