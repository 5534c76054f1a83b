"""Notices by message (通知): channels, the log of messages, and sending again what was given up."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from alerts.notices import desk
from api.access.principal import Principal, Stepper
from api.requests import AppState, Cursor, IdempotencyKey, Limit, Reading, creating, page_of
from api.requests import uuid_cursor as id_in
from api.schemas.common import Page
from api.schemas.notices import AttemptOut, ChannelIn, ChannelOut, NoticeDetail, NoticeOut, SpeechOut
from models.base.errors import Invalid, NotFound
from models.catalogue.notices import occasion_label
from models.catalogue.terms import NoticeState, label
from models.domain.notices import Channel, Notice
from models.domain.speeches import Speech
from models.store import Write, notices, speeches

router = APIRouter(prefix="/v1", tags=["notices"])


@router.get("/channels", name="channels")
def list_channels(r: Reading, _: Stepper, cursor: Cursor = None, limit: Limit = 50) -> Page[ChannelOut]:
    """List the channels of your enterprise or region, oldest first."""
    rows = notices.channels(r, after=id_in(cursor), limit=limit + 1)
    return page_of(rows, limit=limit, out=channel_out, cursor=lambda channel: channel.id)


@router.post("/channels", response_model=ChannelOut, summary="Add a channel")
def add_channel(
    request: Request, app: AppState, principal: Stepper, body: ChannelIn, key: IdempotencyKey = None
) -> Response:
    """Add a channel for messages. Whether the platform may connect to its address shows when it sends: test it."""
    if (body.quiet_from is None) != (body.quiet_to is None):
        raise Invalid("quiet_from, quiet_to: expected both or none")
    quiet = None if body.quiet_from is None or body.quiet_to is None else (body.quiet_from, body.quiet_to)

    def act(w: Write) -> ChannelOut:
        wanted = desk.Wanted(
            kind=body.kind,
            name=body.name,
            address=body.address,
            region=body.region,
            min_severity=body.min_severity,
            quiet=quiet,
            cap_per_hour=body.cap_per_hour,
            cadre_id=body.cadre_id,
        )
        added = desk.add_channel(
            w,
            wanted,
            tenant_id=principal.tenant,
            own_region=principal.region,
            own_entity=principal.entity,
            own_group=principal.group,
            by=principal.actor,
            at=app.clock.now(),
        )
        return channel_out(added)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


def _channel_route(step: str, act: Callable[[Write, UUID, Principal, AppState], Channel], said: str) -> None:
    def route(
        request: Request, app: AppState, principal: Stepper, channel_id: UUID, key: IdempotencyKey = None
    ) -> Response:
        return creating(
            request, principal, key, step.encode(), lambda w: channel_out(act(w, channel_id, principal, app))
        )

    router.add_api_route(
        f"/channels/{{channel_id}}/{step}",
        route,
        methods=["POST"],
        response_model=ChannelOut,
        name=f"channel_{step}",
        summary=said,
    )


_channel_route(
    "enable",
    lambda w, id_, who, app: desk.switch_channel(w, id_, on=True, by=who.actor, at=app.clock.now()),
    "Switch a channel on",
)
_channel_route(
    "disable",
    lambda w, id_, who, app: desk.switch_channel(w, id_, on=False, by=who.actor, at=app.clock.now()),
    "Switch a channel off; what waits there is cancelled",
)
_channel_route(
    "remove",
    lambda w, id_, who, app: desk.remove_channel(w, id_, by=who.actor, at=app.clock.now()),
    "Remove a channel and its address",
)


@router.post(
    "/channels/{channel_id}/test", response_model=NoticeOut, name="channel_test", summary="Send a test message"
)
def try_channel(
    request: Request, app: AppState, principal: Stepper, channel_id: UUID, key: IdempotencyKey = None
) -> Response:
    """Queue a test message; the log shows what became of it."""

    def act(w: Write) -> NoticeOut:
        queued = desk.try_channel(w, channel_id, by=principal.actor, at=app.clock.now())
        return notice_out(queued, notices.channel_names(w, [channel_id]))

    return creating(request, principal, key, b"test", act)


@router.get("/notices", name="notices")
def list_notices(
    r: Reading,
    _: Stepper,
    cursor: Cursor = None,
    limit: Limit = 50,
    state: Annotated[list[NoticeState] | None, Query(description="only these states")] = None,
    channel_id: UUID | None = None,
    subject_id: Annotated[UUID | None, Query(description="only those about this task, duty or message")] = None,
) -> Page[NoticeOut]:
    """List messages, newest first. `exhausted` and `expired` ones are the dead letters."""
    only = {"channel_id": channel_id, "subject_id": subject_id}
    rows = notices.notices(r, before=id_in(cursor), limit=limit + 1, states=state, **only)
    names = notices.channel_names(r, (row.channel_id for row in rows))
    return page_of(rows, limit=limit, out=lambda row: notice_out(row, names), cursor=lambda row: row.id)


@router.get("/notices/{notice_id}", name="notice")
def one_notice(r: Reading, _: Stepper, notice_id: UUID) -> NoticeDetail:
    """Return a message with its attempts."""
    found = notices.notice(r, notice_id)
    if found is None:
        raise NotFound(f"no notice {notice_id}")
    return NoticeDetail(
        notice=notice_out(found, notices.channel_names(r, [found.channel_id])),
        attempts=[AttemptOut.model_validate(row) for row in notices.attempts(r, notice_id)],
    )


@router.post("/notices/{notice_id}/retry", response_model=NoticeOut, summary="Send a dead letter again")
def send_again(
    request: Request, app: AppState, principal: Stepper, notice_id: UUID, key: IdempotencyKey = None
) -> Response:
    """Queue a message again that the platform has given up."""

    def act(w: Write) -> NoticeOut:
        again = desk.send_again(w, notice_id, by=principal.actor, at=app.clock.now())
        return notice_out(again, notices.channel_names(w, [again.channel_id]))

    return creating(request, principal, key, b"retry", act)


@router.get("/speeches", name="speeches")
def list_speeches(
    r: Reading,
    _: Stepper,
    cursor: Cursor = None,
    limit: Limit = 50,
    site_id: Annotated[str | None, Query(max_length=64)] = None,
) -> Page[SpeechOut]:
    """List the messages on loudspeakers of kitchens, newest first."""
    rows = speeches.speeches(r, before=id_in(cursor), site_id=site_id, limit=limit + 1)
    return page_of(rows, limit=limit, out=speech_out, cursor=lambda row: row.id)


def speech_out(row: Speech) -> SpeechOut:
    """Return a message on a loudspeaker in the form the API shows."""
    return SpeechOut(
        id=row.id,
        site_id=row.site_id,
        node_id=row.node_id,
        occasion=row.occasion,
        subject_id=row.subject_id,
        text=row.text,
        state=row.state,
        state_label=label(row.state),
        attempts=row.attempts,
        error=row.error,
        created_at=row.created_at,
        done_at=row.done_at,
    )


def channel_out(row: Channel) -> ChannelOut:
    """Return a channel in the form the API shows, without its address."""
    return ChannelOut(
        id=row.id,
        kind=row.kind,
        kind_label=label(row.kind),
        name=row.name,
        hint=row.hint,
        region_code=row.region_code,
        entity_id=row.entity_id,
        cadre_id=row.cadre_id,
        min_severity=row.min_severity,
        quiet_from=row.quiet_from,
        quiet_to=row.quiet_to,
        cap_per_hour=row.cap_per_hour,
        enabled=row.enabled,
        failures=row.failures,
        rests_until=row.rests_until,
        created_by=row.created_by,
        created_at=row.created_at,
        version=row.version,
    )


def notice_out(row: Notice, names: dict[UUID, str]) -> NoticeOut:
    """Return a notice in the form the API shows; `names` are those of channels."""
    return NoticeOut(
        id=row.id,
        channel_id=row.channel_id,
        channel=names.get(row.channel_id, ""),
        occasion=row.occasion,
        occasion_label=occasion_label(row.occasion),
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        subject_version=row.subject_version,
        site_id=row.site_id,
        severity=row.severity,
        state=row.state,
        state_label=label(row.state),
        not_before=row.not_before,
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        last_error=row.last_error,
        sent_text=row.sent_text,
        digest_id=row.digest_id,
        created_at=row.created_at,
        done_at=row.done_at,
    )
