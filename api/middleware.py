"""Middleware around every request: security headers, HEAD, one log line, and an answer to every error."""

import time

import structlog
from prometheus_client import Histogram
from starlette.requests import ClientDisconnect
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem

log = structlog.get_logger()

SECONDS = Histogram(
    "mingchu_api_request_seconds",
    "How long a request took, by method, route template and status",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30),
)
CLIENT_GONE = 499
"""Status in log and metrics when the client disconnected; never sent, and no error of the server."""
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
_QUIET = frozenset({"/health", "/ready", "/metrics", "/static"})
_HEADERS = tuple(
    (name.encode(), value.encode())
    for name, value in {
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "x-frame-options": "DENY",
        "cross-origin-opener-policy": "same-origin",
        "content-security-policy": "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    }.items()
)

_HTTPS_ONLY = (b"strict-transport-security", b"max-age=31536000")


class Around:
    """The outermost layer of the app."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.monotonic(), 0
        scope.setdefault("state", {})

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name for name, _ in message["headers"]}
                wanted = _HEADERS if scope.get("scheme") != "https" else (*_HEADERS, _HTTPS_ONLY)
                message["headers"] = [*message["headers"], *(h for h in wanted if h[0] not in present)]
                if b"cache-control" not in present:
                    message["headers"].append((b"cache-control", b"no-store"))
            await send(message)

        try:
            await self._inner(scope, receive, answer)
        except ClientDisconnect:
            status = status or CLIENT_GONE
        except Exception as error:
            log.exception("request failed", code="internal", error=repr(error))
            if status:
                raise  # the answer has begun, so the connection must break
            await problem(500, "internal", "An internal error occurred; the log describes it.")(scope, receive, answer)
        finally:
            _note(scope, status, time.monotonic() - began)

    async def _inner(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request; answer HEAD as GET without a body where the route knows only GET."""
        if scope["method"] != "HEAD" or _knows_head(scope):
            await self._app(scope, receive, send)
            return
        begun = _OnlyHead(send)
        asked = {**scope, "method": "GET"}
        try:
            await self._app(asked, receive, begun)
        except Exception:
            if not begun.done:
                raise
        finally:
            if "route" in asked:
                scope["route"] = asked["route"]


def _knows_head(scope: Scope) -> bool:
    return any(route.matches(scope)[0] is Match.FULL for route in scope["app"].routes)


class _OnlyHead:
    """Sends the start of an answer without its body, which may never end."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.done = False

    async def __call__(self, message: Message) -> None:
        if self.done:
            raise OSError("a HEAD has its answer")
        await self._send(message)
        if message["type"] == "http.response.start":
            self.done = True
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})


def _note(scope: Scope, status: int, seconds: float) -> None:
    """Log one line for each request: the route's template, but never the query, a cookie or a key."""
    static = scope["path"].startswith("/static/")
    path = "/static" if static else getattr(scope.get("route"), "path", "unmatched")
    method = scope["method"] if scope["method"] in _METHODS else "other"
    SECONDS.labels(method, path, str(status)).observe(seconds)
    if path not in _QUIET:
        principal = scope["state"].get("principal")
        log.info("request", method=method, route=path, status=status, ms=round(seconds * 1000, 1), principal=principal)
