"""Shares of work among processes: how much each may hold. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

SLACK = 20
"""Whoever holds up to a twentieth more than its share gives nothing back: moving work costs, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One life of a process that shares work: what it holds, and its weight (1, or less if it is overloaded)."""

    id: int
    held: int
    weight: float = 1.0


def share_of(mine: int, holders: Sequence[Holder], *, free: int) -> int:
    """Return how many shares the holder `mine` should have, by weight, whole ones; all of them add up to all shares.

    >>> two = [Holder(id=1, held=3), Holder(id=2, held=0)]
    >>> share_of(1, two, free=0), share_of(2, two, free=0)
    (2, 1)
    """
    total = free + sum(holder.held for holder in holders)
    weights = sum(holder.weight for holder in holders)
    exact = {holder.id: total * holder.weight / weights for holder in holders}
    whole = {holder: floor(wanted) for holder, wanted in exact.items()}
    left = total - sum(whole.values())
    by_remainder = sorted(exact, key=lambda holder: (whole[holder] - exact[holder], holder))
    return whole.get(mine, 0) + (mine in by_remainder[:left])


def surplus(held: int, share: int) -> int:
    """Return how many shares to give back: none within the slack."""
    return held - share if held > share + share // SLACK else 0
