"""Storage of leases: which process holds which share of a kind of work, by the database's clock."""

from collections.abc import Collection

from models.base.errors import LeaseLost
from models.domain.leases import Holder
from models.store.connect import Read, Write

MOST_COUNTED = 100_000


def begin(w: Write, *, kind: str, name: str, life_s: float, first: bool) -> int:
    """Begin a life of the process `name` and return its id; `first` ends its earlier lives, whose work is then free."""
    w.run("leases", "forget_ended", {"kind": kind})
    holder = int(w.value("leases", "begin", {"kind": kind, "name": name, "life": life_s}))
    if first:
        w.run("leases", "end_former_lives", {"kind": kind, "name": name, "holder": holder})
    return holder


def renew(w: Write, *, holder: int, life_s: float, held: int, weight: float) -> bool | None:
    """Renew a life; return whether it was unbroken, so that nobody can have taken anything. None if it was ended.

    `held` and `weight` are reported to the others.
    """
    found = w.value("leases", "renew", {"holder": holder, "life": life_s, "held": held, "weight": weight})
    return None if found is None else bool(found)


def report(w: Write, *, holder: int, held: int) -> None:
    """Tell the others how many shares a life holds."""
    w.run("leases", "report", {"holder": holder, "held": held})


def living(r: Read, *, kind: str) -> list[Holder]:
    """Return the lives of a kind whose time is not over."""
    return r.all(Holder, "leases", "living", {"kind": kind})


def free(r: Read, *, kind: str, prefix: str = "") -> int:
    """Return how many shares nobody living holds, `MOST_COUNTED` at most."""
    return int(r.value("leases", "free", {"kind": kind, "prefix": prefix, "limit": MOST_COUNTED}))


def take(w: Write, *, kind: str, holder: int, at_most: int, prefix: str = "") -> set[str]:
    """Take shares that nobody living holds; return their keys. `prefix` limits the choice."""
    params = {"kind": kind, "holder": holder, "limit": at_most, "prefix": prefix}
    return {str(key) for (key,) in w.tuples("leases", "take", params)}


def held(r: Read, *, holder: int) -> set[str]:
    """Return what a life holds."""
    return {str(key) for (key,) in r.tuples("leases", "held", {"holder": holder})}


def give_back(w: Write, *, kind: str, holder: int, keys: Collection[str]) -> None:
    """Give shares back."""
    w.run("leases", "give_back", {"kind": kind, "holder": holder, "keys": sorted(keys)})


def end(w: Write, *, holder: int) -> None:
    """End a life and give back what it holds."""
    w.run("leases", "end", {"holder": holder})


def require(w: Write, *, kind: str, key: str, holder: int) -> None:
    """Check that a life holds a share, and keep it so until the transaction ends.

    Raises:
        LeaseLost: another process holds it, or may take it at any time.
    """
    if not w.tuples("leases", "is_held", {"kind": kind, "key": key, "holder": holder}):
        raise LeaseLost(f"{kind} {key!r} is not held by this process any more")


def shares(r: Read, *, kind: str) -> list[str]:
    """Return the keys of every share of a kind."""
    return [str(key) for (key,) in r.tuples("leases", "shares", {"kind": kind})]


def add_shares(w: Write, *, kind: str, keys: Collection[str]) -> None:
    """Add shares to a kind."""
    w.run("leases", "add_shares", {"kind": kind, "keys": sorted(keys)})


def replace_shares(w: Write, *, kind: str, keys: Collection[str]) -> None:
    """Divide a kind of work anew; whoever holds former shares loses them."""
    w.run("leases", "drop_shares", {"kind": kind})
    add_shares(w, kind=kind, keys=keys)
