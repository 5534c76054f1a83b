"""Messages of an authority to a group (群发): previewed, sent through the channels, followed, withdrawn."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from alerts.notices.broadcasts import Message, preview, send, withdraw
from api.access.principal import Reviewer
from api.requests import AppState, Cursor, IdempotencyKey, Limit, Reading, creating, page_of
from api.requests import uuid_cursor as id_in
from api.schemas.broadcasts import BroadcastIn, BroadcastOut, GroupOut
from api.schemas.common import Page
from api.schemas.people import EndIn
from models.base.errors import NotFound
from models.catalogue.terms import NoticeState, label
from models.domain.broadcasts import Broadcast
from models.store import Write, broadcasts

router = APIRouter(prefix="/v1/broadcasts", tags=["notices"])


@router.get("", name="broadcasts")
def list_broadcasts(r: Reading, _: Reviewer, cursor: Cursor = None, limit: Limit = 50) -> Page[BroadcastOut]:
    """List the messages to groups of your region, newest first, with what became of them."""
    rows = broadcasts.broadcasts(r, before=id_in(cursor), limit=limit + 1)
    states = broadcasts.states(r, [row.id for row in rows])
    return page_of(rows, limit=limit, out=lambda row: broadcast_out(row, states[row.id]), cursor=lambda row: row.id)


@router.get("/{broadcast_id}", name="broadcast")
def one_broadcast(r: Reading, _: Reviewer, broadcast_id: UUID) -> BroadcastOut:
    """Return one message. `/v1/notices?subject_id=` lists its notices, one for each channel."""
    found = broadcasts.broadcast(r, broadcast_id)
    if found is None:
        raise NotFound(f"no message to a group {broadcast_id}")
    return broadcast_out(found, broadcasts.states(r, [found.id])[found.id])


@router.post("/preview", name="preview_broadcast", summary="Count whom a message would reach")
def preview_group(r: Reading, app: AppState, principal: Reviewer, body: BroadcastIn) -> GroupOut:
    """Count whom a message would reach, without sending it."""
    at, within = app.clock.now(), principal.region or ""
    found = preview(r, message_of(body), tenant_id=principal.tenant, within=within, by=principal.actor, at=at)
    return GroupOut.model_validate(found)


@router.post("", response_model=BroadcastOut, name="send_broadcast", summary="Send a message to a group")
def send_group(
    request: Request, app: AppState, principal: Reviewer, body: BroadcastIn, key: IdempotencyKey = None
) -> Response:
    """Queue a message for every channel of the group. Quiet hours, caps and digests count as for every notice."""

    def act(w: Write) -> BroadcastOut:
        at, within = app.clock.now(), principal.region or ""
        new = send(w, message_of(body), tenant_id=principal.tenant, within=within, by=principal.actor, at=at)
        return broadcast_out(new, {NoticeState.queued: new.messages})

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post(
    "/{broadcast_id}/withdraw", response_model=BroadcastOut, name="withdraw_broadcast", summary="Withdraw a message"
)
def withdraw_group(
    request: Request, app: AppState, principal: Reviewer, broadcast_id: UUID, body: EndIn, key: IdempotencyKey = None
) -> Response:
    """Withdraw a message: what was not sent yet is cancelled when it is due."""

    def act(w: Write) -> BroadcastOut:
        done = withdraw(w, broadcast_id, reason=body.reason, by=principal.actor, at=app.clock.now())
        return broadcast_out(done, broadcasts.states(w, [done.id])[done.id])

    return creating(request, principal, key, body.model_dump_json().encode(), act)


def message_of(body: BroadcastIn) -> Message:
    """Return a message of the form the API takes."""
    return Message(
        region=body.region,
        audience=body.audience,
        business_kinds=body.business_kinds,
        tiers=body.tiers,
        severity=body.severity,
        title=body.title,
        text=body.text,
    )


def broadcast_out(row: Broadcast, states: dict[NoticeState, int]) -> BroadcastOut:
    """Return a message in the form the API shows; `states` counts its notices."""
    return BroadcastOut(
        id=row.id,
        region_code=row.region_code,
        audience=row.audience,
        audience_label=label(row.audience),
        business_kinds=list(row.business_kinds),
        tiers=list(row.tiers),
        severity=row.severity,
        title=row.title,
        text=row.text,
        members=row.members,
        reachable=row.reachable,
        messages=row.messages,
        states=states,
        sent_by=row.sent_by,
        sent_at=row.sent_at,
        withdrawn_at=row.withdrawn_at,
        withdrawn_by=row.withdrawn_by,
        withdraw_reason=row.withdraw_reason,
    )
