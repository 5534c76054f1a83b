"""Connections to the API: limit the number for each source, and cut those that stay silent."""

import asyncio
from collections import Counter
from typing import ClassVar

import h11
import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

log = structlog.get_logger()

_LOCAL = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})
"""A reverse proxy on this machine forwards everybody's requests, so its connections are not limited."""


class Bounded(H11Protocol):
    """One connection, with the limits that `protocol` sets."""

    headers_s: ClassVar[float]
    unread_s: ClassVar[float]
    most_a_source: ClassVar[int]
    held: ClassVar[Counter[str]]
    _head_timer: asyncio.TimerHandle | None = None
    _unread_timer: asyncio.TimerHandle | None = None
    _source = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept a connection, unless its source has too many."""
        super().connection_made(transport)
        source = self.client[0] if self.client else ""
        if source and source not in _LOCAL:
            if self.held[source] >= self.most_a_source:
                log.warning("too many connections", source=source, most=self.most_a_source)
                transport.abort()
                return
            self._source = source
            self.held[source] += 1
        self._watch_head()

    def data_received(self, data: bytes) -> None:
        """Receive bytes."""
        super().data_received(data)
        self._watch_head()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        for timer in (self._head_timer, self._unread_timer):
            if timer is not None:
                timer.cancel()
        self._head_timer = self._unread_timer = None
        if self._source:
            self.held[self._source] -= 1
            if not self.held[self._source]:
                del self.held[self._source]
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Start the timer for a client that does not read."""
        super().pause_writing()
        self._unread_timer = self.loop.call_later(self.unread_s, self._cut, "the client left an answer unread")

    def resume_writing(self) -> None:
        """Stop the timer: the client reads again."""
        if self._unread_timer is not None:
            self._unread_timer.cancel()
        super().resume_writing()

    def _watch_head(self) -> None:
        """While no request is in progress, require the complete head of the next one within the time."""
        waiting = self.conn.their_state is h11.IDLE and not self.transport.is_closing()
        if not waiting and self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
        elif waiting and self._head_timer is None:
            self._head_timer = self.loop.call_later(self.headers_s, self._cut, "the head of a request took too long")

    def _cut(self, why: str) -> None:
        log.info("connection cut", why=why)
        self.transport.abort()


def protocol(*, headers_s: float, unread_s: float, most_a_source: int) -> type[Bounded]:
    """Return the protocol class for uvicorn.

    Args:
        headers_s: seconds within which the head of a request must arrive.
        unread_s: seconds for which an answer may stay unread before the connection is cut.
        most_a_source: most connections from one address at a time; this machine's own are not counted.
    """
    bounds = {"headers_s": headers_s, "unread_s": unread_s, "most_a_source": most_a_source, "held": Counter()}
    return type("BoundedConnection", (Bounded,), bounds)
