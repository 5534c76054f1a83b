"""Bulk export (批量导出): which data can be taken out whole, with its columns, page by page."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

from api.documents import parquet, tables
from api.documents.tables import Cell, Column, Row, TableFormat
from models.base.errors import CursorExpired
from models.base.ids import uuid7_at
from models.base.jsonio import dumps
from models.catalogue.codes import code_label
from models.catalogue.terms import label
from models.domain.alerts import Alert
from models.domain.audit import AuditEntry
from models.domain.registry import Entity, Person, Site
from models.domain.tasks import RectificationTask
from models.domain.violations import Violation
from models.events.envelope import FeedEvent
from models.store import Read, Scope, Store, alerts, audit, feed, registry, tasks, violations

T = TypeVar("T")
PAGE = 1000
MOST_ROWS = 1_000_000
"""Rows of one file."""


class Export(StrEnum):
    """What can be exported."""

    alerts = "alerts"
    tasks = "tasks"
    violations = "violations"
    events = "events"
    audit = "audit"


class ExportFormat(StrEnum):
    """The format of an export."""

    csv = "csv"
    json = "json"
    parquet = "parquet"


MEDIA_TYPE = {
    ExportFormat.csv: tables.MEDIA_TYPE[TableFormat.csv],
    ExportFormat.json: tables.MEDIA_TYPE[TableFormat.json],
    ExportFormat.parquet: parquet.MEDIA_TYPE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What is asked for: a time, or of the feed what follows a number."""

    since: datetime | None = None
    until: datetime | None = None
    after: int = 0
    limit: int = MOST_ROWS


