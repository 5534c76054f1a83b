"""The rows behind a number of an index: what was counted, row by row, as it stands now."""

from collections.abc import Mapping
from dataclasses import dataclass

from alerts.duties.scene_packs import connecting_kinds
from alerts.indices.formula_files import formula
from alerts.indices.periods import is_evaluation, is_week, period_of, quarters_of, year_of
from alerts.indices.reading import lines_of
from alerts.indices.regions import COUNTY, OF_ENTITIES
from models.base.errors import Invalid
from models.catalogue.index_terms import IndexKind
from models.domain.indices import IndexRow, Period, Snapshot
from models.store import index_rows, indices
from models.store.connect import Read

MOST = 20_000
"""Rows behind one number; more are not shown, which `more` says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What is behind a number.

    Attributes:
        label: the indicator, or the fact that limits the index.
        k, n: as the index stored them; None if nothing was known.
        k_now, n_now: the sums of the rows, which differ where something has changed since.
        rows: in the order of their time.
    """

    label: str
    k: int | None
    n: int | None
    k_now: int
    n_now: int
    rows: tuple[IndexRow, ...]
    more: bool


def behind(r: Read, one: Snapshot, name: str, *, quarter: str = "") -> Behind:
    """Return the rows that an indicator of an index counts; `quarter` (`q1` … `q4`) is for a cadre's year.

    Raises:
        Invalid: the index has no such indicator or quarter, or is the mean of months, which have the rows.
    """
    if one.kind is IndexKind.region and is_evaluation(one.period):
        raise Invalid(f"period {one.period}: the mean of its months; ask for the rows of a month")
    label, k, n, points = _stored(one, name, quarter)
    found = _rows(r, one, name, quarter, points)
    rows = sorted(found[:MOST], key=lambda row: (row.at, row.about, row.id))
    return Behind(
        label=label,
        k=k,
        n=n,
        k_now=sum(row.k for row in rows),
        n_now=sum(row.n for row in rows),
        rows=tuple(rows),
        more=len(found) > MOST,
    )


def _stored(one: Snapshot, name: str, quarter: str) -> tuple[str, int | None, int | None, Mapping[str, int]]:
    """Return label, k and n of an indicator or a limiting fact, and the points of violations that it counts."""
    lines = lines_of(one)
    for line in lines:
        if (line.indicator.name, line.quarter) == (name, quarter):
            return line.indicator.label, line.k, line.n, line.indicator.points
        if (line.indicator.times, line.quarter) == (name, quarter):
            return line.indicator.times_label, line.times_k, line.times_n, {}
    facts = [cap for cap in formula(one.formula).caps if cap.fact in index_rows.ROWS[one.kind]]
    for cap in facts:
        if cap.fact == name and not quarter:
            fact = int(one.inputs["facts"].get(name, 0))
            return cap.label, fact, fact, {}
    known = [f"{line.quarter} {line.indicator.name}".strip() for line in lines] + [cap.fact for cap in facts]
    raise Invalid(f"indicator {quarter} {name!r}: expected one of {', '.join(known)}")


def _rows(r: Read, one: Snapshot, name: str, quarter: str, points: Mapping[str, int]) -> list[IndexRow]:
    if one.kind is IndexKind.region and name in OF_ENTITIES:
        return _of_entities(r, one, name)
    period = _period(one, quarter)
    rows = index_rows.rows(
        r,
        one.kind,
        name,
        tenant_id=one.tenant_id,
        subject=one.subject_id,
        period=period,
        points=points,
        kinds=connecting_kinds(),
        limit=MOST + 1,
    )
    if points and not any(row.n for row in rows):
        return []  # nothing was analysed, so there is no intensity
    return rows


def _period(one: Snapshot, quarter: str) -> Period:
    """Return the period as it was over when the index was computed."""
    at = one.computed_at
    if one.kind is IndexKind.cadre:
        return quarters_of(one.period, at=at)[quarter] if quarter else year_of(one.period, at=at)
    return period_of(one.period, at=at)


def _of_entities(r: Read, one: Snapshot, name: str) -> list[IndexRow]:
    """Return the enterprises of a county with what they count: of a month as their own indices stored it."""
    if not is_week(one.period):
        return index_rows.of_entities(
            r, name, tenant_id=one.tenant_id, county=one.subject_id, period=one.period, limit=MOST + 1
        )
    period = _period(one, "")
    known = {
        each.id: each
        for each in indices.entities(r, one.tenant_id, end=period.end)
        if each.region_code[:COUNTY] == one.subject_id
    }
    counted = indices.counts(r, IndexKind.entity, name, one.tenant_id, period)
    shown: Mapping[str, tuple[int, int]] = {
        key: (int(found.k == found.n), 1) if name == "posts" else (found.k, found.n)
        for key, found in counted.items()
        if key in known
    }
    rows = []
    for key, (k, n) in shown.items():
        of = known[key]
        rows.append(IndexRow(about="entity", id=key, entity_id=of.entity_id, at=period.end, k=k, n=n, note=of.name))
    return rows
