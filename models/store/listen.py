"""Wait for notifications of the database without polling."""

import selectors
import socket
import threading
from types import TracebackType
from typing import Any, LiteralString, Self

import psycopg
import structlog

log = structlog.get_logger()


class Listener:
    """A thread that listens to PostgreSQL channels and sets `news` at each notification.

    While the database is unavailable it keeps trying to connect; waiting callers wake at their timeouts.
    """

    def __init__(self, url: str, channels: tuple[LiteralString, ...]) -> None:
        self.news = threading.Event()
        self._url = url
        self._channels = channels
        self._stop = threading.Event()
        self._stopper, self._stopped = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._stopper.close()  # wakes the thread
        self._thread.join(timeout=2)
        self._stopped.close()

    def wait(self, timeout_s: float) -> bool:
        """Wait for a notification or the timeout; return whether there was a notification."""
        heard = self.news.wait(timeout_s)
        self.news.clear()
        return heard

    def wake(self) -> None:
        """End the present wait as a notification does."""
        self.news.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True) as connection:
                    for channel in self._channels:
                        connection.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(channel)))
                    self._listen(connection)
            except psycopg.OperationalError as error:
                log.warning("listener lost the database", error=str(error))
                self._stop.wait(1)

    def _listen(self, connection: psycopg.Connection[Any]) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(connection, selectors.EVENT_READ)
            selector.register(self._stopped, selectors.EVENT_READ)
            while not self._stop.is_set():
                for _ in connection.notifies(timeout=0):
                    self.news.set()
                selector.select()
