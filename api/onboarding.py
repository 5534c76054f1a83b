"""What the API needs from outside to connect cameras: a look at one, and secrets that the broker knows."""

import ipaddress
import socket
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from models.errors import Invalid, NotAllowed, RateLimited

LOOKS_AT_ONCE = 3
LOOKS_A_PERSON = 12
WINDOW_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a look at a camera found: plain values as JSON has them, the picture as JPEG."""

    found: dict[str, Any]
    advice: tuple[tuple[str, str], ...]
    snapshot: bytes | None


class Workshop(Protocol):
    """Given to the app by whoever starts it."""

    def look_at(self, url: str, username: str | None, password: str | None) -> Look:
        """Look at a camera within some 30 seconds; what is wrong with it is in the answer."""
        ...

    def new_secret(self) -> tuple[str, str]:
        """A new secret for a node, and its hash as the broker keeps it."""
        ...

    def keep_secret(self, node_id: str, secret: str) -> None:
        """Let the broker know a node's secret; called when its hash is committed."""
        ...

    @property
    def broker_url(self) -> str:
        """How nodes reach the broker."""
        ...


class Looks:
    """Few at once, and few a person: looking at addresses must not become a way to search a network."""

    def __init__(self) -> None:
        self._room = threading.BoundedSemaphore(LOOKS_AT_ONCE)
        self._last: dict[str, deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()

    @contextmanager
    def one(self, who: str) -> Iterator[None]:
        """Room for one look of a person.

        Raises:
            RateLimited: too many lately, or too many people are looking.
        """
        with self._lock:
            lately, now = self._last[who], time.monotonic()
            while lately and now - lately[0] > WINDOW_S:
                lately.popleft()
            if len(lately) >= LOOKS_A_PERSON:
                raise RateLimited(f"at most {LOOKS_A_PERSON} looks in {WINDOW_S / 60:.0f} minutes; wait a little")
            lately.append(now)
        if not self._room.acquire(timeout=20):
            raise RateLimited("too many cameras are being looked at right now; try again in a minute")
        try:
            yield
        finally:
            self._room.release()


def checked_host(host: str, *, loopback: bool) -> str:
    """The number of a host that may be looked at: looked up once, so that it can't be another one afterwards.

    Raises:
        Invalid: no such host.
        NotAllowed: this machine itself, or an address of its own link.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Invalid(f"找不到主机 {host[:80]!r}：请核对地址 no such host; check the address") from None
    number = ipaddress.ip_address(str(found[0][4][0]).split("%")[0])
    plain = number.ipv4_mapped if isinstance(number, ipaddress.IPv6Address) and number.ipv4_mapped else number
    own = plain.is_loopback and not loopback
    if own or plain.is_link_local or plain.is_unspecified or plain.is_multicast or plain.is_reserved:
        raise NotAllowed(f"{plain} is no address of a camera that this platform may look at")
    return str(plain)
