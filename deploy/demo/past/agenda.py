"""The time before the demo, and what happens in it in the order of its moments."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count

from alerts.duties.warnings.rules import due_at
from models.base.clock import SHANGHAI

MARK = "【模拟】"
Step = Callable[[datetime], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Local days with duties: from the first of the last month whose minutes are due, to yesterday (five to ten weeks).

    So the last whole month and week have an index, and the running month begins to have one.
    """

    first: date
    last: date
    now: datetime

    @classmethod
    def before(cls, at: datetime) -> "Span":
        """Return the span before a moment."""
        return cls(first=due_at(at).month, last=at.astimezone(SHANGHAI).date() - timedelta(days=1), now=at)

    @property
    def registered_at(self) -> datetime:
        """The moment since which the enterprises are registered: the morning before the first day."""
        return datetime.combine(self.first - timedelta(days=1), time(8), SHANGHAI)

    @property
    def days(self) -> list[date]:
        """Every day, in order."""
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    @property
    def weeks(self) -> list[date]:
        """The Mondays of whole weeks, in order."""
        return [day for day in self.days if day.weekday() == 0 and day + timedelta(days=6) <= self.last]

    def back(self, day: date) -> int:
        """Return how many days ago a day was: 1 for yesterday."""
        return (self.last - day).days + 1


@dataclass(slots=True)
class Agenda:
    """Steps by their moments. A step may plan later ones; what would lie ahead of `now` is left out."""

    now: datetime
    _steps: list[tuple[datetime, int, Step]] = field(default_factory=list)
    _number: Iterator[int] = field(default_factory=count)

    def at(self, moment: datetime, step: Step) -> bool:
        """Plan a step; False if its moment has not come."""
        if moment >= self.now:
            return False
        heapq.heappush(self._steps, (moment, next(self._number), step))
        return True

    def run(self) -> None:
        """Take all steps, the oldest first."""
        while self._steps:
            moment, _, step = heapq.heappop(self._steps)
            step(moment)


def at_time(day: date, hour: int, minute: int = 0) -> datetime:
    """Return a local time of a day."""
    return datetime.combine(day, time(hour, minute), SHANGHAI)
