"""For those who run it: alive, ready, metrics."""

from functools import cache

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.requests import AppState
from models.errors import NotFound, StoreUnavailable
from models.store import Scope, feed
from models.store.migrate import newest_revision

router = APIRouter(tags=["operations"])

newest = cache(newest_revision)
_LOOPBACK = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})


@router.get("/health")
def health() -> dict[str, str]:
    """The process is alive."""
    return {"status": "alive"}


@router.get("/ready")
def ready(app: AppState) -> dict[str, str]:
    """The database answers and has the schema that this code expects."""
    with app.store.read(Scope.of_access()) as r:
        revision = feed.revision(r)
    if revision != newest():
        raise StoreUnavailable(f"database revision {revision}, this code expects {newest()}")
    return {"status": "ready", "revision": revision}


@router.get("/metrics", response_class=Response)
def metrics(request: Request) -> Response:
    """Prometheus metrics of this process, for callers on the same machine only."""
    if request.client is None or request.client.host not in _LOOPBACK:
        raise NotFound("metrics are served to this machine only")
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
