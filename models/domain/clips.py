"""Clips: the seconds before and after a violation, asked from the node that saw it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from models.base.errors import FilmOfAnotherTime
from models.catalogue.terms import ClipState
from models.domain.place import Owner

BEFORE = timedelta(seconds=5)
"""How much is shown before the violation begins."""
AFTER = timedelta(seconds=10)
"""How much is shown after the moment of the verdict."""
LONGEST_RUN_UP = timedelta(seconds=20)
"""A situation that took minutes to judge is shown from this long before the verdict: rings hold a minute."""
LONGEST_RING = timedelta(minutes=15)
"""No agent keeps more: an event that comes later than this needs no asking."""
PATIENCE = timedelta(seconds=90)
"""How long after the clip's last second a node may still bring it; then kept frames have to do."""
PER_ASKING = timedelta(seconds=30)
"""A node that has brought nothing for this long, from the clip's last second on, is asked again, with a new address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipRequest(Owner):
    """One clip of one violation.

    Attributes:
        from_at: the clip's first moment, on the node's clock.
        to_at: its last moment, on the node's clock.
        ends_at: the same last moment on our clock: nothing can be ready before it.
        give_up_at: when frames that the platform kept have to do.
        error: why the node brought none, in words for the owner.
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
"""A clip begins at a key frame before what was asked for: cameras send one every 1–10 s, the oddest every 30."""
LATER = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Span:
    """What a clip has to show, on the node's clock."""

    start: datetime
    end: datetime


def shown_span(clip: ClipRequest, *, claimed: Span, seconds: float) -> Span:
    """When a clip was taken: its beginning as the node says, within what was asked for, and its measured length.

    Raises:
        FilmOfAnotherTime: the clip shows another time than the one that was asked for.
    """
    earliest, latest = clip.from_at - EARLIER, clip.to_at + LATER
    if not earliest <= claimed.start < clip.to_at or not clip.from_at < claimed.end <= latest:
        raise FilmOfAnotherTime(
            f"the clip shows {claimed.start.isoformat()} to {claimed.end.isoformat()}; "
            f"asked for were {clip.from_at.isoformat()} to {clip.to_at.isoformat()}"
        )
    end = claimed.start + timedelta(seconds=seconds)
    if end > latest:
        raise FilmOfAnotherTime(f"the clip lasts {seconds:.1f} s and ends after the moment that was asked for")
    return Span(claimed.start, end)


def span_of(*, started_at: datetime, judged_at: datetime) -> Span:
    """The seconds to show of a violation that began at `started_at` and was judged at `judged_at`."""
    return Span(max(started_at, judged_at - LONGEST_RUN_UP) - BEFORE, judged_at + AFTER)