@dataclass(frozen=True, slots=True)
class Field(Generic[T]):
    """A column: its name for programs, its heading for people, its kind, and how to get its cell."""

    name: str
    heading: str
    kind: parquet.Kind
    of: Callable[[T], Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table(Generic[T]):
    """A kind of data: its columns, and a page of it after a row (the first page without one).

    The columns of names follow the others, so that a reader by position goes on reading.
    """

    fields: Sequence[Field[T]]
    named: Sequence[Field["_Named"]] = ()
    page: Callable[[Read, Span, T | None, int], list[T]]
    within: Callable[[T, Span], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """The registered names behind the ids of a row; None where the caller sees none."""

    entity: str | None
    site: str | None
    person: str | None


def _text(name: str, heading: str) -> Field[Any]:
    return Field(name, heading, "text", lambda row: _said(getattr(row, name)))


def _moment(name: str, heading: str) -> Field[Any]:
    return Field(name, heading, "moment", lambda row: getattr(row, name))


def _whole(name: str, heading: str) -> Field[Any]:
    return Field(name, heading, "integer", lambda row: getattr(row, name))


def _number(name: str, heading: str) -> Field[Any]:
    return Field(name, heading, "number", lambda row: getattr(row, name))


def _labelled(name: str, heading: str) -> tuple[Field[Any], Field[Any]]:
    return _text(name, heading), Field(
        f"{name}_label", f"{heading}（中文）", "text", lambda row: label(getattr(row, name))
    )


def _said(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return dumps(value) if isinstance(value, dict | list) else str(value)


_PLACE: tuple[Field[Any], ...] = (
    _text("id", "编号"),
    _text("entity_id", "经营主体编号"),
    _text("region_code", "区划代码"),
    _text("site_id", "场所"),
    _text("device_id", "设备"),
    _text("code", "代码"),
    Field("code_label", "名称", "text", lambda row: code_label(row.code)),
    *_labelled("zone", "区域"),
    *_labelled("severity", "等级"),
)
_PLACE_NAMES: tuple[Field[_Named], ...] = (
    Field("entity_name", "经营主体名称", "text", lambda names: names.entity),
    Field("site_name", "场所名称", "text", lambda names: names.site),
)
_PERSON_NAME: Field[_Named] = Field("person_name", "责任人", "text", lambda names: names.person)
_ALERTS: tuple[Field[Alert], ...] = (
    *_PLACE,
    *_labelled("origin", "来源"),
    *_labelled("state", "状态"),
    _whole("occurrences", "次数"),
    _moment("first_at", "首次发现"),
    _moment("last_at", "最近发现"),
    _moment("opened_at", "产生"),
    _moment("closed_at", "关闭"),
    _number("score", "置信度"),
    _text("measured", "测量值"),
    _text("evidence_ids", "证据"),
    _text("reviewed_by", "复核人"),
    _moment("reviewed_at", "复核时间"),
    _text("reason", "理由"),
    _text("remark", "备注"),
    _whole("version", "版本"),
)
_TASKS: tuple[Field[RectificationTask], ...] = (
    *_PLACE,
    _text("alert_id", "预警编号"),
    *_labelled("state", "状态"),
    _whole("attempt", "第几次整改"),
    _text("requirement", "整改要求"),
    _moment("dispatched_at", "下达"),
    _moment("due_at", "期限"),
    _moment("acknowledged_at", "签收"),
    _moment("submitted_at", "提交"),
    _moment("closed_at", "销号"),
    _whole("overdue_level", "逾期级别"),
    _text("cause", "原因"),
    _text("measure", "措施"),
    _text("proof_ids", "整改证明"),
    _whole("version", "版本"),
)
_VIOLATIONS: tuple[Field[Violation], ...] = (
    *_PLACE,
    *_labelled("state", "状态"),
    *_labelled("review", "复核"),
    _moment("started_at", "开始"),
    _moment("ended_at", "结束"),
    _moment("received_at", "收到"),
    _number("score", "置信度"),
    _text("boxes", "检测框"),
    _text("model", "模型"),
    _text("rule", "规则"),
    _text("alert_id", "预警编号"),
    _text("evidence_ids", "证据"),
    _whole("version", "版本"),
)
_EVENTS: tuple[Field[FeedEvent], ...] = (
    _whole("seq", "序号"),
    Field("id", "编号", "text", lambda row: str(row.event_id)),
    _text("type", "类型"),
    _text("source", "来源"),
    _moment("time", "时间"),
    _moment("occurred_at", "发生"),
    _moment("received_at", "收到"),
    Field("late", "迟到", "flag", lambda row: row.late),
    _text("data", "内容"),
)
_AUDIT: tuple[Field[AuditEntry], ...] = (
    _whole("seq", "序号"),
    _moment("at", "时间"),
    _text("actor", "操作人"),
    _text("action", "操作"),
    _text("object", "对象"),
    _text("region_code", "区划代码"),
    _text("entity_id", "经营主体编号"),
    _text("reason", "理由"),
    _text("detail", "内容"),
)


def _before(span: Span, last: Any) -> UUID | None:  # noqa: ANN401 - a row with an id
    if last is not None:
        found: UUID = last.id
        return found
    return None if span.until is None else uuid7_at(span.until)


def _since(row: Any, span: Span) -> bool:  # noqa: ANN401 - a row with an id
    return span.since is None or row.id >= uuid7_at(span.since)


def _events(r: Read, span: Span, last: FeedEvent | None, limit: int) -> list[FeedEvent]:
    cursor = span.after if last is None else last.seq
    try:
        return feed.events_after(r, cursor=cursor, limit=limit)
    except CursorExpired as error:
        if last is None and span.after > 0:
            raise
        return feed.events_after(r, cursor=error.earliest, limit=limit)


_TABLES: dict[Export, _Table[Any]] = {
    Export.alerts: _Table(
        fields=_ALERTS,
        named=_PLACE_NAMES,
        page=lambda r, span, last, limit: alerts.alerts(r, before=_before(span, last), limit=limit),
        within=_since,
    ),
    Export.tasks: _Table(
        fields=_TASKS,
        named=(*_PLACE_NAMES, _PERSON_NAME),
        page=lambda r, span, last, limit: tasks.tasks(r, before=_before(span, last), limit=limit),
        within=_since,
    ),
    Export.violations: _Table(
        fields=_VIOLATIONS,
        named=_PLACE_NAMES,
        page=lambda r, span, last, limit: violations.violations(r, before=_before(span, last), limit=limit),
        within=_since,
    ),
    Export.events: _Table(fields=_EVENTS, page=_events, within=lambda _row, _span: True),
    Export.audit: _Table(
        fields=_AUDIT,
        page=lambda r, span, last, limit: audit.entries(
            r, before=None if last is None else last.seq, since=span.since, until=span.until, limit=limit
        ),
        within=lambda _row, _span: True,
    ),
}


def blocks(store: Store, scope: Scope, what: Export, form: ExportFormat, span: Span) -> Iterator[bytes]:
    """Make the file of an export, block by block. Each page is read in a transaction of its own.

    Raises:
        CursorExpired: the feed no longer keeps what follows the number.
    """
    table = _TABLES[what]
    rows = _rows(store, scope, table, span)
    fields: list[Field[Any]] = [*table.fields, *table.named]
    if form is ExportFormat.parquet:
        return parquet.blocks([(field.name, field.kind) for field in fields], rows)
    columns = [Column(name=field.name, heading=field.heading) for field in fields]
    return tables.blocks(TableFormat(form), columns, rows)


def _names(r: Read, page: Sequence[Any]) -> list[_Named]:
    """Look up the names of a page's rows."""
    entities = registry.entities_of(r, {row.entity_id for row in page})
    sites = registry.sites_of(r, {row.site_id for row in page})
    persons: list[UUID | None] = [getattr(row, "person_id", None) for row in page]
    people = registry.people_of(r, {one for one in persons if one is not None})
    return [
        _Named(
            entity=_name(entities.get(row.entity_id)),
            site=_name(sites.get(row.site_id)),
            person=None if person is None else _name(people.get(person)),
        )
        for row, person in zip(page, persons, strict=True)
    ]


def _name(one: Entity | Site | Person | None) -> str | None:
    return None if one is None else one.name


def _rows(store: Store, scope: Scope, table: _Table[Any], span: Span) -> Iterator[Row]:
    last, left = None, span.limit
    while left > 0:
        with store.read(scope) as r:
            page = table.page(r, span, last, min(PAGE, left))
            names = _names(r, page) if table.named else []
        named = [[field.of(one) for field in table.named] for one in names] or [[]] * len(page)
        for row, more in zip(page, named, strict=True):
            if not table.within(row, span):
                return
            yield [field.of(row) for field in table.fields] + more
        if len(page) < min(PAGE, left):
            return
        last, left = page[-1], left - len(page)
