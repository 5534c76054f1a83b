"""Metrics that every role exposes, and the port at which it does so, with answers for probes."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from prometheus_client import Gauge, make_wsgi_app, start_http_server

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

READY = Gauge("mingchu_role_ready", "1 once the role does its work, 0 before")
PROGRESS = Gauge("mingchu_role_progress", "Steps of the start that are done; it increases while a role starts")
_METRICS = make_wsgi_app()


def serve(port: int, *, host: str) -> None:
    """Serve `/metrics`, and for probes `/health` (the process is alive) and `/ready` (503 until the role works)."""
    server, _ = start_http_server(port, addr=host)
    server.set_app(_answer)


def _answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    path = environ.get("PATH_INFO", "")
    if path not in {"/health", "/ready"}:
        answer: Iterable[bytes] = _METRICS(environ, start_response)
        return answer
    good = path == "/health" or READY._value.get() == 1  # noqa: SLF001 - the library has no public way to read it
    start_response("200 OK" if good else "503 Service Unavailable", [("Content-Type", "text/plain")])
    return [b"yes\n" if good else b"not yet\n"]
