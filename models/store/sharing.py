"""Share a kind of work with other processes: hold an equal part, and take over what a dead one held."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from prometheus_client import Counter, Gauge

from models.domain.leases import share_of, surplus
from models.store import leases
from models.store.connect import Store, Write

log = structlog.get_logger()

HELD = Gauge("mingchu_lease_held", "Shares of work that this process holds", ["kind"])
MOVED = Counter("mingchu_lease_moved_total", "Shares taken, given back, and lost to another process", ["kind", "how"])

LIFE_S = 6.0
"""A process that does not renew for so long counts as dead, by the database's clock."""
TEND_S = 1.0
FROZEN_S = 5.0
"""A transaction in which nothing happens for so long is of a process that is frozen; its locks must not outlive it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a round changed: shares to begin with, to stop at once, and to stop in order and then give back."""

    gained: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    to_give: frozenset[str] = frozenset()


class Sharing:
    """One process's part in a kind of work. Call `tend` every `TEND_S` seconds, on one thread.

    Args:
        store: where the leases are.
        kind: the kind of work.
        name: the name of the process, unique among the living; a restart under its name takes over at once.
        prefix: only shares whose key begins so.
        most_at_once: shares to take in one round at most.
        life_s: seconds without a renewal after which this process counts as dead.
        monotonic: seconds of this machine, by which a process that can't renew counts itself as dead.
    """

    def __init__(
        self,
        store: Store,
        *,
        kind: str,
        name: str,
        prefix: str = "",
        most_at_once: int = 5_000,
        life_s: float = LIFE_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._kind, self._name, self._prefix = store, kind, name, prefix
        self._most_at_once, self._life_s, self._monotonic = most_at_once, life_s, monotonic
        self._renewed, self._certain = float("-inf"), False
        self.holder: int | None = None
        self.held: frozenset[str] = frozenset()
        self.weight = 1.0

    @property
    def is_sure(self) -> bool:
        """Whether what is held is surely still held: the last renewal is not too long ago."""
        return self._monotonic() - self._renewed < self._life_s

    def tend(self) -> Change:
        """Renew, take a fair part of what is free, and find out what was lost or is too much.

        While the database does not answer, what is held is kept until others may have taken it.

        Raises:
            StoreUnavailable: the database does not answer; call `expire` then.
        """
        began, before, certain = self._monotonic(), self.held, self._certain
        self._certain = False  # until this is committed
        with self._store.write() as w:
            holder, mine = self._renewed_life(w, certain=certain)
            living, free = leases.living(w, kind=self._kind), leases.free(w, kind=self._kind, prefix=self._prefix)
            share = share_of(holder, living, free=free)
            taken: set[str] = set()
            if share > len(mine):
                more = min(share - len(mine), self._most_at_once)
                taken = leases.take(w, kind=self._kind, holder=holder, at_most=more, prefix=self._prefix)
                leases.report(w, holder=holder, held=len(mine) + len(taken))
        self.holder, self.held, self._renewed, self._certain = holder, mine | taken, began, True
        gained = self.held - before
        excess = sorted(self.held - gained)[: surplus(len(self.held), share)]
        return self._told(Change(gained=gained, lost=before - self.held, to_give=frozenset(excess)))

    def _renewed_life(self, w: Write, *, certain: bool) -> tuple[int, frozenset[str]]:
        """Renew this life or begin a new one; return its id and what it holds."""
        first = self.holder is None
        if self.holder is not None:
            unbroken = leases.renew(w, holder=self.holder, life_s=self._life_s, held=len(self.held), weight=self.weight)
            if unbroken is not None:
                sure = unbroken and certain
                return self.holder, self.held if sure else frozenset(leases.held(w, holder=self.holder))
        return leases.begin(w, kind=self._kind, name=self._name, life_s=self._life_s, first=first), frozenset()

    def expire(self) -> Change:
        """Give up everything if it may have been taken meanwhile; for a round in which `tend` could not ask."""
        if self.is_sure or not self.held:
            return Change()
        lost, self.held, self._certain = self.held, frozenset(), False
        return self._told(Change(lost=lost))

    def give_back(self, keys: frozenset[str]) -> None:
        """Give back shares whose work has stopped."""
        if self.holder is None or not keys:
            return
        self._certain = False
        with self._store.write() as w:
            leases.give_back(w, kind=self._kind, holder=self.holder, keys=keys)
            leases.report(w, holder=self.holder, held=len(self.held - keys))
        # What is certain is read again in the next round, which costs little after something was given away.
        self.held -= keys
        MOVED.labels(self._kind, "given").inc(len(keys))
        HELD.labels(self._kind).set(len(self.held))

    def end(self) -> None:
        """Give back everything, so that others take over at once; the work has stopped."""
        if self.holder is not None:
            with self._store.write() as w:
                leases.end(w, holder=self.holder)
        self.holder, self.held = None, frozenset()
        HELD.labels(self._kind).set(0)

    def _told(self, change: Change) -> Change:
        for how, keys in (("taken", change.gained), ("lost", change.lost)):
            if keys:
                MOVED.labels(self._kind, how).inc(len(keys))
                log.info("shares of work moved", how=how, kind=self._kind, keys=len(keys), held=len(self.held))
        HELD.labels(self._kind).set(len(self.held))
        return change
