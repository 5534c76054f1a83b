"""Storage of the duty index (履责指数): the facts that it counts, and its snapshots."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from models.catalogue.index_terms import IndexKind
from models.catalogue.supervision_terms import BusinessKind
from models.domain.indices import Counted, Period, Ranked, Snapshot, Subject
from models.domain.ledger import reason_number
from models.store.connect import Read, Write

_BATCH = 1000
_Count = Callable[[Read, Mapping[str, Any]], list[Counted]]
_ENTITY: dict[str, _Count] = {
    "day": lambda r, params: r.all(Counted, "indices", "day", params),
    "week": lambda r, params: r.all(Counted, "indices", "week", params),
    "month": lambda r, params: r.all(Counted, "indices", "month", params),
    "acknowledged": lambda r, params: r.all(Counted, "indices", "acknowledged", params),
    "rectified": lambda r, params: r.all(Counted, "indices", "rectified", params),
    "first_pass": lambda r, params: r.all(Counted, "indices", "first_pass", params),
    "online": lambda r, params: r.all(Counted, "indices", "online", params),
    "intensity": lambda r, params: r.all(Counted, "indices", "intensity", params),
    "posts": lambda r, params: r.all(Counted, "indices", "posts", params),
    "trained": lambda r, params: r.all(Counted, "indices", "trained", params),
    "critical_overdue": lambda r, params: r.all(Counted, "indices", "critical_overdue", params),
}
_CADRE: dict[str, _Count] = {
    "done": lambda r, params: r.all(Counted, "indices", "cadre_done", params),
    "quality": lambda r, params: r.all(Counted, "indices", "cadre_quality", params),
    "closed": lambda r, params: r.all(Counted, "indices", "cadre_closed", params),
    "trained": lambda r, params: r.all(Counted, "indices", "cadre_trained", params),
    "helped": lambda r, params: r.all(Counted, "indices", "cadre_helped", params),
    "late_15": lambda r, params: r.all(Counted, "indices", "cadre_late", params),
}
_REGION: dict[str, _Count] = {
    "supervised": lambda r, params: r.all(Counted, "indices", "region_supervised", params),
    "supervised_well": lambda r, params: r.all(Counted, "indices", "region_supervised_well", params),
    "leads": lambda r, params: r.all(Counted, "indices", "region_leads", params),
    "lookbacks": lambda r, params: r.all(Counted, "indices", "region_lookbacks", params),
    "pledged": lambda r, params: r.all(Counted, "indices", "region_pledged", params),
    "connected": lambda r, params: r.all(Counted, "indices", "region_connected", params),
}
_COUNTS = {IndexKind.entity: _ENTITY, IndexKind.cadre: _CADRE, IndexKind.region: _REGION}
COUNTS = {kind: frozenset(counts) for kind, counts in _COUNTS.items()}
"""The indicators and facts that can be counted, by the kind of index; those of regions beside their enterprises'."""


def tenants(r: Read) -> list[str]:
    """Return the tenants with enterprises."""
    return [str(tenant) for (tenant,) in r.tuples("indices", "tenants")]


def entities(r: Read, tenant_id: str, *, end: datetime) -> list[Subject]:
    """Return the enterprises of a tenant that have an index."""
    return r.all(Subject, "indices", "entities", {"tenant_id": tenant_id, "end": end})


def cadres(r: Read, tenant_id: str, *, begin: datetime, end: datetime) -> list[Subject]:
    """Return the cadres of a tenant who had visits due in a period."""
    return r.all(Subject, "indices", "cadres", {"tenant_id": tenant_id, "begin": begin, "end": end})


def regions(r: Read, tenant_id: str, *, end: datetime) -> list[Subject]:
    """Return the counties with enterprises that have an index."""
    return r.all(Subject, "indices", "regions", {"tenant_id": tenant_id, "end": end})


def counts(
    r: Read,
    kind: IndexKind,
    name: str,
    tenant_id: str,
    period: Period,
    *,
    points: Mapping[str, int] = MappingProxyType({}),
    kinds: Sequence[BusinessKind] = (),
) -> dict[str, Counted]:
    """Count one indicator over all subjects of a tenant.

    `points` are the points of a violation by severity, `kinds` the lines of business that should be connected.
    """
    params = {**asdict(period), **points, "tenant_id": tenant_id, "platform": reason_number("platform")}
    params["kinds"] = list(kinds)
    return {one.id: one for one in _COUNTS[kind][name](r, params)}


def frozen_formula(r: Read, tenant_id: str, kind: IndexKind, period: str) -> str | None:
    """Return the formula of the indices of a period that were frozen last; None if none is."""
    params = {"tenant_id": tenant_id, "kind": kind, "period": period}
    found: str | None = r.value("indices", "frozen_formula", params)
    return found


def lock_period(w: Write, tenant_id: str, kind: IndexKind, period: str) -> None:
    """Wait until no other transaction changes the indices of a period; hold it until the end of this one."""
    w.value("indices", "lock_period", {"tenant_id": tenant_id, "kind": kind, "period": period})


def snapshots_of(r: Read, tenant_id: str, kind: IndexKind, period: str) -> Iterator[Snapshot]:
    """Yield all versions of the indices of a period by subject and version, loaded in batches."""
    after, version = "", 0
    while True:
        params = {"tenant_id": tenant_id, "kind": kind, "period": period, "after": after, "version": version}
        found = r.all(Snapshot, "indices", "snapshots_of_period", {**params, "limit": _BATCH})
        yield from found
        if len(found) < _BATCH:
            return
        after, version = found[-1].subject_id, found[-1].version


def store_drafts(w: Write, drafts: Iterable[Snapshot]) -> None:
    """Store drafts; one that exists gets the new inputs and result, and keeps its id."""
    rows = [{**asdict(one), "score": None if one.score is None else str(one.score)} for one in drafts]
    for begin in range(0, len(rows), _BATCH):
        w.run("indices", "store_snapshots", {"rows": Jsonb(rows[begin : begin + _BATCH])})


def drop_drafts(w: Write, tenant_id: str, kind: IndexKind, period: str, *, kept: Iterable[str]) -> int:
    """Delete the drafts of a period except those of some subjects; return how many there were."""
    params = {"tenant_id": tenant_id, "kind": kind, "period": period, "kept": list(kept)}
    return w.run("indices", "drop_drafts", params)


def freeze(
    w: Write, tenant_id: str, kind: IndexKind, period: str, *, by: str, at: datetime, name: str = "", opinion: str = ""
) -> int:
    """Freeze the drafts of a period; return how many there were."""
    params = {"tenant_id": tenant_id, "kind": kind, "period": period, "by": by, "at": at}
    return w.run("indices", "freeze", {**params, "name": name, "opinion": opinion})


def board(
    r: Read, kind: IndexKind, period: str, *, after: tuple[Decimal, UUID] | None = None, limit: int
) -> list[Ranked]:
    """Return the indices that count, the best first; `after` is score (-1 without one) and id of the last one known."""
    score, last = after or (None, None)
    params = {"kind": kind, "period": period, "after_score": score, "after_id": last, "limit": limit}
    return r.all(Ranked, "indices", "board", params)


def newest_period(r: Read, kind: IndexKind, *, last: str) -> str | None:
    """Return the newest period up to `last` in which an index was computed that the caller sees; None without one."""
    found: str | None = r.value("indices", "newest_period", {"kind": kind, "last": last})
    return found


def snapshot(r: Read, snapshot_id: UUID) -> Snapshot | None:
    """Return one index."""
    return r.one(Snapshot, "indices", "snapshot", {"id": snapshot_id})
