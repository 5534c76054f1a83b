"""The wait before another attempt: doubling, bounded, and random so that many clients do not return together."""

import random
from collections.abc import Callable
from dataclasses import dataclass

_MOST_DOUBLINGS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """A wait that doubles from `first_s` up to `longest_s`, in seconds.

    >>> Backoff(first_s=0.2, longest_s=15).wait_s(1, chance=lambda: 1.0)
    0.2
    >>> Backoff(first_s=0.2, longest_s=15).wait_s(100, chance=lambda: 0.0)
    7.5
    """

    first_s: float
    longest_s: float
    spread: tuple[float, float] = (0.5, 1.0)

    def wait_s(self, failures: int, *, chance: Callable[[], float] = random.random) -> float:
        """Return the seconds to wait after `failures` (at least 1) in a row: a random share of the doubled wait."""
        full = min(self.longest_s, self.first_s * 2.0 ** min(failures - 1, _MOST_DOUBLINGS))
        low, high = self.spread
        return full * (low + (high - low) * chance())
