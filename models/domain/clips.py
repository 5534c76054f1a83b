"""Clips: the seconds before and after a violation, which the platform requests from the camera's node."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from models.base.errors import FilmOfAnotherTime
from models.catalogue.terms import ClipState
from models.domain.place import Owner

BEFORE = timedelta(seconds=5)
"""Time that a clip shows before the violation begins."""
AFTER = timedelta(seconds=10)
"""Time that a clip shows after the moment at which the rule was met."""
LONGEST_RUN_UP = timedelta(seconds=20)
"""A clip begins at most this long before the rule was met, even if that took minutes: agents' rings hold a minute."""
LONGEST_RING = timedelta(minutes=15)
"""No agent keeps video longer, so the platform requests no clip for an event that arrives later than this."""
PATIENCE = timedelta(seconds=90)
"""How long after the clip's last second a node may still upload it; then the platform uses kept frames."""
PER_ASKING = timedelta(seconds=30)
"""The platform repeats its request, with a new address, if the node has uploaded nothing for this long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipRequest(Owner):
    """One clip of one violation.

    Attributes:
        from_at: the clip's first moment, on the node's clock.
        to_at: its last moment, on the node's clock.
        ends_at: its last moment on the platform's clock; the clip can't be ready earlier.
        give_up_at: when the platform makes the clip of kept frames instead.
        error: why the node uploaded none, in words for the owner.
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
"""A clip begins at a key frame before the requested moment: cameras send one every 1–10 s, a few every 30 s."""
LATER = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Span:
    """The time that a clip must show, on the node's clock."""

    start: datetime
    end: datetime


def shown_span(clip: ClipRequest, *, claimed: Span, seconds: float) -> Span:
    """Return the time that a clip shows: from the beginning that the node claims, for its measured length in seconds.

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
    """Return the time to show of a violation that began at `started_at` and whose rule was met at `judged_at`."""
    return Span(max(started_at, judged_at - LONGEST_RUN_UP) - BEFORE, judged_at + AFTER)
