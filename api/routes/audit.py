"""The audit log, and the state of the platform itself."""

from datetime import datetime
from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, Query

from api.access.principal import Administrator, Reviewer
from api.requests import AppState, Cursor, Limit, Reading, decode_cursor, page_of, plain_text
from api.schemas.audit import AuditOut, SystemOut
from api.schemas.common import Page
from models.base.errors import Invalid, NotAllowed
from models.domain.capacity import LOOK_BACK, forecast
from models.store import audit, space, system

router = APIRouter(prefix="/v1", tags=["audit"])
Moment = Annotated[datetime | None, Query(description="RFC 3339 with a time zone")]
Word = Annotated[str, Query(max_length=200)]


@router.get("/audit", name="audit")
def list_entries(
    r: Reading,
    _: Reviewer,
    action: Annotated[str, Query(max_length=60, description="its beginning, as `evidence.`")] = "",
    actor: Word = "",
    object: Word = "",  # noqa: A002 - the name of the field
    since: Moment = None,
    until: Moment = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[AuditOut]:
    """List who looked at evidence, took data away, logged in, and changed rights and rules; the newest first.

    Entries can be neither changed nor removed; they are part of the evidence chain, which `mingchu evidence verify`
    checks.
    """
    for moment in (since, until):
        if moment is not None and moment.tzinfo is None:
            raise Invalid("since, until: expected a time zone")
    found = audit.entries(
        r,
        before=seq_in(cursor),
        action=plain_text(action),
        actor=plain_text(actor),
        about=plain_text(object),
        since=since,
        until=until,
        limit=limit + 1,
    )
    return page_of(found, limit=limit, out=AuditOut.model_validate, cursor=lambda entry: entry.seq)


@router.get("/system", name="system")
def show_system(r: Reading, app: AppState, principal: Administrator) -> SystemOut:
    """Return processes, queues, sizes and versions, for administrators of the whole platform."""
    if principal.region is not None:
        raise NotAllowed("this is for administrators without a region")
    found, at = system.system(r), app.clock.now()
    coming = forecast(space.since(r, at - LOOK_BACK), at=at)
    fields = {name: getattr(found, name) for name in SystemOut.model_fields if hasattr(found, name)}
    more = {
        "free_bytes": app.files.room().bytes,
        "disk_full_days": None if coming is None else coming.days,
        "version": version("mingchu"),
    }
    return SystemOut.model_validate({**fields, **more})


def seq_in(cursor: str | None) -> int | None:
    """Return the number in a cursor; None for the first page."""
    text = decode_cursor(cursor)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 18:  # noqa: PLR2004 - fits a bigint
        raise Invalid("cursor: expected the `next_cursor` of the previous page")
    return int(text)
