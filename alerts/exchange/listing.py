"""List a data set as the cells of a table, a page of rows at a time."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, datetime
from functools import partial
from typing import TypeVar
from uuid import UUID

from alerts.exchange.sets import FIELDS, of_cadre, of_entity, of_visit
from models.catalogue.exchange_terms import DataSet, StaffRegister
from models.catalogue.terms import label
from models.domain.exchange import CadreRow, EntityRow, StaffRow, VisitRow
from models.store import Read, exchange
from models.store.exchange import Within

PAGE = 1000
STAFF = (
    ("credit_code", "统一社会信用代码"),
    ("name", "主体名称"),
    ("region_code", "区划代码"),
    ("guarantee_tier", "包保等级"),
    ("register", "台账"),
    ("directors", "食品安全总监"),
    ("officers", "食品安全员"),
)
"""The columns of the register of the two posts: names for programs, headings for people."""
Opened = Callable[[], AbstractContextManager[Read]]
"""Opens a read-only transaction with the scope of whoever asks."""


_Row = TypeVar("_Row", EntityRow, CadreRow, VisitRow, StaffRow)


def rows(opened: Opened, data_set: DataSet, *, of: Within, since: date | None, words: bool) -> Iterator[list[str]]:
    """Yield the rows of a data set within a region, as texts in the order of its fields.

    Each page is read in a transaction of its own, so that a slow reader holds none open. What is registered meanwhile
    is in the list or not; no row is there twice.

    Args:
        opened: opens a transaction.
        data_set: which set.
        of: whose rows.
        since: visits from this day on; the other sets have no days.
        words: whether to show terms in words for people instead of their codes.
    """
    fields = FIELDS[data_set]
    for texts in _texts(opened, data_set, of=of, since=since):
        yield [field.shown(texts[field.name]) if words else texts[field.name] for field in fields]


def staff_rows(opened: Opened, *, of: Within, register: StaffRegister | None, at: datetime) -> Iterator[list[str]]:
    """Yield the register of the two posts (两员台账) within a region, as `STAFF` names its columns."""
    for row in _pages(
        opened, lambda r, after: exchange.staff(r, of, register=register, at=at, after=after, limit=PAGE)
    ):
        tier = row.guarantee_tier or ""
        yield [row.credit_code, row.name, row.region_code, tier, label(row.register), row.directors, row.officers]


def _texts(opened: Opened, data_set: DataSet, *, of: Within, since: date | None) -> Iterator[dict[str, str]]:
    match data_set:
        case DataSet.entities:
            for entity in _pages(opened, lambda r, after: exchange.entities(r, of, after=after, limit=PAGE)):
                yield of_entity(entity)
        case DataSet.cadres:
            for cadre in _pages(opened, lambda r, after: exchange.cadres(r, of, after=after, limit=PAGE)):
                yield of_cadre(cadre)
        case DataSet.supervision:
            for read in (exchange.own_visits, exchange.outside_visits):
                for visit in _pages(opened, partial(_visits, read, of, since)):
                    yield of_visit(visit)


def _visits(
    read: Callable[..., list[VisitRow]], of: Within, since: date | None, r: Read, after: UUID | None
) -> list[VisitRow]:
    return read(r, of, since=since, after=after, limit=PAGE)


def _pages(opened: Opened, page: Callable[[Read, UUID | None], list[_Row]]) -> Iterator[_Row]:
    after: UUID | None = None
    while True:
        with opened() as r:
            found = page(r, after)
        yield from found
        if len(found) < PAGE:
            return
        after = found[-1].id
