"""The three national data sets (主体、干部、督导) as files: download, compare, apply (数据交换)."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import date
from itertools import chain
from pathlib import Path as FilePath
from tempfile import NamedTemporaryFile
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Query, Request, Response, UploadFile

from alerts.exchange.applying import apply
from alerts.exchange.comparing import compare
from alerts.exchange.listing import STAFF, rows, staff_rows
from alerts.exchange.reading import digest_of, read_lines
from alerts.exchange.sets import FIELDS
from api.access.principal import Principal, Reviewer
from api.documents.tables import MEDIA_TYPE, Column, Row, TableFormat, blocks
from api.feed.streaming import Held
from api.problems import TooLarge
from api.requests import AppState, Cursor, IdempotencyKey, Limit, Reading, creating, page_of, reading, uuid_cursor
from api.schemas import Page
from api.schemas.exchange import (
    ExchangeAppliedOut,
    ExchangeReportOut,
    ExchangeRunOut,
    FieldChangeOut,
    LineFaultOut,
    LineFindingOut,
)
from api.state import App
from models.base.clock import SHANGHAI
from models.catalogue.exchange_terms import DataSet, LineResult, StaffRegister
from models.catalogue.terms import label
from models.domain.exchange import ExchangeReport, ExchangeRun, LineFinding
from models.store import Write, audit, exchange
from models.store.exchange import Within

router = APIRouter(prefix="/v1/exchange", tags=["exchange"])
MOST_LINES = 5_000
"""Lines of an uploaded file; `mingchu exchange apply` takes more."""
SHOWN = 500
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPE.values()},
        "description": "A table",
    }
}
Set = Annotated[DataSet, Path(description="entities 主体, cadres 干部, supervision 督导")]
Digest = Annotated[str, Form(pattern="^[0-9a-f]{64}$")]


@router.get("/runs", name="exchange_runs")
def list_runs(r: Reading, _: Reviewer, cursor: Cursor = None, limit: Limit = 50) -> Page[ExchangeRunOut]:
    """List the files that were applied to your region, newest first."""
    found = exchange.runs(r, before=uuid_cursor(cursor), limit=limit + 1)
    return page_of(found, limit=limit, out=run_out, cursor=lambda one: one.id)


@router.get("/staff.{form}", name="staff_register", response_class=Response, responses=_FILE)
def staff(
    request: Request,
    app: AppState,
    principal: Reviewer,
    form: TableFormat,
    register: Annotated[StaffRegister | None, Query(description="both 总监+员, officer 仅员, incomplete 缺员")] = None,
) -> Response:
    """Download the register of the two posts (两员台账) of your region: who is director, who is officer."""
    columns = [Column(name=name, heading=heading) for name, heading in STAFF]
    found = staff_rows(lambda: reading(request, principal), of=within(principal), register=register, at=app.clock.now())
    return _held(app, principal, form, "staff", columns, found, register=register)


@router.get("/{data_set}.{form}", name="exchange_download", response_class=Response, responses=_FILE)
def download(
    request: Request,
    app: AppState,
    principal: Reviewer,
    data_set: Set,
    form: TableFormat,
    since: Annotated[date | None, Query(description="Visits from this day on")] = None,
) -> Response:
    """Download a data set of your region. Texts that begin like a formula have a `'` in front in csv and xlsx.

    JSON has the names and codes that the API uses, csv and xlsx the headings and words of people.
    """
    columns = [Column(name=field.name, heading=field.heading) for field in FIELDS[data_set]]
    words = form is not TableFormat.json
    found = rows(lambda: reading(request, principal), data_set, of=within(principal), since=since, words=words)
    return _held(app, principal, form, data_set, columns, found, since=None if since is None else since.isoformat())


def _held(
    app: App,
    principal: Principal,
    form: TableFormat,
    name: str,
    columns: Sequence[Column],
    found: Iterable[Row],
    **asked: str | None,
) -> Response:
    """Note a download in the audit log and begin it; one caller has two at once."""
    with ExitStack() as held:
        held.enter_context(app.exports.one(principal.name))
        with app.store.write(principal.scope) as w:
            _noted(w, "data.exported", f"{name}.{form}", principal, detail=asked)
        made = blocks(form, columns, found)
        # The first block is made here, so that an error before it is answered as such; a workbook is whole then.
        with app.tables.one() if form is TableFormat.xlsx else nullcontext():
            first = next(made, b"")
        headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
        return Held(held.pop_all(), chain([first], made), media_type=MEDIA_TYPE[form], headers=headers)


def _noted(
    w: Write, action: str, about: str, principal: Principal, *, reason: str = "", detail: dict[str, Any]
) -> None:
    audit.note(
        w,
        action=action,
        about=f"exchange:{about}",
        tenant_id=principal.tenant,
        region_code=principal.region or "",
        reason=reason,
        detail=detail,
    )


@router.post("/{data_set}/check", name="exchange_check")
def check(request: Request, app: AppState, principal: Reviewer, data_set: Set, file: UploadFile) -> ExchangeReportOut:
    """Compare a file (csv, xlsx or json) with the registry, and change nothing.

    An empty cell or a missing column states nothing. Columns may have the names of the download or of the API.
    """
    with app.tables.one(), _kept(app, file) as path:
        lines, sha256 = read_lines(path, data_set, most=MOST_LINES), digest_of(path)
    today = app.clock.now().astimezone(SHANGHAI).date()
    with reading(request, principal) as r:
        report = compare(r, data_set, lines, of=within(principal), file_sha256=sha256, today=today)
    return report_out(report)


@router.post("/{data_set}/apply", response_model=ExchangeAppliedOut, name="exchange_apply")
def apply_file(
    request: Request,
    app: AppState,
    principal: Reviewer,
    data_set: Set,
    file: UploadFile,
    digest: Digest,
    reason: Annotated[str, Form(min_length=1, max_length=200, pattern="^[^\\x00]*$")],
    key: IdempotencyKey = None,
) -> Response:
    """Apply a file as its report (`digest`) shows: new and changed lines, all of them or none; nothing is deleted.

    Lines that are unknown or invalid are left out. The log keeps every field that changes, with the reason.
    """
    with app.tables.one(), _kept(app, file) as path:
        lines, sha256 = read_lines(path, data_set, most=MOST_LINES), digest_of(path)
    name = (file.filename or "").replace("\x00", "")

    def act(w: Write) -> ExchangeAppliedOut:
        report, run = apply(
            w,
            data_set,
            lines,
            of=within(principal),
            file_name=name,
            file_sha256=sha256,
            digest=digest,
            reason=reason,
            by=principal.actor,
            at=app.clock.now(),
        )
        detail = {"run": str(run.id), "file_sha256": sha256, "counts": run.counts}
        _noted(w, "data.applied", data_set, principal, reason=reason, detail=detail)
        return ExchangeAppliedOut(run=run_out(run), report=report_out(report))

    return creating(request, principal, key, f"{sha256} {digest} {reason}".encode(), act)


def within(principal: Principal) -> Within:
    """Return whose rows a principal exchanges."""
    return Within(tenant_id=principal.tenant, within=principal.region or "")


def report_out(report: ExchangeReport) -> ExchangeReportOut:
    """Return a report in the form the API shows."""
    differing = [one for one in report.findings if one.result is not LineResult.same]
    return ExchangeReportOut(
        data_set=report.data_set,
        file_sha256=report.file_sha256,
        digest=report.digest,
        counts={result: report.count(result) for result in LineResult},
        absent=report.absent,
        absent_keys=list(report.absent_keys),
        findings=[_finding_out(report.data_set, one) for one in differing[:SHOWN]],
        more=len(differing) > SHOWN,
    )


def run_out(run: ExchangeRun) -> ExchangeRunOut:
    """Return an applied file in the form the API shows."""
    return ExchangeRunOut(
        id=run.id,
        data_set=run.data_set,
        data_set_label=label(run.data_set),
        jurisdiction=run.jurisdiction,
        file_name=run.file_name,
        file_sha256=run.file_sha256,
        reason=run.reason,
        by=run.by,
        at=run.at,
        counts={LineResult(name): count for name, count in run.counts.items()},
    )


def _finding_out(data_set: DataSet, found: LineFinding) -> LineFindingOut:
    fields = {field.name: field for field in FIELDS[data_set]}
    return LineFindingOut(
        line=found.number,
        result=found.result,
        result_label=label(found.result),
        key=found.key,
        changes=[
            FieldChangeOut(
                name=one.name,
                heading=fields[one.name].heading,
                was=fields[one.name].shown(one.was),
                now=fields[one.name].shown(one.now),
            )
            for one in found.changes
        ],
        faults=[
            LineFaultOut(
                name=one.name,
                heading=fields[one.name].heading if one.name in fields else "",
                found=one.found,
                expected=one.expected,
            )
            for one in found.faults
        ],
    )


@contextmanager
def _kept(app: App, file: UploadFile) -> Iterator[FilePath]:
    """Keep an upload in a file of its own until the block ends.

    Raises:
        TooLarge: it has more bytes than an upload may have.
    """
    most = app.settings.max_upload_bytes
    with NamedTemporaryFile(dir=app.files.incoming, prefix="exchange-") as kept:
        shutil.copyfileobj(file.file, kept)
        if kept.tell() > most:
            raise TooLarge(f"file: expected at most {most // 1024**2} MiB")
        kept.flush()
        yield FilePath(kept.name)
