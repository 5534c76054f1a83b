"""Bulk export of alerts, tasks, violations, events and the audit log as CSV, JSON or Parquet."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from itertools import chain
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from api.access.principal import Anybody
from api.documents.exports import MEDIA_TYPE, MOST_ROWS, Export, ExportFormat, Span, blocks
from api.feed.streaming import Held
from api.requests import AppState
from models.base.errors import Invalid, NotAllowed
from models.catalogue.terms import Role
from models.store import audit

router = APIRouter(prefix="/v1", tags=["exports"])
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPE.values()},
        "description": "A table",
    }
}
Moment = Annotated[datetime | None, Query(description="RFC 3339 with a time zone; not of events")]
REVIEWERS = frozenset({Role.regulator, Role.admin})


@router.get("/exports/{export}.{form}", name="export", response_class=Response, responses=_FILE)
def export_table(
    app: AppState,
    principal: Anybody,
    export: Annotated[Export, Path(description="what to export")],
    form: Annotated[ExportFormat, Path(description="csv (for Excel), json, or parquet")],
    reason: Annotated[str, Query(min_length=2, max_length=200, description="why; the audit log keeps it")],
    since: Moment = None,
    until: Moment = None,
    after: Annotated[int, Query(ge=0, lt=2**53, description="of events: those with a higher number")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = MOST_ROWS,
) -> Response:
    """Export what you may see, newest first (events: in order), streamed; two exports at once for each caller.

    Alerts, tasks and violations are chosen by the moment at which they were made. Texts that a spreadsheet would take
    for a formula are neutralised in CSV. Each export is an entry of the audit log.
    """
    if export is Export.audit and principal.role not in REVIEWERS:
        raise NotAllowed("the audit log is for regulators and administrators")
    for moment in (since, until):
        if moment is not None and moment.tzinfo is None:
            raise Invalid("since, until: expected a time zone")
    if since is not None and until is not None and since > until:
        raise Invalid("since is later than until: expected the beginning first")
    span = Span(since=since, until=until, after=after, limit=limit)
    with ExitStack() as held:
        held.enter_context(app.exports.one(principal.name))
        with app.store.write(principal.scope) as w:
            audit.note(
                w,
                action="data.exported",
                about=f"{export}.{form}",
                tenant_id=principal.tenant,
                region_code=principal.region or "",
                entity_id=principal.entity,
                reason=reason.replace("\x00", ""),
                detail={"since": _said(since), "until": _said(until), "after": after, "limit": limit},
            )
        made = blocks(app.store, principal.scope, export, form, span)
        # The first block is made here, so that an error before it is answered as such.
        parts: Iterator[bytes] = chain([next(made, b"")], made)
        headers = {"Content-Disposition": f'attachment; filename="{export}.{form}"'}
        return Held(held.pop_all(), parts, media_type=MEDIA_TYPE[form], headers=headers)


def _said(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
