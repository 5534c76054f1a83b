"""One page of the feed, as a reader of a scope sees it."""

from dataclasses import dataclass

from models.events.envelope import FeedLine
from models.store import Read, feed
from models.store.filters import EVERYTHING, Filter

MAX_BYTES = 4 * 1024**2


@dataclass(frozen=True, slots=True)
class Place:
    """A reader's position. `epoch` identifies the database history it belongs to, if the reader kept it."""

    cursor: int | None
    epoch: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """Events in the feed's single order, each with its CloudEvents JSON, and where to go on."""

    events: list[tuple[FeedLine, str]]
    next_cursor: int
    epoch: str | None
    has_more: bool
    earliest_cursor: int


def read_page(
    r: Read, place: Place, *, limit: int, types: list[str] | None = None, chosen: Filter = EVERYTHING
) -> FeedPage:
    """Return at most `limit` events, and about `MAX_BYTES`, after a place.

    Raises:
        FeedRestored: the database was restored to a state before the place.
        CursorExpired: events after the place are no longer kept.
        CursorFromFuture: no event has this number yet.
    """
    at = feed.position(r, place.cursor)
    start = at.newest if place.cursor is None else place.cursor
    found = feed.lines_after(r, cursor=start, limit=limit + 1, types=types, epoch=place.epoch, at=at, chosen=chosen)
    shown = _within_bytes(found[:limit])
    more = len(found) > len(shown)
    # Every event up to `newest`, or up to the last event read, was committed before this read. No smaller number
    # can appear later, so the cursor may move past events that the filter or the scope leaves out.
    last = found[len(shown) - 1] if shown else None
    ends_at_last = last is not None and (more or last.seq > at.newest)
    return FeedPage(
        events=shown,
        next_cursor=last.seq if last is not None and ends_at_last else max(at.newest, start),
        epoch=feed.mark_of(last.event_id) if last is not None and ends_at_last else at.newest_mark,
        has_more=more,
        earliest_cursor=at.earliest - 1,
    )


def _within_bytes(lines: list[FeedLine]) -> list[tuple[FeedLine, str]]:
    """Return the first events that fit into one answer of `MAX_BYTES` characters; at least one."""
    size = 0
    shown: list[tuple[FeedLine, str]] = []
    for line in lines:
        text = line.json()
        size += len(text)
        if shown and size > MAX_BYTES:
            break
        shown.append((line, text))
    return shown
