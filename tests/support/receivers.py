"""Receivers of messages as tests need them: bots and gateways over HTTP that answer, refuse, dawdle or are down."""

import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from models.domain.notices import NoticeSettings

HERE = NoticeSettings(allow="127.0.0.1,localhost")
"""Settings that let messages go to this machine."""


@dataclass(slots=True)
class Receiver:
    """A real HTTP server; `got` is what it took or refused, oldest first."""

    port: int
    status: int = 200
    answer: bytes = b'{"errcode":0,"errmsg":"ok","code":0}'
    wait_s: float = 0.0
    location: str | None = None
    got: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    @property
    def wecom(self) -> str:
        """Its address as a WeCom bot."""
        return f"http://127.0.0.1:{self.port}/cgi-bin/webhook/send?key=693a91f6-secret"

    @property
    def texts(self) -> list[str]:
        """The texts that it received as a WeCom bot."""
        return [message["text"]["content"] for message in self.got]


@contextmanager
def receiver(certificate: Path | None = None) -> Iterator[Receiver]:
    """Run a receiver on a port of its own; with a certificate and its key, over TLS."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.paths.append(self.path)
            found.got.append(json.loads(body))
            time.sleep(found.wait_s)
            self.send_response(found.status)
            if found.location is not None:
                self.send_header("Location", found.location)
            self.send_header("Content-Length", str(len(found.answer)))
            self.end_headers()
            self.wfile.write(found.answer)

        def log_message(self, *_: object) -> None:
            pass

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except OSError:  # the sender has gone
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    found = Receiver(port=server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
