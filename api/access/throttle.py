"""Slowing down whoever guesses passwords, without closing the door of whoever owns one. No I/O.

Tries are paced by three things: the account at one address, the address, and the account. Each has some tries at once
and then one every few seconds; who comes earlier waits. The account alone never refuses anybody: whoever tries it from
elsewhere makes its owner wait a moment at most. A browser that has logged in before has a pace of its own.
"""

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass

LONGEST_WAIT_S = 10.0
"""A try that would have to wait longer is refused, and told when to come again."""
ACCOUNT_WAIT_S = 3.0
"""The longest that tries of others at other addresses make an account's owner wait."""
MOST_KEYS = 100_000
_V6_NETWORK = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """`burst` tries at once, then one every `every_s` seconds."""

    burst: int
    every_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Paces:
    """How fast passwords may be tried."""

    account_here: Pace
    address: Pace
    account: Pace


@dataclass(frozen=True, slots=True)
class Admitted:
    """A try that may go on after `wait_s` seconds. It gives its place back if the password is right."""

    wait_s: float
    taken: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A try that comes too early; `again_s` is when there is room for another."""

    again_s: float


class Throttle:
    """Paces of one process; `now` is a monotonic time in seconds."""

    def __init__(self, paces: Paces) -> None:
        self._paces = paces
        self._free_at: OrderedDict[str, float] = OrderedDict()

    def admit(self, login: str, address: str, device: str | None, *, now: float) -> Admitted | Refused:
        """Take a place for a try. `device` names a browser that this account has logged in from."""
        here = f"{login} at {network_of(address)}"
        strict = [(f"device {device}", self._paces.account_here)]
        if device is None:
            strict = [(here, self._paces.account_here), (f"from {network_of(address)}", self._paces.address)]
        wait_s = max(self._wait(key, pace, now) for key, pace in strict)
        if wait_s > LONGEST_WAIT_S:
            return Refused(again_s=wait_s - LONGEST_WAIT_S + 1)
        taken = strict
        if device is None:
            account = (f"all of {login}", self._paces.account)
            wait_s = max(wait_s, min(self._wait(*account, now), ACCOUNT_WAIT_S))
            taken = [*strict, account]
        for key, pace in taken:
            self._take(key, pace, now)
        return Admitted(wait_s, tuple((key, pace.every_s) for key, pace in taken))

    def give_back(self, admitted: Admitted) -> None:
        """The password was right: the try counts for nothing."""
        for key, every_s in admitted.taken:
            if key in self._free_at:
                self._free_at[key] -= every_s

    def _wait(self, key: str, pace: Pace, now: float) -> float:
        """Seconds until there is a place (generic cell rate algorithm)."""
        return max(0.0, self._free_at.get(key, now) - now - (pace.burst - 1) * pace.every_s)

    def _take(self, key: str, pace: Pace, now: float) -> None:
        self._free_at[key] = max(self._free_at.pop(key, now), now) + pace.every_s
        if len(self._free_at) > MOST_KEYS:
            self._free_at.popitem(last=False)


def network_of(address: str) -> str:
    """Whom an address stands for: itself, or of IPv6 the /64 that one customer has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, _V6_NETWORK), strict=False))
    return str(found)
