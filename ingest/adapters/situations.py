"""Reports of other makes, gathered into situations: one that goes on is one violation, and it ends. Pure.

Each make ends a situation in a way of its own, see `MANNERS`. Silence is the last resort, and an end that comes after
it still counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ingest.adapters.events import VendorEvent

MOST_OPEN = 1000
MOST_CLOSED = 1000
"""How many situations that silence has ended wait for their true end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a make reports that something goes on and that it is over.

    Attributes:
        silent_for: how long it may say nothing while a situation goes on.
        own_ids: its id names one situation from begin to end; else what a camera reports under one name is one.
        settles: an end counts when nothing has begun anew for so long: a person on the edge of a zone flaps.
    """

    silent_for: timedelta
    own_ids: bool = False
    settles: timedelta = timedelta(0)


MANNERS = {
    # Sends new, update, end. Of what stands still it sends nothing, or an update now and then; a review item has
    # no update at all. Only when Frigate dies does the end not come, and `frigate/available` says so.
    "frigate": Manner(silent_for=timedelta(hours=12), own_ids=True),
    # Repeats an active event every few seconds, and most cameras end it with `inactive`.
    "hikvision": Manner(silent_for=timedelta(seconds=60), settles=timedelta(seconds=10)),
    # Alarms are moments: repeated after the box's pause (a minute to five), never ended.
    "edge_box": Manner(silent_for=timedelta(minutes=5)),
    "gb28181": Manner(silent_for=timedelta(minutes=5)),
}
_OTHERS = Manner(silent_for=timedelta(seconds=60))


def manner_of(vendor: str) -> Manner:
    """How a make ends its situations; one that is not known repeats what goes on."""
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
    """What is going on at the cameras of one vendor connection."""

    _open: dict[_Key, _Open] = field(default_factory=dict)
    _closed: dict[_Key, VendorEvent] = field(default_factory=dict)

    def saw(self, event: VendorEvent, device: str, *, at: datetime) -> VendorEvent | None:
        """Take a report in at `at` (our clock); gives the event to send, None if it is known or tells nothing."""
        key, known = _key(event, device), self._open.get(_key(event, device))
        if event.ended:
            return self._end(key, event, at=at)
        if not event.tells:
            return None
        if known is not None:
            known.last_at, known.end_at, known.end_heard_at = at, None, None
            return None
        if manner_of(event.vendor).own_ids and key in self._closed:
            return None  # it was silent for too long, and was not over: its end will say when it is
        return self._begin(key, event, device, at=at)

    def over(self, *, at: datetime) -> Iterator[tuple[str, VendorEvent]]:
        """What has been silent for too long, or has settled after its end: (device, its end)."""
        for key, known in list(self._open.items()):
            manner = manner_of(known.event.vendor)
            if known.end_at is not None and known.end_heard_at is not None:
                if at - known.end_heard_at >= manner.settles:
                    yield known.device, self._ended(key, at=known.end_at)
            elif at - known.last_at >= manner.silent_for:
                yield self._silenced(key, at=known.last_at)

    def gone(self, vendor: str, cameras: frozenset[str], *, at: datetime) -> Iterator[tuple[str, VendorEvent]]:
        """End everything of a make that says it is gone: (device, end)."""
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
            # Begun before this agent was started, or never told: the platform knows which.
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
    # What a review item shows changes while it goes on; what an alarm box numbers are its reports.
    return (
        (event.vendor, device, "", event.id)
        if manner_of(event.vendor).own_ids
        else (event.vendor, device, event.name, "")
    )


def _begun(event: VendorEvent) -> VendorEvent:
    """The event under the id of its situation: some makes use an id again, so the begin makes it its own."""
    return replace(event, id=f"{event.id}/{(event.began or event.at).isoformat()}")
