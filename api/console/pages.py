"""The console's routes, but those of `duty_pages` and `access_pages`. The folders load the values that pages show."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from alerts.duties.posts import duties_of
from alerts.registry.people import MAY_MANAGE
from alerts.registry.second_person import SUPERVISORS
from api.access.principal import Principal, identify
from api.codes import known_entry
from api.console.calendar import page as calendar
from api.console.chains import page as chain_view
from api.console.codes import page as codes
from api.console.connect import page as connect
from api.console.events import exchange as exchange_view
from api.console.events import page as stream
from api.console.heard import page as heard_view
from api.console.indices import page as index_view
from api.console.indices import rows as index_rows_view
from api.console.leads import page as lead_view
from api.console.notices import page as notice_view
from api.console.openings import page as openings_view
from api.console.people import page as people_view
from api.console.precision import page as precision_view
from api.console.records import page as record_view
from api.console.reports import page as report_view
from api.console.review import page as queue
from api.console.shell import render
from api.console.sites import page as places
from api.console.tasks import board
from api.console.tasks import page as task_view
from api.console.warnings import page as warning_view
from api.requests import AppState, plain_text, reading, showing
from api.state import app_of
from models.base.errors import NotAllowed, NotFound
from models.catalogue.terms import Role, Severity
from models.store import feed
from models.store.legible import part

router = APIRouter(include_in_schema=False)

_NEXT_LENGTH = 200
Month = Annotated[str | None, Query(pattern="^20[2-9][0-9]-(0[1-9]|1[0-2])$")]
Week = Annotated[str | None, Query(pattern="^20[2-9][0-9](-W[0-5][0-9]|-Q[1-4])?$")]


class LoginNeeded(Exception):
    """The page requires a log-in."""


def to_login(request: Request, _error: Exception) -> Response:
    """Redirect a browser to the log-in page, which redirects it back afterwards."""
    answer = RedirectResponse(f"/console/login?next={request.url.path}", status_code=303)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def safe_next(wanted: str) -> str:
    """Return the page to open after the log-in: `wanted` if it is a page of the console, else `/`."""
    plain = wanted.startswith("/console/") and len(wanted) < _NEXT_LENGTH and wanted.isascii() and wanted.isprintable()
    return wanted if plain and not set(wanted) & set('\\"<>') else "/"


def _somebody(request: Request) -> Principal:
    found = identify(request)
    if found is None:
        raise LoginNeeded
    request.state.principal = found.name
    return found if found.person is None else _with_post(request, found, found.person)


def _with_post(request: Request, found: Principal, person_id: UUID) -> Principal:
    """Return the principal with post and periods, which decide what the account opens."""
    with reading(request, found) as r:
        person, periods = duties_of(r, person_id, at=app_of(request).clock.now())
    return replace(found, post=person.post if person and periods else None, periods=periods)


Visitor = Annotated[Principal, Depends(_somebody)]


def may_open(path: str) -> Callable[[Principal], Principal]:
    """Return a dependency that admits only visitors whose role may open a page."""

    def check(visitor: Visitor) -> Principal:
        if not render.may_open(visitor, path):
            raise NotAllowed(f"{path} is not for {visitor.role}")
        return visitor

    return check


SitesVisitor = Annotated[Principal, Depends(may_open(render.SITES))]
ReviewVisitor = Annotated[Principal, Depends(may_open(render.REVIEW))]
ConnectVisitor = Annotated[Principal, Depends(may_open(render.CONNECT))]
CalendarYear = Annotated[int | None, Query(ge=2020, le=2100)]
CalendarVisitor = Annotated[Principal, Depends(may_open(render.CALENDAR))]
CodesVisitor = Annotated[Principal, Depends(may_open(render.CODES))]
ChainsVisitor = Annotated[Principal, Depends(may_open(render.CHAINS))]
PrecisionVisitor = Annotated[Principal, Depends(may_open(render.PRECISION))]
RecordsVisitor = Annotated[Principal, Depends(may_open(render.RECORDS))]
IndicesVisitor = Annotated[Principal, Depends(may_open(render.INDICES))]
WarningsVisitor = Annotated[Principal, Depends(may_open(render.WARNINGS))]
ReportsVisitor = Annotated[Principal, Depends(may_open(render.REPORTS))]
NoticesVisitor = Annotated[Principal, Depends(may_open(render.NOTICES))]
HeardVisitor = Annotated[Principal, Depends(may_open(render.HEARD))]
LeadsVisitor = Annotated[Principal, Depends(may_open(render.LEADS))]
EventsVisitor = Annotated[Principal, Depends(may_open(render.EVENTS))]


@router.get("/")
def start(visitor: Visitor) -> Response:
    """Redirect to the first page of the visitor."""
    return RedirectResponse(render.home_of(visitor), status_code=303)


@router.get("/console")
def console_start() -> Response:
    """Redirect the address that people type to the start page."""
    return RedirectResponse("/", status_code=303)


@router.get("/login")
def old_login() -> Response:
    """Redirect the former address of the log-in form."""
    return RedirectResponse("/console/login", status_code=303)


@router.get("/console/login")
def login_page(app: AppState, next: Annotated[str, Query(max_length=_NEXT_LENGTH)] = "/") -> Response:  # noqa: A002 - the name in the address
    """Show the log-in form."""
    return render.login_page(app.providers, said="", wanted=safe_next(next))


@router.get(render.REVIEW)
def review_page(request: Request, app: AppState, visitor: ReviewVisitor, alert: UUID | None = None) -> Response:
    """Show the review queue with its first alert, or with the requested one."""
    with showing(request, visitor) as r:
        newest, _ = feed.bounds(r)
        waiting = queue.load_queue(r, now=app.clock.now())
        shown = alert or (waiting.rows[0].id if waiting.rows else None)
        item = (
            None if shown is None else part(r, lambda: queue.load_item(r, shown), lambda: None, what=f"alert {shown}")
        )
    shell = render.shell_of(visitor, render.REVIEW)
    return render.page("review/page.html", shell=shell, queue=waiting, item=item, cursor=newest, marred=r.marred)


@router.get(render.REVIEW + "/queue")
def review_queue(request: Request, app: AppState, visitor: ReviewVisitor) -> Response:
    """Return the queue as a fragment that a script inserts into the page."""
    with showing(request, visitor) as r:
        waiting = queue.load_queue(r, now=app.clock.now())
    return render.page("review/queue.html", queue=waiting)


@router.get(render.REVIEW + "/items/{alert_id}")
def review_item(request: Request, visitor: ReviewVisitor, alert_id: UUID) -> Response:
    """Return one alert as a fragment that a script inserts into the page."""
    with showing(request, visitor) as r:
        item = queue.load_item(r, alert_id)
    if item is None:
        raise NotFound(f"no alert {alert_id}")
    return render.page("review/item.html", item=item)


@router.get(render.REVIEW + "/items/{alert_id}/clip")
def review_clip(request: Request, visitor: ReviewVisitor, alert_id: UUID) -> Response:
    """Return the clip as a fragment that a script inserts into the page once it has arrived."""
    with showing(request, visitor) as r:
        clip = queue.load_clip(r, alert_id)
    if clip is None:
        raise NotFound(f"no clip of alert {alert_id}")
    return render.page("review/clip.html", clip=clip)


@router.get(render.TASKS)
def tasks_page(
    request: Request,
    app: AppState,
    visitor: Visitor,
    text: Annotated[str, Query(max_length=100)] = "",
    severity: Severity | Literal[""] = "",
    late: bool = False,  # noqa: FBT001, FBT002 - a query parameter
) -> Response:
    """Show the task board, or the tasks of it that are looked for."""
    sought = board.Sought(text=plain_text(text), severity=severity or None, late=late)
    with showing(request, visitor) as r:
        newest, _ = feed.bounds(r)
        found = board.load_board(r, now=app.clock.now(), sought=sought)
    return render.page(
        "tasks/board.html", shell=render.shell_of(visitor, render.TASKS), board=found, cursor=newest, marred=r.marred
    )


@router.get(render.TASKS + "/{task_id}")
def task_page(request: Request, app: AppState, visitor: Visitor, task_id: UUID) -> Response:
    """Show one task with its steps, proof, log and the actions open to the visitor."""
    with showing(request, visitor) as r:
        newest, _ = feed.bounds(r)
        found = task_view.load_task(r, task_id, by=visitor.actor, now=app.clock.now())
    if found is None:
        raise NotFound(f"no task {task_id}")
    shell = render.shell_of(visitor, render.TASKS, title=f"{found.card.title} · 整改任务")
    return render.page("tasks/task.html", shell=shell, task=found, cursor=newest, marred=r.marred)


@router.get(render.SITES)
def sites_page(
    request: Request, app: AppState, visitor: SitesVisitor, after: Annotated[str, Query(max_length=64)] = ""
) -> Response:
    """Show kitchens and their devices."""
    with showing(request, visitor) as r:
        found = places.load_places(r, after=after.replace("\x00", ""), now=app.clock.now())
    shell, may_settle = render.shell_of(visitor, render.SITES), visitor.role in SUPERVISORS
    may = {"may_settle": may_settle, "sees_cameras": render.may_open(visitor, render.WALL)}
    return render.page("sites/page.html", shell=shell, places=found, marred=r.marred, **may)


@router.get(render.CONNECT)
def connect_page(request: Request, app: AppState, visitor: ConnectVisitor) -> Response:
    """Show the steps to connect a camera."""
    with showing(request, visitor) as r:
        broker = ("", None) if app.workshop is None else (app.workshop.broker_url, app.workshop.authority)
        found = connect.load_connect(r, broker_url=broker[0], authority=broker[1])
    return render.page("connect/page.html", shell=render.shell_of(visitor, render.CONNECT), connect=found)


@router.get(render.CODES)
def codes_page(request: Request, app: AppState, visitor: CodesVisitor) -> Response:
    """Show every code of the catalogue."""
    with showing(request, visitor) as r:
        found = codes.load_codes(r, now=app.clock.now())
    return render.page("codes/list.html", shell=render.shell_of(visitor, render.CODES), codes=found, marred=r.marred)


@router.get(render.CODES + "/{code}")
def code_page(
    request: Request,
    app: AppState,
    visitor: CodesVisitor,
    code: Annotated[str, Path(max_length=64, pattern=r"^[a-z0-9_]+$")],
    device: Annotated[str, Query(max_length=64)] = "",
    before: UUID | None = None,
    history: UUID | None = None,
) -> Response:
    """Show one code: its values for a device or the visitor, overrides, history, and the form for those who may."""
    entry = known_entry(code)
    with showing(request, visitor) as r:
        found = codes.load_code(
            r,
            visitor,
            entry,
            device=device.strip().replace("\x00", ""),
            before=before,
            history_before=history,
            now=app.clock.now(),
        )
    shell = render.shell_of(visitor, render.CODES, title=f"{entry.label} · 规则与限值")
    return render.page("codes/page.html", shell=shell, code=found, marred=r.marred)


@router.get(render.CHAINS)
def chains_page(request: Request, app: AppState, visitor: ChainsVisitor) -> Response:
    """Show the escalation chains of the visitor's region as time lines."""
    with showing(request, visitor) as r:
        found = chain_view.load_chains(r, visitor, now=app.clock.now())
    return render.page("chains/page.html", shell=render.shell_of(visitor, render.CHAINS), chains=found, marred=r.marred)


