"""Collect the minutes in which each camera was seen and analysed; they are stored every few seconds."""

from dataclasses import dataclass, field
from datetime import date, datetime

from models.domain.ledger import day_and_minute
from models.store import Write, conditions, heartbeats, ledger
from models.store.ledger import Minutes

ROLE = "vision"


@dataclass(slots=True)
class MinuteBook:
    """The minutes of one process. What could not be stored is kept for the next time; size is bounded per day."""

    replica: str = "0"
    _minutes: dict[tuple[str, date], Minutes] = field(default_factory=dict)
    _last: dict[str, datetime] = field(default_factory=dict)

    def note(self, device_id: str, *, at: datetime, analysed: bool) -> None:
        """Add a frame that arrived at `at`; `analysed` is False if its picture could not be judged."""
        day, minute = day_and_minute(at)
        minutes = self._minutes.setdefault((device_id, day), Minutes())
        minutes.seen.add(minute)
        if analysed:
            minutes.analysed.add(minute)
        self._last[device_id] = at

    def write(self, w: Write, *, at: datetime) -> None:
        """Store the collected minutes, and a heartbeat of the judge."""
        heartbeats.role_alive(w, role=ROLE, replica=self.replica, at=at)
        if self._minutes:
            ledger.mark_minutes(w, self._minutes)
            conditions.frames_seen(w, self._last)

    def written(self) -> None:
        """Clear the buffer after a commit."""
        self._minutes.clear()
        self._last.clear()
