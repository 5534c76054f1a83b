"""A receiver of clips, like the platform's, with faults on demand."""

import base64
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(slots=True)
class Receiver:
    """What was received. `refuse` is the answer to everything; the connection is cut once after `break_after` bytes."""

    url: str = ""
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    complete: bool = False
    requests: list[tuple[str, int]] = field(default_factory=list)
    refuse: int | None = None
    break_after: int | None = None
    lie_about_offset: int | None = None


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Log nothing."""

    def do_HEAD(self) -> None:
        got = self.receiver
        stands = len(got.body) if got.lie_about_offset is None else got.lie_about_offset
        got.lie_about_offset = None
        self._answer(got.refuse or 204, offset=stands)

    def do_PUT(self) -> None:
        got = self.receiver
        if got.refuse is not None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(got.refuse, offset=0)
            return
        span, _, total = self.headers["Content-Range"].removeprefix("bytes ").partition("/")
        first = int(span.partition("-")[0])
        if got.break_after is not None:
            got.break_after = None
            got.requests.append(("broken", first))
            self.close_connection = True
            self.connection.close()
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if first != len(got.body):
            self._answer(409, offset=len(got.body))
            return
        got.body += body
        got.headers = dict(self.headers)
        if len(got.body) < int(total):
            self._answer(204, offset=len(got.body))
            return
        digest = base64.b64encode(hashlib.sha256(got.body).digest()).decode()
        got.complete = self.headers["Repr-Digest"] == f"sha-256=:{digest}:"
        self._answer(201 if got.complete else 422, offset=len(got.body))

    def _answer(self, status: int, *, offset: int) -> None:
        self.receiver.requests.append((self.command, status))
        self.send_response(status)
        self.send_header("Upload-Offset", str(offset))
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A server on a free port; `url` is the upload address with a token."""
    got = Receiver()
    handler = type("Handler", (_Handler,), {"receiver": got})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    got.url = f"http://127.0.0.1:{server.server_address[1]}/v1/uploads/s3cret-upload-token"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
