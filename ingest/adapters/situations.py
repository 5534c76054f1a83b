"""Combine reports of other makes into situations: a continuing situation is one violation with one end. Pure.

Each make ends a situation in its own way, see `MANNERS`. If nothing else ends it, silence does; an end that arrives
after the silence still counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ingest.adapters.events import VendorEvent

MOST_OPEN = 1000
MOST_CLOSED = 1000
"""Maximum number of situations that ended by silence and wait for their true end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a make reports that a situation continues and that it has ended.

    Attributes:
        silent_for: longest silence while a situation continues; after it the situation ends.
        own_ids: whether its id names one situation from begin to end; else device and name identify it.
        settles: an end counts only if nothing new begins for this long: a person on the edge of a zone flaps.
    """

    silent_for: timedelta
    own_ids: bool = False
    settles: timedelta = timedelta(0)


MANNERS = {
    # Frigate sends new, update, end. Of objects that stand still it sends nothing, or rare updates; a review item has
    # no update at all. The end is missing only when Frigate dies, and `frigate/available` reports that.
    "frigate": Manner(silent_for=timedelta(hours=12), own_ids=True),
    # A Hikvision camera repeats an active event every few seconds, and most cameras end it with `inactive`.
    "hikvision": Manner(silent_for=timedelta(seconds=60), settles=timedelta(seconds=10)),
    # Edge boxes report moments: repeated after the box's pause (a minute to five), never ended.
    "edge_box": Manner(silent_for=timedelta(minutes=5)),
    "gb28181": Manner(silent_for=timedelta(minutes=5)),
}
_OTHERS = Manner(silent_for=timedelta(seconds=60))


def manner_of(vendor: str) -> Manner:
    """Return the manner of a make; an unknown make is taken to repeat a continuing event."""
    return MANNERS.get(vendor, _OTHERS)


@dataclass(slots=True)
class _Open:
    device: str
    event: VendorEvent
    last_at: datetime
    end_at: datetime | None = None
    end_heard_at: datetime | None = None


_Key = tuple[str, str, str, str]


@dataclass(slots=True)
class Situations:
    """The open situations at the cameras of one vendor connection."""

    _open: dict[_Key, _Open] = field(default_factory=dict)
    _closed: dict[_Key, VendorEvent] = field(default_factory=dict)

    def saw(self, event: VendorEvent, device: str, *, at: datetime) -> VendorEvent | None:
        """Take in a report at `at` (our clock). Return the event to send; None if known or without meaning for us."""
        key, known = _key(event, device), self._open.get(_key(event, device))
        if event.ended:
            return self._end(key, event, at=at)
        if not event.tells:
            return None
        if known is not None:
            known.last_at, known.end_at, known.end_heard_at = at, None, None
            return None
        if manner_of(event.vendor).own_ids and key in self._closed:
            return None  # it was silent for too long without an end; its true end replaces this one
        return self._begin(key, event, device, at=at)

    def over(self, *, at: datetime) -> Iterator[tuple[str, VendorEvent]]:
        """Yield (device, end) for situations that were silent for too long, or settled after their end."""
        for key, known in list(self._open.items()):
            manner = manner_of(known.event.vendor)
            if known.end_at is not None and known.end_heard_at is not None:
                if at - known.end_heard_at >= manner.settles:
                    yield known.device, self._ended(key, at=known.end_at)
            elif at - known.last_at >= manner.silent_for:
                yield self._silenced(key, at=known.last_at)

    def gone(self, vendor: str, cameras: frozenset[str], *, at: datetime) -> Iterator[tuple[str, VendorEvent]]:
        """End all situations of a make that reported to be offline; yield (device, end)."""
        for key, known in list(self._open.items()):
            if known.event.vendor == vendor and known.event.channel in cameras:
                yield self._silenced(key, at=at)

    def _begin(self, key: _Key, event: VendorEvent, device: str, *, at: datetime) -> VendorEvent:
        if len(self._open) >= MOST_OPEN:
            self._open.pop(next(iter(self._open)))
        opened = _begun(event)
        self._open[key] = _Open(device, opened, at)
        self._closed.pop(key, None)
        return opened

    def _end(self, key: _Key, event: VendorEvent, *, at: datetime) -> VendorEvent | None:
        known = self._open.get(key)
        if known is not None:
            if not manner_of(event.vendor).settles:
                return self._ended(key, at=event.at)
            known.end_at, known.end_heard_at = event.at, at
            return None
        if (closed := self._closed.pop(key, None)) is not None:
            return replace(closed, ended=True, amends=True, at=max(event.at, closed.at))
        if event.began is not None and event.tells:
            # Begun before this agent started, or never sent: the platform knows which.
            return replace(_begun(event), amends=True)
        return None

    def _silenced(self, key: _Key, *, at: datetime) -> tuple[str, VendorEvent]:
        known = self._open[key]
        if len(self._closed) >= MOST_CLOSED:
            self._closed.pop(next(iter(self._closed)))
        self._closed[key] = known.event
        return known.device, self._ended(key, at=at)

    def _ended(self, key: _Key, *, at: datetime) -> VendorEvent:
        opened = self._open.pop(key).event
        return replace(opened, ended=True, at=max(at, opened.at))


def _key(event: VendorEvent, device: str) -> _Key:
    # A review item's objects change while it continues; an alarm box numbers its reports, not its situations.
    return (
        (event.vendor, device, "", event.id)
        if manner_of(event.vendor).own_ids
        else (event.vendor, device, event.name, "")
    )


def _begun(event: VendorEvent) -> VendorEvent:
    """Return the event with an id unique to its situation: some makes reuse ids, so the begin time is added."""
    return replace(event, id=f"{event.id}/{(event.began or event.at).isoformat()}")
