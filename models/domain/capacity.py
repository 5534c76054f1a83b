"""How long the disk will last: a straight line through what was measured. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.base.disk import RESERVE_BYTES

LOOK_BACK = timedelta(days=7)
LEAST = timedelta(hours=24)
"""A shorter time tells nothing of a day: kitchens rest at night."""
WARN_DAYS = 14.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Sizes at a moment.

    Attributes:
        here_bytes: what of database and evidence lies on the disk of the evidence files.
        free_bytes: free room on that disk.
    """

    at: datetime
    database_bytes: int
    evidence_bytes: int
    here_bytes: int
    free_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What the samples tell.

    Attributes:
        per_day: bytes a day by which the data on this disk grow; below zero while they shrink.
        days: days until the platform has no room left; None if the data do not grow.
    """

    per_day: float
    days: float | None

    @property
    def is_near(self) -> bool:
        """Whether the disk will be full soon."""
        return self.days is not None and self.days < WARN_DAYS


def forecast(samples: Sequence[Sample], *, at: datetime) -> Forecast | None:
    """Return what the samples of the last week tell; None if they span less than a day.

    Growth is the slope of the least-squares line through (time, bytes), so that a night's deletions count in the mean.
    The room is what is free now, less the reserve below which the platform counts the disk as full.
    """
    lately = sorted((one for one in samples if at - LOOK_BACK <= one.at <= at), key=lambda one: one.at)
    if not lately or lately[-1].at - lately[0].at < LEAST:
        return None
    days = [(one.at - lately[0].at) / timedelta(days=1) for one in lately]
    sizes = [float(one.here_bytes) for one in lately]
    middle, mean = sum(days) / len(days), sum(sizes) / len(sizes)
    spread = sum((day - middle) ** 2 for day in days)
    per_day = sum((day - middle) * (size - mean) for day, size in zip(days, sizes, strict=True)) / spread
    room = max(0, lately[-1].free_bytes - RESERVE_BYTES)
    return Forecast(per_day=per_day, days=room / per_day if per_day >= 1 else None)
