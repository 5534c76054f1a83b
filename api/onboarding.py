"""Connecting cameras: the interface to camera tests and broker secrets, and limits on camera tests."""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from models.base.addresses import Reach
from models.base.errors import NotReady, RateLimited

LOOKS_AT_ONCE = 3
LOOKS_A_PERSON = 12
WINDOW_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The result of testing a camera: plain JSON values, and one picture as JPEG.

    `greeted`: something at the address answered like a camera, even if it refused.
    """

    found: dict[str, Any]
    advice: tuple[tuple[str, str], ...]
    snapshot: bytes | None
    greeted: bool = True


class Workshop(Protocol):
    """The means to connect cameras; the entry point passes them to the app."""

    def look_at(self, url: str, username: str | None, password: str | None) -> Look:
        """Test a camera within about 30 seconds; the result contains its faults."""
        ...

    def new_secret(self) -> tuple[str, str]:
        """Return a new secret for a node, and its hash in the broker's format."""
        ...

    def keep_secret(self, node_id: str, secret: str) -> None:
        """Store a node's secret at the broker; call this after its hash is committed."""
        ...

    @property
    def authority(self) -> str | None:
        """Certificate (PEM) by which nodes check the broker and this API; None: the public authorities."""
        ...

    @property
    def broker_url(self) -> str:
        """Address at which nodes reach the broker."""
        ...


def workshop_of(workshop: Workshop | None) -> Workshop:
    """Return the workshop that the app was started with.

    Raises:
        NotReady: there is none.
    """
    if workshop is None:
        raise NotReady("this server was started without the means to connect devices; use `mingchu device add`")
    return workshop


class Looks:
    """Limits camera tests at once and for each person, so that nobody can use them to search a network."""

    def __init__(self) -> None:
        self._room = threading.BoundedSemaphore(LOOKS_AT_ONCE)
        self._last: dict[str, deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()

    @contextmanager
    def one(self, who: str) -> Iterator[None]:
        """Hold a place for one camera test of a person.

        Raises:
            RateLimited: the person made too many tests lately, or too many tests run at once.
        """
        with self._lock:
            lately, now = self._last[who], time.monotonic()
            while lately and now - lately[0] > WINDOW_S:
                lately.popleft()
            if len(lately) >= LOOKS_A_PERSON:
                raise RateLimited(
                    f"at most {LOOKS_A_PERSON} camera tests in {WINDOW_S / 60:.0f} minutes; wait a little"
                )
            lately.append(now)
        if not self._room.acquire(timeout=20):
            raise RateLimited("too many cameras are being tested right now; try again in a minute")
        try:
            yield
        finally:
            self._room.release()


def checked_host(host: str, *, loopback: bool, closed: tuple[str, ...] = ()) -> str:
    """Return the IP address of a host that may be tested. Raises the errors of `Reach.number_of`."""
    return Reach(here=loopback, closed=closed).number_of(host)


UNREACHED = "连不上这个地址，或那里不是摄像机 nothing at this address answers as a camera does"
ANSWERED_AFTER_S = 9.0
"""Every test that finds no camera takes this long, so that its duration does not show what is at the address."""


def without_details(look: Look, *, began: float) -> Look:
    """Remove details about ports, hosts and networks from a result if no camera answered; wait until the time is up."""
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
