"""What the API needs from outside to connect cameras: a look at one, and secrets that the broker knows."""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from models.base.addresses import Reach
from models.base.errors import RateLimited

LOOKS_AT_ONCE = 3
LOOKS_A_PERSON = 12
WINDOW_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a look at a camera found: plain values as JSON has them, the picture as JPEG.

    `greeted`: something there answered as a camera does, if only to refuse.
    """

    found: dict[str, Any]
    advice: tuple[tuple[str, str], ...]
    snapshot: bytes | None
    greeted: bool = True


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


def checked_host(host: str, *, loopback: bool, closed: tuple[str, ...] = ()) -> str:
    """The number of a host that may be looked at. Raises as `Reach.number_of` does."""
    return Reach(here=loopback, closed=closed).number_of(host)


UNREACHED = "连不上这个地址，或那里不是摄像机 nothing at this address answers as a camera does"
ANSWERED_AFTER_S = 9.0
"""A look that finds nothing takes as long as one that waits in vain: neither words nor time tell what is there."""


def without_details(look: Look, *, began: float) -> Look:
    """What somebody may know of a place where no camera answers: that, and nothing of ports, hosts or networks."""
    if look.greeted:
        return look
    time.sleep(max(0.0, began + ANSWERED_AFTER_S - time.monotonic()))
    found = {
        **dict.fromkeys(look.found),
        "reachable": False,
        "reason": "unreachable",
        "detail": UNREACHED,
    }
    zh, _, en = UNREACHED.partition(" ")
    return Look(found=found, advice=((zh, en),), snapshot=None, greeted=False)
