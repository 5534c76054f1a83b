"""Puts the API together."""

import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI, Request, Response

from api import problems
from api.routes import events, findings, operations, registry, session, tasks
from api.settings import ApiSettings
from api.state import App, News
from models.clock import Clock, SystemClock
from models.evidence_files import EvidenceFiles
from models.store import Store
from models.store.listen import Listener

log = structlog.get_logger()

_QUIET = frozenset({"/health", "/ready", "/metrics"})
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'",
}


def create_app(
    *,
    store: Store,
    files: EvidenceFiles,
    database_url: str,
    clock: Clock | None = None,
    settings: ApiSettings | None = None,
) -> FastAPI:
    """The app on an opened store of role `mingchu_api`."""
    settings = settings or ApiSettings()
    listener = Listener(database_url, ("mingchu_event",))
    news = News(listener, threading.BoundedSemaphore(settings.max_waiters))

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        stop = threading.Event()
        with listener:
            pump = threading.Thread(target=news.pump, args=(stop,), daemon=True)
            pump.start()
            yield
            stop.set()

    app = FastAPI(title="mingchu 明厨", version="1", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.mingchu = App(store=store, files=files, clock=clock or SystemClock(), settings=settings, news=news)
    app.middleware("http")(_one_line_a_request)
    problems.install(app)
    for module in (operations, session, registry, findings, tasks, events):
        app.include_router(module.router)
    return app


async def _one_line_a_request(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
    """Security headers, and one log line: the route's template, never the query or a header."""
    began = time.monotonic()
    response = await go_on(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    route = request.scope.get("route")
    path = getattr(route, "path", "unmatched")
    if path not in _QUIET:
        log.info(
            "request",
            method=request.method,
            route=path,
            status=response.status_code,
            ms=round((time.monotonic() - began) * 1000, 1),
            principal=getattr(request.state, "principal", None),
        )
    return response
