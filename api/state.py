"""The app's state, which all requests share."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from fastapi import Request

from api.access.sign_on.asking import Asker
from api.access.sign_on.settings import Provider
from api.access.throttle import Gate, Throttle
from api.onboarding import Looks, Workshop
from api.settings import ApiSettings
from api.uploads.inspection import Inspector
from models.base.clock import Clock
from models.base.errors import NotReady, RateLimited
from models.evidence.files import EvidenceFiles
from models.store import Store
from models.store.listen import Listener

HASHES_AT_ONCE = 4
"""Checking a password takes 64 MiB for a moment. Separate threads do it, so that no other request waits."""


@dataclass(slots=True, kw_only=True)
class App:
    """The state that `create_app` makes once for all requests."""

    store: Store
    files: EvidenceFiles
    clock: Clock
    settings: ApiSettings
    news: "News"
    public_url: str
    throttle: Throttle
    gate: Gate = field(default_factory=Gate)
    hashing: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(HASHES_AT_ONCE, thread_name_prefix="hashing")
    )
    workshop: Workshop | None = None
    providers: Mapping[str, Provider] = field(default_factory=dict)
    askers: Mapping[str, Asker] = field(default_factory=dict)
    inspector: Inspector = field(default_factory=Inspector)
    looks: Looks = field(default_factory=Looks)
    tables: "Tables" = field(default_factory=lambda: Tables())  # noqa: PLW0108 - defined below
    exports: "Streams" = field(default_factory=lambda: Streams(at_most=20, a_caller=2))
    streams: "Streams" = field(default_factory=lambda: Streams())  # noqa: PLW0108 - defined below


class Streams:
    """Counts open streams, of the feed or of exports: there is a limit for all and one for each caller."""

    def __init__(self, *, at_most: int = 200, a_caller: int = 5) -> None:
        self._at_most, self._a_caller = at_most, a_caller
        self._open: Counter[str] = Counter()

    @contextmanager
    def one(self, caller: str) -> Iterator[None]:
        """Hold one stream open.

        Raises:
            RateLimited: all of them, or all of this caller's, are in use.
        """
        if self._open.total() >= self._at_most or self._open[caller] >= self._a_caller:
            raise RateLimited("too many of them are open; try again in a minute")
        self._open[caller] += 1
        try:
            yield
        finally:
            self._open[caller] -= 1
            self._open += Counter()  # forgets callers without a stream


class Tables:
    """Lets few tables be read or made as workbooks at once; others wait a moment and are refused."""

    def __init__(self, *, at_once: int = 2, wait_s: float = 20) -> None:
        self._room, self._wait_s = threading.BoundedSemaphore(at_once), wait_s

    @contextmanager
    def one(self) -> Iterator[None]:
        """Work on one table.

        Raises:
            NotReady: too many tables are being worked on.
        """
        if not self._room.acquire(timeout=self._wait_s):
            raise NotReady("too many tables are being read or made; try again in a minute")
        try:
            yield
        finally:
            self._room.release()


class News:
    """Lets a limited number of long polls wait for events; a waiting one occupies no thread.

    Take a `ticket` before reading the feed and wait on it afterwards, so that no event in between is missed.
    """

    def __init__(self, *, at_most: int) -> None:
        self._room = at_most
        self._next = asyncio.Event()
        self._closed = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listener: Listener | None = None

    def ticket(self) -> asyncio.Event:
        """Return the asyncio event that is set at the next event of the feed."""
        return self._next

    async def wait(self, ticket: asyncio.Event, timeout_s: float) -> bool:
        """Wait for an event after `ticket`, or the timeout; False if closed, or at once if too many polls wait."""
        if self._room <= 0 or self._closed.is_set():
            return False
        self._room -= 1
        try:
            await asyncio.wait_for(ticket.wait(), timeout_s)
        except TimeoutError:
            pass
        finally:
            self._room += 1
        return not self._closed.is_set()

    @property
    def closed(self) -> bool:
        """Whether the server stops."""
        return self._closed.is_set()

    def pump(self, listener: Listener, loop: asyncio.AbstractEventLoop) -> None:
        """Pass the database's notifications on until closed; runs on its own thread."""
        self._loop, self._listener = loop, listener
        while not self._closed.is_set():
            if listener.wait(0.5):
                self._tell()

    def close(self) -> None:
        """End all waiting polls; may be called from any thread."""
        self._closed.set()
        if self._listener is not None:
            self._listener.wake()  # the pump ends now instead of after its wait
        self._tell()

    def _tell(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._turn)

    def _turn(self) -> None:
        told, self._next = self._next, asyncio.Event()
        told.set()


def app_of(request: Request) -> App:
    """Return the app's state."""
    found = request.app.state.mingchu
    if not isinstance(found, App):
        raise TypeError("the app was not made by create_app")
    return found
