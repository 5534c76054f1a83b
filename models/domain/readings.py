"""Values that sensors measured."""

from datetime import datetime
from typing import NamedTuple


class Point(NamedTuple):
    """One value of a series, in the unit of its code."""

    occurred_at: datetime
    value: float
