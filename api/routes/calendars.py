"""Working calendars: which days count for deadlines, and the import of the yearly notice."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from alerts.deadlines.clocks import office_hours
from alerts.deadlines.notice import read_notice
from alerts.hazards.deadlines import calendar_at, import_notice
from api.access.principal import Anybody, Reviewer
from api.calendars import region_of
from api.requests import AppState, IdempotencyKey, Reading, creating
from api.schemas.calendars import CalendarOut, ImportOut, NoticeIn, YearOut
from models.base.errors import NotFound
from models.catalogue.terms import label
from models.domain.calendars import Year
from models.store import Write, calendars
from models.store.calendars import ImportedYear

router = APIRouter(prefix="/v1/calendars", tags=["calendars"])

YearNumber = Annotated[int, Path(ge=2020, le=2100)]
Region = Annotated[str | None, Query(pattern=r"^[0-9]{2,12}$", description="Region code; default: the caller's region")]
SHOWN = 50


@router.get("", name="calendar_imports")
def imports(r: Reading, principal: Anybody) -> list[ImportOut]:
    """List the imported notices, newest first."""
    return [import_out(row) for row in calendars.imports(r, tenant_id=principal.tenant, limit=SHOWN)]


@router.post("/preview")
def preview(_: Reviewer, body: NoticeIn) -> YearOut:
    """Read a notice without storing it. Returns the days it states, or an error that names what is wrong."""
    return YearOut.model_validate(_shown(read_notice(body.text, source=body.source)))


@router.get("/{year}", name="calendar")
def show(r: Reading, app: AppState, principal: Anybody, year: YearNumber, region: Region = None) -> CalendarOut:
    """Return the days off and make-up days of a year in a region.

    The status is `provisional` until somebody imports the notice of that year.
    """
    where = region or region_of(r, principal)
    found = calendar_at(r, tenant_id=principal.tenant, region_code=where, at=app.clock.now()).years.get(year)
    if found is None:
        raise NotFound(f"no calendar for {year}; calendars exist from last year to three years ahead")
    hours = [[f"{opens:%H:%M}", f"{closes:%H:%M}"] for opens, closes in office_hours()]
    return CalendarOut.model_validate({**_shown(found), "region": where, "hours": hours})


@router.post("", response_model=ImportOut, summary="Import the yearly notice")
def bring(request: Request, app: AppState, principal: Reviewer, body: NoticeIn, key: IdempotencyKey = None) -> Response:
    """Import the yearly notice for a region.

    Afterwards a background job moves open deadlines to a later time where the notice demands it, with one event each.
    """

    def act(w: Write) -> ImportOut:
        at = app.clock.now()
        import_notice(
            w,
            body.text,
            tenant_id=principal.tenant,
            jurisdiction=body.jurisdiction,
            source=body.source,
            by=principal.actor,
            at=at,
            within=principal.region or "",
        )
        return import_out(calendars.imports(w, tenant_id=principal.tenant, limit=1)[0])

    return creating(request, principal, key, body.model_dump_json().encode(), act)


def import_out(row: ImportedYear) -> ImportOut:
    """Return an import in the form the API shows."""
    more = {
        "jurisdiction": row.jurisdiction,
        "version": row.version,
        "imported_by": row.imported_by,
        "imported_at": row.imported_at,
        "deadlines_checked_at": row.checked_at,
    }
    return ImportOut.model_validate({**_shown(row.value), **more})


def _shown(year: Year) -> dict[str, object]:
    return {
        "year": year.number,
        "status": year.status,
        "status_label": label(year.status),
        "days_off": sorted(year.days_off),
        "make_up_days": sorted(year.make_up_days),
        "source": year.source,
    }
