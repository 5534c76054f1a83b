"""Day records (日管控): open one, answer its rows, sign it, read them."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from alerts.duties.daily import Answer
from alerts.duties.packs import pack, packs
from alerts.duties.records import answer, as_known, open_record, sign
from api.access.principal import Anybody, Rectifier
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
    row_cursor,
)
from api.schemas.common import Page
from api.schemas.records import AnswersIn, PackOut, RecordIn, RecordOut, RecordRowOut, SignIn
from models.base.errors import NotFound
from models.catalogue.terms import label
from models.domain.records import DayRecord
from models.store import Write, records

router = APIRouter(prefix="/v1", tags=["duties"])


@router.get("/packs", name="packs")
def list_packs(_: Anybody) -> list[PackOut]:
    """List the forms."""
    return [PackOut(id=one.id, title=one.title, scene=one.scene, rows=len(one.rows)) for one in packs().values()]


@router.get("/records", name="records")
def list_records(
    r: Reading,
    site_id: Annotated[str | None, Query(max_length=64)] = None,
    before: Annotated[date | None, Query(description="only days before this one")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[RecordOut]:
    """List day records, the newest day first."""
    last = row_cursor(cursor, lambda found: records.record(r, found))
    after = None if last is None else (last.day, last.site_id)
    rows = records.records(r, site_id=site_id, before=before, after=after, limit=limit + 1)
    return page_of(rows, limit=limit, out=record_out, cursor=lambda row: row.id)


@router.get("/records/{record_id}", name="record")
def one_record(r: Reading, app: AppState, response: Response, record_id: UUID) -> RecordOut:
    """Return one day record. Rows of a draft without an answer say what the platform knows now."""
    found = records.record(r, record_id)
    if found is None:
        raise NotFound(f"no record {record_id}")
    etag(response, found.version)
    return record_out(as_known(r, found, at=app.clock.now()))


@router.post("/records", response_model=RecordOut, name="open_record")
def open_day(
    request: Request, app: AppState, principal: Rectifier, body: RecordIn, key: IdempotencyKey = None
) -> Response:
    """Open the record of a kitchen's day, filled in with what the platform knows; an existing one is returned."""

    def act(w: Write) -> RecordOut:
        at = app.clock.now()
        found = open_record(w, site_id=body.site_id, day=body.day, pack_id=body.pack, by=principal.actor, at=at)
        return record_out(found)

    return creating(request, principal, key, body.model_dump_json().encode(), act, version=_version)


@router.post("/records/{record_id}/answers", response_model=RecordOut, name="answer_record")
def answer_rows(
    request: Request,
    app: AppState,
    principal: Rectifier,
    record_id: UUID,
    body: AnswersIn,
    seen: SeenVersion,
    key: IdempotencyKey = None,
) -> Response:
    """Answer rows of a draft."""
    answers = [
        Answer(code=one.code, result=one.result, problem=one.problem, disposal=one.disposal) for one in body.answers
    ]

    def act(w: Write) -> RecordOut:
        return record_out(answer(w, record_id, answers, version=seen, by=principal.actor, at=app.clock.now()))

    return creating(request, principal, key, body.model_dump_json().encode(), act, version=_version)


@router.post("/records/{record_id}/sign", response_model=RecordOut, name="sign_record")
def sign_day(
    request: Request,
    app: AppState,
    principal: Rectifier,
    record_id: UUID,
    body: SignIn,
    seen: SeenVersion,
    key: IdempotencyKey = None,
) -> Response:
    """Sign a record. Zero risk is refused while a row is a problem or a confirmed hazard is open."""

    def act(w: Write) -> RecordOut:
        at = app.clock.now()
        record = sign(w, record_id, version=seen, name=body.name, zero_risk=body.zero_risk, by=principal.actor, at=at)
        return record_out(record)

    return creating(request, principal, key, body.model_dump_json().encode(), act, version=_version)


def record_out(record: DayRecord) -> RecordOut:
    """Return a record in the form the API shows."""
    return RecordOut(
        id=record.id,
        entity_id=record.entity_id,
        site_id=record.site_id,
        day=record.day,
        pack=record.pack,
        title=pack(record.pack).title if record.pack in packs() else record.pack,
        state=record.state,
        state_label=label(record.state),
        items=[RecordRowOut.model_validate(row) for row in record.items],
        opened_by=record.opened_by,
        opened_at=record.opened_at,
        signed_by=record.signed_by,
        signed_at=record.signed_at,
        signature=record.signature,
        zero_risk=record.zero_risk,
        late=record.late,
        version=record.version,
    )


def _version(made: RecordOut) -> int:
    return made.version
