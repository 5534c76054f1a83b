"""Values that sensors measured."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One value of a series, in the unit of its code."""

    occurred_at: datetime
    value: float
