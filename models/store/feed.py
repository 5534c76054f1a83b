"""Outbox and feed: events are stored with the change, numbered after the commit, and read in a single order."""

from dataclasses import asdict, dataclass
from hashlib import sha256
from uuid import UUID

from psycopg.types.json import Jsonb

from models.base.errors import CursorExpired, CursorFromFuture, FeedRestored
from models.events.envelope import FeedEvent, FeedLine, OutboxEvent
from models.store.connect import Read, Write
from models.store.filters import EVERYTHING, Filter


def announce(w: Write, event: OutboxEvent) -> None:
    """Store an event in the transaction of its change."""
    params = asdict(event)
    params["data"] = Jsonb(event.data)
    w.run("feed", "announce", params)
    w.run("feed", "wake_sequencer")


def sequence(w: Write, *, at_most: int = 1000) -> int:
    """Number the committed events; return how many. Any process may call this at any time."""
    return int(w.value("feed", "sequence", {"at_most": at_most}))


def bounds(r: Read) -> tuple[int, int]:
    """Return the (newest, earliest) numbers of the whole feed."""
    newest, earliest = r.tuples("feed", "feed_bounds")[0]
    return int(newest), int(earliest)


def revision(r: Read) -> str:
    """Return the revision of the schema."""
    return str(r.value("feed", "revision"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A place in the feed.

    Attributes:
        newest, earliest: numbers of the whole feed.
        lost: whether a restore of the database has removed events before the place.
        mark: changes with a restore; None if no event up to the place is kept.
        newest_mark: the same of the newest event.
    """

    newest: int
    earliest: int
    lost: bool
    mark: str | None
    newest_mark: str | None


def position(r: Read, cursor: int | None) -> Position:
    """Return what is known of a place in the feed. A cursor of None means the end of the feed."""
    found = r.one(Position, "feed", "feed_position", {"cursor": cursor})
    if found is None:
        raise RuntimeError("the feed has a position at any time")
    return found


def mark_of(event_id: UUID) -> str:
    """Return the mark of the place of an event; `mingchu_feed_mark` is the same in the database."""
    return sha256(str(event_id).encode()).hexdigest()[:16]


def new_life(w: Write) -> int:
    """Continue numbering far above every number ever used, so that cursors of lost events are refused. Owner only."""
    return int(w.value("feed", "new_feed_life"))


def lines_after(
    r: Read,
    *,
    cursor: int,
    limit: int,
    types: list[str] | None = None,
    epoch: str | None = None,
    at: "Position | None" = None,
    chosen: Filter = EVERYTHING,
) -> list[FeedLine]:
    """Return the events after `cursor`, in order. `types` filters by exact type or `prefix.*`.

    `chosen` asks for what the feed can be asked for: code, severity, region, enterprise and kitchen.

    `epoch` is the mark that was issued with the cursor; `at` is the position if this transaction has asked for it.

    Raises:
        FeedRestored: the database was restored to a state before the cursor.
        CursorExpired: events after the cursor are no longer kept.
        CursorFromFuture: no event has this number yet.
    """
    place = at or position(r, cursor)
    newest, earliest = place.newest, place.earliest
    if place.lost or (epoch is not None and place.mark is not None and place.mark != epoch):
        raise FeedRestored(earliest - 1)
    if 0 < cursor < earliest - 1:
        raise CursorExpired(earliest - 1)
    if cursor > newest:
        raise CursorFromFuture
    patterns = None if types is None else [_pattern(name) for name in types]
    params = {"cursor": cursor, "limit": limit, "types": patterns, **chosen.params()}
    return r.all(FeedLine, "feed", "lines_after", params, prepare=chosen.prepared)


def events_after(r: Read, *, cursor: int, limit: int, types: list[str] | None = None) -> list[FeedEvent]:
    """Return the events after `cursor` as `lines_after` does, with their data parsed; it raises what that raises."""
    return [line.event() for line in lines_after(r, cursor=cursor, limit=limit, types=types)]


def newest_events(r: Read, *, limit: int) -> list[FeedEvent]:
    """The newest events, newest first."""
    return r.all(FeedEvent, "feed", "newest_events", {"limit": limit})


def _pattern(name: str) -> str:
    literal = name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return literal[:-1] + "%" if literal.endswith(".*") else literal
