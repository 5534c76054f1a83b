"""Storage of the rows behind the numbers of an index (履责指数): each counts k of n, and they add up to the number."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

from models.catalogue.index_terms import IndexKind
from models.catalogue.supervision_terms import BusinessKind
from models.domain.indices import IndexRow, Period
from models.domain.ledger import reason_number
from models.store.connect import Read

_Rows = Callable[[Read, Mapping[str, Any]], list[IndexRow]]
_ENTITY: dict[str, _Rows] = {
    "day": lambda r, params: r.all(IndexRow, "index_rows", "entity_day", params),
    "week": lambda r, params: r.all(IndexRow, "index_rows", "entity_week", params),
    "month": lambda r, params: r.all(IndexRow, "index_rows", "entity_month", params),
    "acknowledged": lambda r, params: r.all(IndexRow, "index_rows", "entity_acknowledged", params),
    "rectified": lambda r, params: r.all(IndexRow, "index_rows", "entity_rectified", params),
    "first_pass": lambda r, params: r.all(IndexRow, "index_rows", "entity_first_pass", params),
    "online": lambda r, params: r.all(IndexRow, "index_rows", "entity_online", params),
    "intensity": lambda r, params: r.all(IndexRow, "index_rows", "entity_intensity", params),
    "posts": lambda r, params: r.all(IndexRow, "index_rows", "entity_posts", params),
    "trained": lambda r, params: r.all(IndexRow, "index_rows", "entity_trained", params),
    "critical_overdue": lambda r, params: r.all(IndexRow, "index_rows", "entity_critical_overdue", params),
}
_CADRE: dict[str, _Rows] = {
    "done": lambda r, params: r.all(IndexRow, "index_rows", "cadre_done", params),
    "quality": lambda r, params: r.all(IndexRow, "index_rows", "cadre_quality", params),
    "closed": lambda r, params: r.all(IndexRow, "index_rows", "cadre_closed", params),
    "trained": lambda r, params: r.all(IndexRow, "index_rows", "cadre_trained", params),
    "helped": lambda r, params: r.all(IndexRow, "index_rows", "cadre_helped", params),
    "late_15": lambda r, params: r.all(IndexRow, "index_rows", "cadre_late", params),
}
_REGION: dict[str, _Rows] = {
    "supervised": lambda r, params: r.all(IndexRow, "index_rows", "region_supervised", params),
    "supervised_well": lambda r, params: r.all(IndexRow, "index_rows", "region_supervised_well", params),
    "leads": lambda r, params: r.all(IndexRow, "index_rows", "region_leads", params),
    "lookbacks": lambda r, params: r.all(IndexRow, "index_rows", "region_lookbacks", params),
    "pledged": lambda r, params: r.all(IndexRow, "index_rows", "region_pledged", params),
    "connected": lambda r, params: r.all(IndexRow, "index_rows", "region_connected", params),
}
_ROWS = {IndexKind.entity: _ENTITY, IndexKind.cadre: _CADRE, IndexKind.region: _REGION}
ROWS = {kind: frozenset(rows) for kind, rows in _ROWS.items()}
"""The indicators and facts whose rows are known, by the kind of index; those of regions beside their enterprises'."""


def rows(
    r: Read,
    kind: IndexKind,
    name: str,
    *,
    tenant_id: str,
    subject: str,
    period: Period,
    limit: int,
    points: Mapping[str, int] = MappingProxyType({}),
    kinds: Sequence[BusinessKind] = (),
) -> list[IndexRow]:
    """Return what an indicator counts of one subject, in no order; `points` and `kinds` as in `indices.counts`."""
    params = {**asdict(period), **points, "tenant_id": tenant_id, "subject": subject, "limit": limit}
    params["kinds"] = list(kinds)
    return _ROWS[kind][name](r, params | {"platform": reason_number("platform")})


def of_entities(r: Read, name: str, *, tenant_id: str, county: str, period: str, limit: int) -> list[IndexRow]:
    """Return what the indices of a county's enterprises for a month counted."""
    params = {"tenant_id": tenant_id, "subject": county, "period": period, "name": name, "limit": limit}
    return r.all(IndexRow, "index_rows", "region_of_entities", params)
