"""Clips: the seconds before and after a violation, requested from the node that saw it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from models.base.errors import FilmOfAnotherTime
from models.catalogue.terms import ClipState
from models.domain.place import Owner

BEFORE = timedelta(seconds=5)
"""Length of the clip before the violation begins."""
AFTER = timedelta(seconds=10)
"""Length of the clip after the moment at which the rule found the violation."""
LONGEST_RUN_UP = timedelta(seconds=20)
"""Longest time before the finding that a clip shows, because nodes' ring buffers hold about a minute."""
LONGEST_RING = timedelta(minutes=15)
"""No agent's ring buffer holds more, so no clip is requested for an event that arrives later than this."""
PATIENCE = timedelta(seconds=90)
"""How long after its last second a node may upload the clip; then it is made from kept frames."""
PER_ASKING = timedelta(seconds=30)
"""A node that has uploaded nothing this long after the last second or request is asked again, with a new address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipRequest(Owner):
    """One clip of one violation.

    Attributes:
        from_at: the clip's first moment, on the node's clock.
        to_at: its last moment, on the node's clock.
        ends_at: the same last moment on the platform's clock; the clip can't be ready earlier.
        give_up_at: from then on the clip is made from frames that the platform kept.
        error: why the node uploaded no clip, as text for the owner.
    """

    id: UUID
    violation_id: UUID
    site_id: str
    node_id: str
    device_id: str
    from_at: datetime
    to_at: datetime
    ends_at: datetime
    state: ClipState
    attempts: int
    next_at: datetime
    give_up_at: datetime
    error: str | None
    evidence_id: UUID | None


EARLIER = timedelta(seconds=30)
"""A clip begins at a key frame before the requested time; cameras send one every 1–10 s, a few only every 30 s."""
LATER = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Span:
    """The time that a clip has to show, on the node's clock."""

    start: datetime
    end: datetime


def shown_span(clip: ClipRequest, *, claimed: Span, seconds: float) -> Span:
    """Return the time that a clip shows: the claimed beginning, checked against the request, and the measured length.

    Raises:
        FilmOfAnotherTime: the clip does not show the requested time.
    """
    earliest, latest = clip.from_at - EARLIER, clip.to_at + LATER
    if not earliest <= claimed.start < clip.to_at or not clip.from_at < claimed.end <= latest:
        raise FilmOfAnotherTime(
            f"the clip shows {claimed.start.isoformat()} to {claimed.end.isoformat()}; "
            f"requested was {clip.from_at.isoformat()} to {clip.to_at.isoformat()}"
        )
    end = claimed.start + timedelta(seconds=seconds)
    if end > latest:
        raise FilmOfAnotherTime(f"the clip lasts {seconds:.1f} s and ends after the requested time")
    return Span(claimed.start, end)


def span_of(*, started_at: datetime, judged_at: datetime) -> Span:
    """Return the time to show of a violation that began at `started_at` and was found at `judged_at`."""
    return Span(max(started_at, judged_at - LONGEST_RUN_UP) - BEFORE, judged_at + AFTER)
