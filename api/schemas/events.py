"""The event feed and its snapshot."""

from typing import Any, Literal

from api.schemas.common import Out


class StateOut(Out):
    """One thing that is open: its kind, and its whole state as the events of that kind carry it."""

    kind: Literal["violation", "alert", "task"]
    data: dict[str, Any]


class SnapshotOut(Out):
    """What is open now. `feed_cursor` and `epoch` of the first page say where the feed goes on from there."""

    data: list[StateOut]
    next_cursor: str | None
    has_more: bool
    feed_cursor: int
    epoch: str | None


class EventsOut(Out):
    """A stretch of the feed: CloudEvents in the one order, and where to go on.

    Send `epoch` with `next_cursor`: then a restore of the platform's database is noticed whatever was lost.
    """

    data: list[dict[str, Any]]
    next_cursor: int
    epoch: str | None
    has_more: bool
    earliest_cursor: int
