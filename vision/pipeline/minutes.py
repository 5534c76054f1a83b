"""Which minutes each camera was seen and analysed, gathered here and written down every few seconds."""

from dataclasses import dataclass, field
from datetime import date, datetime

from models.domain.ledger import day_and_minute
from models.store import Write, conditions, heartbeats, ledger
from models.store.ledger import Minutes

ROLE = "vision"


@dataclass(slots=True)
class MinuteBook:
    """Of one process. What could not be written stays for the next time; a camera's day is bounded by its minutes."""

    replica: str = "0"
    _minutes: dict[tuple[str, date], Minutes] = field(default_factory=dict)
    _last: dict[str, datetime] = field(default_factory=dict)

    def note(self, device_id: str, *, at: datetime, analysed: bool) -> None:
        """A frame came at `at`; `analysed` unless its picture was not worth judging."""
        day, minute = day_and_minute(at)
        minutes = self._minutes.setdefault((device_id, day), Minutes())
        minutes.seen.add(minute)
        if analysed:
            minutes.analysed.add(minute)
        self._last[device_id] = at

    def write(self, w: Write, *, at: datetime) -> None:
        """Write down what was gathered, and that the judge works."""
        heartbeats.role_alive(w, role=ROLE, replica=self.replica, at=at)
        if self._minutes:
            ledger.mark_minutes(w, self._minutes)
            conditions.frames_seen(w, self._last)

    def written(self) -> None:
        """The transaction is through."""
        self._minutes.clear()
        self._last.clear()
