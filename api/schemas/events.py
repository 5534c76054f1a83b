"""The event feed and its snapshot."""

from typing import Any, Literal

from api.schemas.common import Out


class StateOut(Out):
    """One open violation, alert or task: its kind, and its whole state with the same fields as its events."""

    kind: Literal["violation", "alert", "task"]
    data: dict[str, Any]


class SnapshotOut(Out):
    """A page of open violations, alerts and tasks. The feed continues at the first page's `feed_cursor` and `epoch`."""

    data: list[StateOut]
    next_cursor: str | None
    has_more: bool
    feed_cursor: int
    epoch: str | None


class EventsOut(Out):
    """A part of the feed: CloudEvents in the feed's single order, and the cursor to continue from.

    Send `epoch` together with `next_cursor`: the platform then always detects a restore of its database.
    """

    data: list[dict[str, Any]]
    next_cursor: int
    epoch: str | None
    has_more: bool
    earliest_cursor: int
