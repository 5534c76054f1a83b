"""Reports of other makes, gathered into situations: one that goes on is one violation, and it ends. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ingest.adapters.events import VendorEvent

ENDS_AFTER = timedelta(seconds=60)
"""A make that never says that something is over has said so when it has been silent for this long."""
MOST_OPEN = 1000


@dataclass(slots=True)
class _Open:
    device: str
    event: VendorEvent
    last_at: datetime


@dataclass(slots=True)
class Situations:
    """What is going on at the cameras of one vendor connection."""

    _open: dict[tuple[str, str, str], _Open] = field(default_factory=dict)

    def saw(self, event: VendorEvent, device: str, *, at: datetime) -> VendorEvent | None:
        """Take a report in at `at` (our clock); gives the event to send, None if it is known or tells nothing."""
        if not event.tells:
            return None
        key = (device, event.name, event.id)
        known = self._open.get(key)
        if event.ended:
            return None if known is None else self._ended(key, at=event.at)
        if known is not None:
            known.last_at = at
            return None
        if len(self._open) >= MOST_OPEN:
            self._open.pop(next(iter(self._open)))
        # Some makes use the same id again for the next situation: the begin makes it its own.
        opened = replace(event, id=f"{event.id}/{event.at.isoformat()}")
        self._open[key] = _Open(device, opened, at)
        return opened

    def over(self, *, at: datetime) -> Iterator[tuple[str, VendorEvent]]:
        """What has been silent for too long: (device, its end)."""
        for key in [key for key, known in self._open.items() if at - known.last_at >= ENDS_AFTER]:
            device, last_at = self._open[key].device, self._open[key].last_at
            yield device, self._ended(key, at=last_at)

    def _ended(self, key: tuple[str, str, str], *, at: datetime) -> VendorEvent:
        opened = self._open.pop(key).event
        return replace(opened, ended=True, at=max(at, opened.at))
