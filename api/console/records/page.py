"""The page of day records (日管控): today's form of each kitchen for an officer, and the last records."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from alerts.duties.daily import MAY_RECORD
from alerts.duties.packs import pack, packs
from alerts.duties.records import as_known
from alerts.duties.scene_state import scene_of_entity
from api.access.principal import Principal
from api.console.shell.choices import Choice
from api.console.shell.signing import own_name
from api.console.shell.words import moment
from models.base.clock import SHANGHAI
from models.catalogue.duty_terms import DutyPeriod, RecordState, RowResult
from models.catalogue.terms import label
from models.domain.records import DayRecord
from models.store import Read, records, registry

SITES_SHOWN, RECORDS_SHOWN = 50, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the form; `marked` is what is checked when the page opens."""

    code: str
    text: str
    key: bool
    marked: str
    source: str
    problem: str
    disposal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A record; `writable` while it is a draft that the visitor may write."""

    id: UUID
    version: int
    title: str
    site: str
    day: str
    state: str
    writable: bool
    rows: tuple[Row, ...]
    signed: str
    signature: str
    zero_risk: bool
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One record of the list."""

    id: UUID
    site: str
    day: str
    state: str
    problems: int
    late: bool
    zero_risk: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsPage:
    """The whole page; `form` is the opened record, `pack` the form of the enterprise's scene.

    `own_name` is the name in which an account of a person signs; empty for an account of the whole enterprise.
    """

    today: str
    form: Form | None
    lines: tuple[Line, ...]
    sites: tuple[Choice, ...]
    packs: tuple[Choice, ...]
    may_write: bool
    results: tuple[Choice, ...]
    pack: str
    own_name: str


def load_records(r: Read, visitor: Principal, record_id: UUID | None, *, now: datetime) -> RecordsPage:
    """Load the page; with a `record_id` its form too."""
    found = records.records(r, site_id=None, before=None, limit=RECORDS_SHOWN)
    stored = None if record_id is None else records.record(r, record_id)
    opened = None if stored is None else as_known(r, stored, at=now)
    names = registry.sites_of(r, {row.site_id for row in [*found, *([opened] if opened else [])]})
    may_write = visitor.role in MAY_RECORD and (visitor.periods is None or DutyPeriod.day in visitor.periods)
    own = [] if visitor.entity is None else registry.sites_of_entity(r, visitor.entity, limit=SITES_SHOWN)

    def name(site_id: str) -> str:
        site = names.get(site_id)
        return site_id if site is None else site.name

    return RecordsPage(
        today=now.astimezone(SHANGHAI).date().isoformat(),
        form=None if opened is None else _form(opened, name(opened.site_id), may_write=may_write),
        lines=tuple(
            Line(
                id=row.id,
                site=name(row.site_id),
                day=_day(row.day),
                state=label(row.state),
                problems=sum(item.result is RowResult.problem for item in row.items),
                late=row.late,
                zero_risk=row.zero_risk,
            )
            for row in found
        ),
        sites=tuple(Choice(value=site.id, text=site.name) for site in own),
        packs=tuple(Choice(value=one.id, text=one.scene) for one in packs().values()),
        may_write=may_write and bool(own),
        results=tuple(Choice(value=result, text=label(result)) for result in RowResult),
        pack="" if visitor.entity is None else scene_of_entity(r, visitor.entity).day,
        own_name=own_name(r, visitor),
    )


def _form(record: DayRecord, site: str, *, may_write: bool) -> Form:
    draft = record.state is RecordState.draft
    return Form(
        id=record.id,
        version=record.version,
        title=pack(record.pack).title if record.pack in packs() else record.pack,
        site=site,
        day=_day(record.day),
        state=label(record.state),
        writable=draft and may_write,
        rows=tuple(
            Row(
                code=row.code,
                text=row.text,
                key=row.key,
                marked=(row.result or (row.suggested if draft else None) or ""),
                source=row.source,
                problem=row.problem,
                disposal=row.disposal,
            )
            for row in record.items
        ),
        signed="" if record.signed_at is None else f"{record.signed_by} · {moment(record.signed_at)}",
        signature=record.signature or "",
        zero_risk=record.zero_risk,
        late=record.late,
    )


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
