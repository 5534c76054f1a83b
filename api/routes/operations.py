"""For those who run it: alive, ready, metrics."""

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
    """The process is alive."""
    return {"status": "alive"}


@router.get("/ready")
def ready(app: AppState) -> dict[str, str]:
    """The database answers and has the schema that this program wants, and there is room on the disk."""
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
    """Prometheus metrics of this process, for administrators.

    Whoever scrapes on the same machine takes the port of `MINGCHU_METRICS_PORT`, which needs no key: a caller's address
    says nothing here, since a reverse proxy on the same machine calls for the whole world.
    """
    del principal
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
