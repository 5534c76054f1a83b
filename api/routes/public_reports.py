"""Reports of the public (百姓点检): the supervisor's queue."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from alerts.registry.public import dismiss, open_hazard
from api.access.principal import Reviewer
from api.requests import (
    AppState,
    Cursor,
    IdempotencyKey,
    Limit,
    Reading,
    SeenVersion,
    creating,
    etag,
    page_of,
    uuid_cursor,
)
from api.schemas.common import Page
from api.schemas.public import DismissIn, OpenHazardIn, PublicReportOut
from models.base.errors import NotFound
from models.catalogue.terms import label
from models.domain.public import PublicReport
from models.domain.registry import Entity
from models.store import Read, Write, public, registry

router = APIRouter(prefix="/v1", tags=["findings"])
Waiting = Annotated[bool | None, Query(description="only those that wait, or only settled ones")]


@router.get("/public-reports", name="public_reports")
def list_reports(
    r: Reading, _: Reviewer, cursor: Cursor = None, limit: Limit = 50, waiting: Waiting = None
) -> Page[PublicReportOut]:
    """List the reports of the public, the newest first. The enterprise does not see them."""
    rows = public.reports(r, waiting=waiting, before=uuid_cursor(cursor), limit=limit + 1)
    names = registry.entities_of(r, {row.entity_id for row in rows})
    return page_of(rows, limit=limit, out=lambda row: _shown(row, names), cursor=lambda row: row.id)


@router.get("/public-reports/{public_report_id}", name="public_report")
def one_report(r: Reading, _: Reviewer, response: Response, public_report_id: UUID) -> PublicReportOut:
    """Return one report."""
    found = public.report(r, public_report_id)
    if found is None:
        raise NotFound(f"no report {public_report_id}")
    etag(response, found.version)
    return report_out(r, found)


@router.post("/public-reports/{public_report_id}/dismiss", response_model=PublicReportOut, name="dismiss_report")
def dismiss_report(
    request: Request,
    app: AppState,
    principal: Reviewer,
    public_report_id: UUID,
    body: DismissIn,
    seen: SeenVersion,
    key: IdempotencyKey = None,
) -> Response:
    """Settle a report without a hazard, with the reason."""

    def act(w: Write) -> PublicReportOut:
        at = app.clock.now()
        return report_out(w, dismiss(w, public_report_id, version=seen, answer=body.answer, by=principal.actor, at=at))

    return creating(request, principal, key, body.model_dump_json().encode(), act, version=lambda made: made.version)


@router.post("/public-reports/{public_report_id}/open", response_model=PublicReportOut, name="open_report")
def open_report(
    request: Request,
    app: AppState,
    principal: Reviewer,
    public_report_id: UUID,
    body: OpenHazardIn,
    seen: SeenVersion,
    key: IdempotencyKey = None,
) -> Response:
    """Settle a report with a hazard that was found: its rectification task is dispatched at once."""

    def act(w: Write) -> PublicReportOut:
        opened = open_hazard(
            w,
            public_report_id,
            version=seen,
            device_id=body.device_id,
            code=body.code,
            zone=body.zone,
            answer=body.answer,
            by=principal.actor,
            at=app.clock.now(),
        )
        return report_out(w, opened)

    return creating(request, principal, key, body.model_dump_json().encode(), act, version=lambda made: made.version)


def report_out(r: Read, row: PublicReport) -> PublicReportOut:
    """Return a report in the form the API shows."""
    return _shown(row, registry.entities_of(r, {row.entity_id}))


def _shown(row: PublicReport, names: Mapping[UUID, Entity]) -> PublicReportOut:
    entity = names.get(row.entity_id)
    return PublicReportOut(
        id=row.id,
        entity_id=row.entity_id,
        entity="" if entity is None else entity.name,
        region_code=row.region_code,
        concern=row.concern,
        concern_label=label(row.concern),
        text=row.text,
        contact=row.contact,
        received_at=row.received_at,
        state=row.state,
        state_label=label(row.state),
        answer=row.answer,
        settled_by=row.settled_by,
        settled_at=row.settled_at,
        task_id=row.task_id,
        version=row.version,
    )