@router.get(render.PRECISION)
def precision_page(
    request: Request,
    app: AppState,
    visitor: PrecisionVisitor,
    code: Annotated[str, Query(max_length=64)] = "",
    device: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Show the measured precision of each code at each camera, and the tuning proposals."""
    with showing(request, visitor) as r:
        found = precision_view.load_precision(r, visitor, code=code, device=device, now=app.clock.now())
    shell = render.shell_of(visitor, render.PRECISION)
    return render.page("precision/page.html", shell=shell, page=found, marred=r.marred)


@router.get(render.PEOPLE)
def people_page(request: Request, app: AppState, visitor: Visitor, entity: UUID | None = None) -> Response:
    """Show the accountable people of an enterprise, by default the visitor's own."""
    if visitor.role not in MAY_MANAGE or (visitor.periods is not None and not render.may_open(visitor, render.PEOPLE)):
        raise NotAllowed(f"{render.PEOPLE} is not for {visitor.role}")
    with showing(request, visitor) as r:
        found = people_view.load_people(r, visitor, entity, now=app.clock.now())
    if found is None:
        raise NotFound("no such enterprise")
    shell = render.shell_of(visitor, render.PEOPLE)
    return render.page("people/page.html", shell=shell, page=found, marred=r.marred)


@router.get(render.RECORDS)
def records_page(request: Request, app: AppState, visitor: RecordsVisitor, record: UUID | None = None) -> Response:
    """Show the day records, or the form of one."""
    with showing(request, visitor) as r:
        found = record_view.load_records(r, visitor, record, now=app.clock.now())
        own = None if visitor.entity is None else openings_view.load_openings(r, visitor, now=app.clock.now())
    if record is not None and found.form is None:
        raise NotFound("no such record")
    shell = render.shell_of(visitor, render.RECORDS)
    return render.page("records/page.html", shell=shell, page=found, openings=own, marred=r.marred)


@router.get(render.REPORTS)
def reports_page(request: Request, app: AppState, visitor: ReportsVisitor, report: UUID | None = None) -> Response:
    """Show the reports on weeks and months with the work they assign, or the form of one."""
    with showing(request, visitor) as r:
        found = report_view.load_reports(r, visitor, report, now=app.clock.now())
    if report is not None and found.form is None:
        raise NotFound("no such report")
    shell = render.shell_of(visitor, render.REPORTS)
    return render.page("reports/page.html", shell=shell, page=found, marred=r.marred)


@router.get(render.WARNINGS)
def warnings_page(request: Request, visitor: WarningsVisitor) -> Response:
    """Show the warnings about duties."""
    with showing(request, visitor) as r:
        found = warning_view.load_warnings(r, visitor)
    shell = render.shell_of(visitor, render.WARNINGS)
    return render.page("warnings/page.html", shell=shell, page=found, marred=r.marred)


@router.get(render.INDICES)
def indices_page(
    request: Request,
    app: AppState,
    visitor: IndicesVisitor,
    month: Month = None,
    week: Week = None,
    year: Annotated[str | None, Query(pattern="^20[2-9][0-9]$")] = None,
) -> Response:
    """Show an enterprise's own duty index of a month, or the boards of a region and its cadres, with its letters."""
    own = visitor.role is Role.enterprise
    with showing(request, visitor) as r:
        found = index_view.load_indices(
            r, month, week=week, year=year, own=own, region=visitor.region or "", at=app.clock.now()
        )
    return render.page("indices/page.html", shell=render.shell_of(visitor, render.INDICES), page=found, marred=r.marred)


@router.get(render.INDICES + "/{index_id}")
def index_rows_page(
    request: Request,
    visitor: IndicesVisitor,
    index_id: UUID,
    indicator: Annotated[str, Query(max_length=40)],
    quarter: Annotated[str, Query(pattern="^(q[1-4])?$")] = "",
) -> Response:
    """Show the rows behind a number of an index."""
    with showing(request, visitor) as r:
        found = index_rows_view.load_rows(r, index_id, indicator.replace("\x00", ""), quarter)
    if found is None:
        raise NotFound("no such index")
    shell = render.shell_of(visitor, render.INDICES, title=f"{found.label} · {found.name}")
    return render.page("indices/rows.html", shell=shell, page=found, marred=r.marred)


@router.get(render.NOTICES)
def notices_page(request: Request, visitor: NoticesVisitor) -> Response:
    """Show the channels, the messages that were given up, and the newest ones."""
    with showing(request, visitor) as r:
        found = notice_view.load_notices(r, visitor)
    shell = render.shell_of(visitor, render.NOTICES)
    return render.page("notices/page.html", shell=shell, notices=found, marred=r.marred)


@router.get(render.LEADS)
def leads_page(request: Request, app: AppState, visitor: LeadsVisitor) -> Response:
    """Show the leads to enforcement with their periods and steps."""
    with showing(request, visitor) as r:
        found = lead_view.load_leads(r, by=visitor.actor, now=app.clock.now())
    return render.page("leads/page.html", shell=render.shell_of(visitor, render.LEADS), leads=found, marred=r.marred)


@router.get(render.HEARD)
def heard_page(request: Request, visitor: HeardVisitor) -> Response:
    """Show what the public reported."""
    with showing(request, visitor) as r:
        found = heard_view.load_heard(r)
    return render.page("heard/page.html", shell=render.shell_of(visitor, render.HEARD), page=found, marred=r.marred)


@router.get(render.CALENDAR)
def calendar_page(request: Request, app: AppState, visitor: CalendarVisitor, year: CalendarYear = None) -> Response:
    """Show the working calendar of the visitor's region."""
    with showing(request, visitor) as r:
        found = calendar.load_calendar(r, visitor, year=year, now=app.clock.now())
        region = openings_view.load_openings(r, visitor, now=app.clock.now()) if visitor.role in SUPERVISORS else None
    shell = render.shell_of(visitor, render.CALENDAR)
    return render.page("calendar/page.html", shell=shell, calendar=found, openings=region, marred=r.marred)


@router.get(render.EVENTS)
def events_page(request: Request, app: AppState, visitor: EventsVisitor) -> Response:
    """Show how to pull the feed, and its newest events."""
    with showing(request, visitor) as r:
        found = stream.load_stream(r, base_url=app.public_url.rstrip("/"), now=app.clock.now())
        files = exchange_view.load_exchange(r) if visitor.role in SUPERVISORS else None
    shell = render.shell_of(visitor, render.EVENTS)
    return render.page("events/page.html", shell=shell, stream=found, exchange=files, marred=r.marred)
