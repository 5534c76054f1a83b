"""Documents for paper: bulletins, daily reports and orders of inspections, notice boards, records to sign."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Response

from alerts.registry.public import code_of_board
from api.access.principal import Anybody, Reviewer
from api.documents import boards, bulletin, forms, inspections
from api.requests import AppState, Reading
from api.routes.dispatch import Within
from api.schemas.tasks import InspectionDayOut
from api.views import task_out
from models.base.errors import Invalid, NotFound
from models.store import Read, public, records, registry, reports

router = APIRouter(prefix="/v1", tags=["documents"])
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
Month = Annotated[str, Path(pattern="^20[2-9][0-9]-(0[1-9]|1[0-2])$")]
_PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {PDF: {"schema": {"type": "string", "format": "binary"}}}, "description": "A PDF"}
}
_DOCX: dict[int | str, dict[str, Any]] = {
    200: {"content": {DOCX: {"schema": {"type": "string", "format": "binary"}}}, "description": "A DOCX"}
}


@router.get("/bulletins/{month}.docx", name="bulletin_docx", response_class=Response, responses=_DOCX)
def bulletin_docx(r: Reading, app: AppState, principal: Reviewer, month: Month, region: Within = "") -> Response:
    """Return the bulletin of a month as DOCX, from the template of the office or the one that comes along."""
    found = bulletin.load_bulletin(r, month, within=region or (principal.region or ""), at=app.clock.now())
    template = app.settings.bulletin_template or bulletin.TEMPLATE
    return _file(bulletin.docx(found, template), DOCX, f"bulletin-{month}.docx")


@router.get("/bulletins/{month}.pdf", name="bulletin_pdf", response_class=Response, responses=_PDF)
def bulletin_pdf(r: Reading, app: AppState, principal: Reviewer, month: Month, region: Within = "") -> Response:
    """Return the bulletin of a month as PDF with charts."""
    found = bulletin.load_bulletin(r, month, within=region or (principal.region or ""), at=app.clock.now())
    return _file(bulletin.bulletin_pdf(found), PDF, f"bulletin-{month}.pdf")


@router.get("/inspections/{day}.pdf", name="inspection_pdf", response_class=Response, responses=_PDF)
def inspection_pdf(r: Reading, _: Reviewer, day: date, region: Within = "") -> Response:
    """Return the daily report of unannounced inspections (暗访日报): what people found on the spot on a day."""
    return _file(inspections.daily_pdf(inspections.load_day(r, day, within=region)), PDF, f"inspection-{day}.pdf")


@router.get("/inspections/{day}", name="inspection_day")
def inspection_day(r: Reading, _: Reviewer, day: date, region: Within = "") -> InspectionDayOut:
    """Return what people found on the spot on a day, with the counts of the daily report."""
    found = inspections.load_day(r, day, within=region)
    return InspectionDayOut(
        day=found.day,
        found=len(found.found),
        closed=found.closed,
        overdue=found.overdue,
        by_label=dict(found.by_code),
        tasks=[task_out(one.task) for one in found.found],
        more=found.more,
    )


@router.get("/tasks/{task_id}/order.pdf", name="order_pdf", response_class=Response, responses=_PDF)
def order_pdf(r: Reading, app: AppState, _: Anybody, task_id: UUID) -> Response:
    """Return the order to put a hazard right (交办单), with the place for two signatures."""
    return _file(inspections.order_pdf(inspections.load_order(r, task_id), at=app.clock.now()), PDF, "order.pdf")


@router.get("/guarantees/{entity_id}/board.pdf", name="board_pdf", response_class=Response, responses=_PDF)
def board_pdf(app: AppState, principal: Anybody, entity_id: UUID) -> Response:
    """Return an enterprise's notice board (A to C) or sticker (D), with the QR code of its public page."""
    with app.store.write(principal.scope) as w:
        code = code_of_board(w, entity_id, at=app.clock.now())
        board = public.board(w, code)
    if board is None:
        raise Invalid("a closed enterprise has no notice board")
    return _file(boards.board_pdf(board, f"{app.public_url.rstrip('/')}/p/{code}"), PDF, "board.pdf")


@router.get("/records/{record_id}.pdf", name="record_pdf", response_class=Response, responses=_PDF)
def record_pdf(r: Reading, _: Anybody, record_id: UUID) -> Response:
    """Return a day record as PDF, with the place for three signatures."""
    found = records.record(r, record_id)
    if found is None:
        raise NotFound(f"no record {record_id}")
    entity, site = _names(r, found.entity_id, found.site_id)
    return _file(forms.record_pdf(found, entity=entity, site=site), PDF, f"record-{found.day}.pdf")


@router.get("/reports/{report_id}.pdf", name="report_pdf", response_class=Response, responses=_PDF)
def report_pdf(r: Reading, _: Anybody, report_id: UUID) -> Response:
    """Return a weekly report or a month's minutes as PDF, with the place for three signatures."""
    found = reports.report(r, report_id)
    if found is None:
        raise NotFound(f"no report {report_id}")
    entity, site = _names(r, found.entity_id, found.site_id)
    return _file(forms.report_pdf(found, entity=entity, site=site), PDF, f"{found.kind}-{found.begin}.pdf")


def _names(r: Read, entity_id: UUID, site_id: str | None) -> tuple[str, str]:
    entity = registry.entity(r, entity_id)
    site = None if site_id is None else registry.site(r, site_id)
    return ("" if entity is None else entity.name), ("" if site is None else site.name)


def _file(content: bytes, kind: str, name: str) -> Response:
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
