"""Webhooks: signed events to the address of a supervision platform. The feed remains the truth."""

from collections.abc import Callable
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.access.principal import Anybody, Principal
from api.requests import AppState, Cursor, IdempotencyKey, Limit, Reading, creating, page_of
from api.requests import uuid_cursor as id_in
from api.schemas.common import Page
from api.schemas.webhooks import (
    DeliveryOut,
    ReplayedOut,
    ReplayIn,
    WebhookIn,
    WebhookOut,
    WebhookSecretOut,
)
from api.webhooks import desk
from models.base.errors import NotFound
from models.catalogue.terms import DeliveryState, label
from models.domain.webhooks import Delivery, Endpoint
from models.store import Write, webhooks

router = APIRouter(prefix="/v1", tags=["webhooks"])


@router.get("/webhooks", name="webhooks")
def list_webhooks(r: Reading, _: Anybody, cursor: Cursor = None, limit: Limit = 50) -> Page[WebhookOut]:
    """List the webhooks of your enterprise or region, oldest first."""
    rows = webhooks.endpoints(r, after=id_in(cursor), limit=limit + 1)
    return page_of(rows, limit=limit, out=webhook_out, cursor=lambda row: row.id)


@router.get("/webhooks/{endpoint_id}", name="webhook")
def one_webhook(r: Reading, _: Anybody, endpoint_id: UUID) -> WebhookOut:
    """Return one webhook."""
    found = webhooks.endpoint(r, endpoint_id)
    if found is None:
        raise NotFound(f"no webhook {endpoint_id}")
    return webhook_out(found)


@router.post("/webhooks", response_model=WebhookSecretOut, name="add_webhook")
def add(request: Request, app: AppState, principal: Anybody, body: WebhookIn, key: IdempotencyKey = None) -> Response:
    """Add a webhook: it gets every event that you may see, from now on. The secret is shown this once."""

    def act(w: Write) -> WebhookSecretOut:
        new, secret = desk.add_endpoint(
            w, principal, url=body.url, types=body.types, description=body.description, at=app.clock.now()
        )
        return WebhookSecretOut(webhook=webhook_out(new), secret=secret)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/webhooks/{endpoint_id}/pause", response_model=WebhookOut, name="pause_webhook")
def pause(request: Request, principal: Anybody, endpoint_id: UUID, key: IdempotencyKey = None) -> Response:
    """Pause a webhook: events are queued and not sent."""
    return _step(request, principal, key, b"pause", lambda w: desk.set_paused(w, principal, endpoint_id, paused=True))


@router.post("/webhooks/{endpoint_id}/resume", response_model=WebhookOut, name="resume_webhook")
def resume(request: Request, principal: Anybody, endpoint_id: UUID, key: IdempotencyKey = None) -> Response:
    """Resume a webhook that is paused or was given up."""
    return _step(request, principal, key, b"resume", lambda w: desk.set_paused(w, principal, endpoint_id, paused=False))


@router.post("/webhooks/{endpoint_id}/remove", response_model=WebhookOut, name="remove_webhook")
def remove(
    request: Request, app: AppState, principal: Anybody, endpoint_id: UUID, key: IdempotencyKey = None
) -> Response:
    """Remove a webhook and cancel what waits for it."""
    at = app.clock.now()
    return _step(request, principal, key, b"remove", lambda w: desk.remove(w, principal, endpoint_id, at=at))


@router.post("/webhooks/{endpoint_id}/rotate", response_model=WebhookSecretOut, name="rotate_webhook")
def rotate(
    request: Request, app: AppState, principal: Anybody, endpoint_id: UUID, key: IdempotencyKey = None
) -> Response:
    """Make a new secret; deliveries are signed with both for a day."""

    def act(w: Write) -> WebhookSecretOut:
        found, secret = desk.rotate(w, principal, endpoint_id, at=app.clock.now())
        return WebhookSecretOut(webhook=webhook_out(found), secret=secret)

    return creating(request, principal, key, b"rotate", act)


