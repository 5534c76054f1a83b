"""The daily dispatch (日调度): counts of a township's day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

RATES = ("assigned", "pledged", "staffed", "visited", "written", "rectified", "connected")
"""What has a rate: `…_k` of `…_n`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyDay:
    """The numbers of a township (or of what a county has without one) on a day."""

    tenant_id: str
    region_code: str
    day: date
    numbers: Mapping[str, int]
    counted_at: datetime


@dataclass(frozen=True, slots=True)
class Rate:
    """k of n."""

    k: int
    n: int

    @property
    def percent(self) -> float | None:
        """In percent; None if n is 0."""
        return None if self.n == 0 else 100 * self.k / self.n


def sum_of(days: Iterable[DutyDay]) -> dict[str, int]:
    """Return the sums of the numbers of several townships."""
    found: dict[str, int] = {}
    for day in days:
        for name, number in day.numbers.items():
            found[name] = found.get(name, 0) + number
    return found


def rate(numbers: Mapping[str, int], name: str) -> Rate:
    """Return one of `RATES`."""
    return Rate(numbers.get(f"{name}_k", 0), numbers.get(f"{name}_n", 0))


def grade(numbers: Mapping[str, int]) -> float | None:
    """Return the mean of the known rates in percent, by which regions are ranked (design); None if none is known."""
    known = [found for name in RATES if (found := rate(numbers, name).percent) is not None]
    return None if not known else sum(known) / len(known)
