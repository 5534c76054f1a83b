"""A TCP proxy whose connection a test can cut, stall, slow down and restore."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Line:
    """Forwards connections to 127.0.0.1:`target`; `cut` ends them, `stall` freezes them, until `mend`."""

    def __init__(self, target: int, *, host: str = "127.0.0.1") -> None:
        self._target = target
        self._delay_s = 0.0
        self._server = socket.create_server((host, 0))
        self._server.settimeout(0.1)
        self.port: int = self._server.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._up, self._flows, self._stop = threading.Event(), threading.Event(), threading.Event()
        self._up.set()
        self._flows.set()
        self._thread = threading.Thread(target=self._accept, name="proxy", daemon=True)
        self._thread.start()

    def cut(self) -> None:
        """Cut the connections, as when a cable is pulled and the router reports it."""
        self._up.clear()
        with self._lock:
            for one in self._open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Restore the connection."""
        self._delay_s = 0.0
        self._up.set()
        self._flows.set()

    def stall(self) -> None:
        """Freeze all traffic without closing a connection."""
        self._flows.clear()

    def delay(self, seconds: float) -> None:
        """Pass each piece of data on only after so many seconds."""
        self._delay_s = seconds

    def close(self) -> None:
        """End."""
        self._stop.set()
        self._flows.set()
        self.cut()
        self._thread.join()
        self._server.close()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                client, _ = self._server.accept()
            except TimeoutError:
                continue
            if not self._up.is_set():
                client.close()
                continue
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        client.settimeout(None)
        with client, contextlib.suppress(ConnectionRefusedError), self._to_target() as server:
            with self._lock:
                self._open |= {client, server}
            back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
            back.start()
            self._pump(client, server)
            back.join()
            with self._lock:
                self._open -= {client, server}

    def _to_target(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self._target))

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if self._delay_s:
                    self._stop.wait(self._delay_s)
                while not self._flows.wait(0.1) and not self._stop.is_set():
                    pass
                sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@contextmanager
def line_to(target: int, *, host: str = "127.0.0.1") -> Iterator[Line]:
    """A proxy for a test; it listens at this address."""
    line = Line(target, host=host)
    try:
        yield line
    finally:
        line.close()
