"""Routes for operators: health, readiness, metrics."""

from functools import cache

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.access.principal import Administrator
from api.requests import AppState
from models.base.errors import DiskFull
from models.store import Scope, feed
from models.store.migrate import newest_revision, require_newest

router = APIRouter(tags=["operations"])

newest = cache(newest_revision)


@router.get("/health")
def health() -> dict[str, str]:
    """Answer that the process is alive."""
    return {"status": "alive"}


@router.get("/ready")
def ready(app: AppState) -> dict[str, str]:
    """Check that the database answers and has this program's schema, and that the disk has room."""
    with app.store.read(Scope.of_access()) as r:
        revision = feed.revision(r)
    if revision != newest():
        require_newest(revision)
    room = app.files.room()
    if room.is_full:
        raise DiskFull(f"the disk is full: {room.in_words()}")
    return {"status": "ready", "revision": revision}


@router.get("/metrics", response_class=Response)
def metrics(principal: Administrator) -> Response:
    """Return the Prometheus metrics of this process, for administrators.

    A scraper on the same machine uses the port of `MINGCHU_METRICS_PORT`, which needs no key. This route can't trust a
    local address instead, because a reverse proxy on the same machine forwards everybody's requests.
    """
    del principal
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