@router.post("/webhooks/{endpoint_id}/test", response_model=DeliveryOut, name="test_webhook")
def send_test(
    request: Request, app: AppState, principal: Anybody, endpoint_id: UUID, key: IdempotencyKey = None
) -> Response:
    """Queue a test event; the log of deliveries shows what became of it."""

    def act(w: Write) -> DeliveryOut:
        return delivery_out(desk.try_endpoint(w, principal, endpoint_id, at=app.clock.now()))

    return creating(request, principal, key, b"test", act)


@router.get("/webhooks/{endpoint_id}/deliveries", name="deliveries")
def list_deliveries(
    r: Reading,
    _: Anybody,
    endpoint_id: UUID,
    state: DeliveryState | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[DeliveryOut]:
    """List the deliveries to a webhook, the newest first; they are kept for 30 days."""
    if webhooks.endpoint(r, endpoint_id) is None:
        raise NotFound(f"no webhook {endpoint_id}")
    rows = webhooks.deliveries(r, endpoint_id, state=state, before=id_in(cursor), limit=limit + 1)
    return page_of(rows, limit=limit, out=delivery_out, cursor=lambda row: row.id)


@router.post("/webhooks/{endpoint_id}/replay", response_model=ReplayedOut, name="replay_range")
def replay_range(
    request: Request,
    app: AppState,
    principal: Anybody,
    endpoint_id: UUID,
    body: ReplayIn,
    key: IdempotencyKey = None,
) -> Response:
    """Queue ended deliveries of a range of numbers again, at most 1,000; their `webhook-id` stays."""

    def act(w: Write) -> ReplayedOut:
        span = (body.first_seq, body.last_seq)
        return ReplayedOut(queued=desk.replay(w, principal, endpoint_id, span=span, at=app.clock.now()))

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/deliveries/{delivery_id}/replay", response_model=ReplayedOut, name="replay_delivery")
def replay_one(
    request: Request, app: AppState, principal: Anybody, delivery_id: UUID, key: IdempotencyKey = None
) -> Response:
    """Queue an ended delivery again; its `webhook-id` stays."""

    def act(w: Write) -> ReplayedOut:
        found = webhooks.delivery(w, delivery_id)
        if found is None:
            raise NotFound(f"no delivery {delivery_id}")
        at = app.clock.now()
        return ReplayedOut(queued=desk.replay(w, principal, found.endpoint_id, delivery_id=delivery_id, at=at))

    return creating(request, principal, key, b"replay", act)


def webhook_out(row: Endpoint) -> WebhookOut:
    """Return a webhook in the form the API shows, without its secret."""
    return WebhookOut(
        id=row.id,
        region_code=row.region_code,
        entity_id=row.entity_id,
        url=row.url,
        types=list(row.types),
        description=row.description,
        paused=row.paused,
        disabled_reason=row.disabled_reason,
        last_seq=row.last_seq,
        created_by=row.created_by,
        created_at=row.created_at,
        version=row.version,
    )


def delivery_out(row: Delivery) -> DeliveryOut:
    """Return a delivery in the form the API shows."""
    return DeliveryOut(
        id=row.id,
        webhook_id=f"msg_{row.id.hex}",
        endpoint_id=row.endpoint_id,
        seq=row.seq,
        prev_seq=row.prev_seq,
        type=row.type,
        body=row.body,
        state=row.state,
        state_label=label(row.state),
        attempts=row.attempts,
        next_at=row.next_at,
        status=row.status,
        answer=row.answer,
        error=row.error,
        replayed=row.replayed,
        created_at=row.created_at,
        done_at=row.done_at,
    )


def _step(
    request: Request, principal: Principal, key: str | None, content: bytes, work: Callable[[Write], Endpoint]
) -> Response:
    return creating(request, principal, key, content, lambda w: webhook_out(work(w)))
