"""Slow down people who guess passwords without locking out the owners of accounts. No I/O.

Three paces limit attempts: for the account at one address, for the address, and for the account. Each allows some
attempts at once and then one every few seconds; an earlier attempt waits. The pace of the account never refuses an
attempt, so somebody who tries it from elsewhere makes its owner wait a few seconds at most. A browser that has logged
in before has its own pace.
"""

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass

from models.base.errors import RateLimited

LONGEST_WAIT_S = 10.0
"""An attempt that would have to wait longer is refused; the refusal states when to try again."""
ACCOUNT_WAIT_S = 3.0
"""The longest wait that attempts from other addresses cause for an account's owner."""
MOST_KEYS = 100_000
_V6_NETWORK = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """`burst` attempts at once, then one every `every_s` seconds."""

    burst: int
    every_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Paces:
    """The three paces at which passwords may be tried."""

    account_here: Pace
    address: Pace
    account: Pace


@dataclass(frozen=True, slots=True)
class Admitted:
    """An attempt that may continue after `wait_s` seconds. A right password frees its places (`taken`) again."""

    wait_s: float
    taken: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """An attempt that is too early; another is possible after `again_s` seconds."""

    again_s: float


class Gate:
    """Lets each key do something only so often (generic cell rate algorithm); forgets the keys unused for longest."""

    def __init__(self) -> None:
        self._free_at: OrderedDict[str, float] = OrderedDict()

    def admit(self, key: str, pace: Pace, *, now: float) -> float:
        """Take a place and return 0, or return after how many seconds there is one."""
        wait_s = self.wait(key, pace, now)
        if not wait_s:
            self.take(key, pace, now)
        return wait_s

    def require(self, key: str, pace: Pace, *, now: float, refusal: str) -> None:
        """Take a place.

        Raises:
            RateLimited: there is none yet; the message is `refusal`.
        """
        wait_s = self.admit(key, pace, now=now)
        if wait_s:
            raise RateLimited(refusal, again_s=wait_s)

    def wait(self, key: str, pace: Pace, now: float) -> float:
        """Return the seconds until the pace allows another attempt."""
        return max(0.0, self._free_at.get(key, now) - now - (pace.burst - 1) * pace.every_s)

    def take(self, key: str, pace: Pace, now: float) -> None:
        """Take a place."""
        self._free_at[key] = max(self._free_at.pop(key, now), now) + pace.every_s
        if len(self._free_at) > MOST_KEYS:
            self._free_at.popitem(last=False)

    def give_back(self, key: str, every_s: float) -> None:
        """Give a place back."""
        if key in self._free_at:
            self._free_at[key] -= every_s


class Throttle:
    """The throttle of one process; `now` is a monotonic time in seconds."""

    def __init__(self, paces: Paces) -> None:
        self._paces = paces
        self._gate = Gate()

    def admit(self, login: str, address: str, device: str | None, *, now: float) -> Admitted | Refused:
        """Admit or refuse an attempt. `device` names a browser from which this account has logged in before."""
        here = f"{login} at {network_of(address)}"
        strict = [(f"device {device}", self._paces.account_here)]
        if device is None:
            strict = [(here, self._paces.account_here), (f"from {network_of(address)}", self._paces.address)]
        wait_s = max(self._gate.wait(key, pace, now) for key, pace in strict)
        if wait_s > LONGEST_WAIT_S:
            return Refused(again_s=wait_s - LONGEST_WAIT_S + 1)
        taken = strict
        if device is None:
            account = (f"all of {login}", self._paces.account)
            wait_s = max(wait_s, min(self._gate.wait(*account, now), ACCOUNT_WAIT_S))
            taken = [*strict, account]
        for key, pace in taken:
            self._gate.take(key, pace, now)
        return Admitted(wait_s, tuple((key, pace.every_s) for key, pace in taken))

    def give_back(self, admitted: Admitted) -> None:
        """Cancel an attempt after the right password, so that it does not count."""
        for key, every_s in admitted.taken:
            self._gate.give_back(key, every_s)


def network_of(address: str) -> str:
    """Return the network that one customer has: the IPv4 address, or the /64 of an IPv6 address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, _V6_NETWORK), strict=False))
    return str(found)
