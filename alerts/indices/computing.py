"""Compute, freeze and recompute indices: count → evaluate → store as drafts; a frozen one is never changed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from alerts.indices.formula import Count, Inputs, first_difference, median_density, sum_of
from alerts.indices.formula_files import CURRENT, Formula, formula
from alerts.indices.outcomes import outcome
from alerts.indices.periods import check_over, month_of, period_of
from alerts.indices.reading import is_one_of_the_last
from models.base.errors import Conflict, Invalid
from models.base.ids import uuid7
from models.catalogue.index_terms import IndexKind, IndexState
from models.changes.indices import freeze_indices
from models.domain.access import Actor
from models.domain.indices import Counted, Period, Snapshot, Subject
from models.store import indices
from models.store.connect import Read, Write

LONGEST_REASON = 500
CITY = 4
"""Digits of the region code that name a city; means and medians are a city's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """How many indices a computation has, and how many of them are new or changed."""

    all: int
    changed: int


def compute_month(w: Write, tenant_id: str, month: str, *, by: Actor, at: datetime, correcting: str = "") -> Computed:
    """Compute the indices of a tenant's enterprises for a month; doing it again at the same moment changes nothing.

    Args:
        w: the transaction.
        tenant_id: the tenant.
        month: for example `2026-11`.
        by: who computes it.
        at: the moment until which facts count.
        correcting: why frozen indices are computed again: those that differ become drafts of a new version.

    Raises:
        Invalid: it is no month, it has not begun, or the reason is too long.
        Conflict: the month is frozen, and `correcting` is empty.
    """
    period = month_of(month, at=at)
    w.work_by_night()
    indices.lock_period(w, tenant_id, IndexKind.entity, month)
    used = formula_for(w, tenant_id, IndexKind.entity, month)
    subjects = indices.entities(w, tenant_id, end=period.end)
    return store(w, tenant_id, month, used, _inputs(w, used, tenant_id, subjects, period), by, at, correcting)


def formula_for(r: Read, tenant_id: str, kind: IndexKind, period: str) -> Formula:
    """Return the formula of a period; one that it was frozen with, so that a correction shows changed facts alone."""
    return formula(indices.frozen_formula(r, tenant_id, kind, period) or CURRENT[kind])


def store(
    w: Write,
    tenant_id: str,
    period: str,
    used: Formula,
    found: Iterable[tuple[Subject, Mapping[str, Any]]],
    by: Actor,
    at: datetime,
    correcting: str,
) -> Computed:
    """Store the indices of subjects, each with its inputs, as drafts.

    Raises:
        Invalid, Conflict: as `compute_month`.
    """
    if len(correcting) > LONGEST_REASON:
        raise Invalid(f"reason: expected at most {LONGEST_REASON} characters")
    frozen: dict[str, Snapshot] = {}
    drafts: dict[str, str] = {}
    for one in indices.snapshots_of(w, tenant_id, used.kind, period):
        if one.state is IndexState.frozen:
            frozen[one.subject_id] = one
        else:
            drafts[one.subject_id] = one.digest
    if frozen and not correcting.strip():
        raise Conflict(f"the indices of {period} are frozen; a correction needs a reason and becomes a new version")
    made = [_snapshot(used, tenant_id, period, one, inputs, by, at) for one, inputs in found]
    new = [_corrected(one, frozen.get(one.subject_id), correcting.strip()) for one in made]
    kept = [one for one in new if one is not None]
    indices.store_drafts(w, kept)
    gone = indices.drop_drafts(w, tenant_id, used.kind, period, kept=[one.subject_id for one in kept])
    changed = sum(drafts.get(one.subject_id) != one.digest for one in kept)
    return Computed(all=len(made), changed=changed + gone)


def freeze_month(
    w: Write, tenant_id: str, month: str, *, kind: IndexKind = IndexKind.entity, by: Actor, at: datetime
) -> int:
    """Freeze the drafts of a kind for a month, or of regions for a week, and announce regions; return how many.

    Raises:
        Invalid: the period is not over, or its drafts were computed before it was.
    """
    period = period_of(month, at=at)
    check_over(month, period, at=at)
    indices.lock_period(w, tenant_id, kind, month)
    last = set()
    for one in indices.snapshots_of(w, tenant_id, kind, month):
        if one.state is IndexState.draft:
            check_over(f"{month}, computed too early, compute it again", period, at=one.computed_at)
        if is_one_of_the_last(one):
            last.add(one.subject_id)
    return freeze_indices(w, tenant_id, kind, month, by=by.name, at=at, last=frozenset(last))


def differences(r: Read, tenant_id: str, kind: IndexKind, period: str) -> Iterator[str]:
    """Compute every stored index of a period again from its stored inputs; yield what differs, in order."""
    for one in indices.snapshots_of(r, tenant_id, kind, period):
        found = difference(one)
        if found is not None:
            yield f"{one.name} ({one.subject_id}), {one.period}, version {one.version}: {found}"


def difference(one: Snapshot) -> str | None:
    """Return the first difference between a stored index and one computed from its inputs; None if there is none."""
    again = outcome(formula(one.formula), one.inputs)
    return first_difference(
        {"band": one.band.value, "digest": one.digest, "result": one.result, "score": _text(one.score)},
        {
            "band": again.band.value,
            "digest": again.digest,
            "result": again.result,
            "score": _text(again.score),
        },
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _inputs(
    r: Read, used: Formula, tenant_id: str, subjects: Iterable[Subject], period: Period
) -> Iterator[tuple[Subject, dict[str, Any]]]:
    points = next(one.points for one in used.indicators if one.points)
    names = [one.name for one in used.indicators]
    facts = [one.fact for one in used.caps]
    counted = {name: indices.counts(r, used.kind, name, tenant_id, period, points=points) for name in [*names, *facts]}
    cities: dict[str, list[Subject]] = defaultdict(list)
    for one in subjects:
        cities[one.region_code[:CITY]].append(one)
    for _, city in sorted(cities.items()):
        means = {name: sum_of(_counts_of(counted[name], city)) for name in names}
        median = median_density(_counts_of(counted["intensity"], city))
        for one in city:
            yield (
                one,
                Inputs(
                    counts={name: _count(counted[name][one.id]) for name in names if one.id in counted[name]},
                    means=means,
                    median=median,
                    facts={name: counted[name][one.id].k for name in facts if one.id in counted[name]},
                ).as_json(),
            )


def _counts_of(counted: Mapping[str, Counted], subjects: Iterable[Subject]) -> list[Count]:
    return [_count(counted[one.id]) for one in subjects if one.id in counted]


def _count(one: Counted) -> Count:
    return Count(k=one.k, n=one.n)


def _snapshot(
    used: Formula, tenant_id: str, period: str, subject: Subject, inputs: Mapping[str, Any], by: Actor, at: datetime
) -> Snapshot:
    found = outcome(used, inputs)
    return Snapshot(
        id=uuid7(),
        tenant_id=tenant_id,
        kind=used.kind,
        subject_id=subject.id,
        entity_id=subject.entity_id,
        region_code=subject.region_code,
        name=subject.name,
        period=period,
        version=1,
        formula=used.version,
        state=IndexState.draft,
        inputs=dict(inputs),
        score=found.score,
        band=found.band,
        result=found.result,
        digest=found.digest,
        reason="",
        computed_by=by.name,
        computed_at=at,
    )


def _corrected(one: Snapshot, frozen: Snapshot | None, reason: str) -> Snapshot | None:
    """Return a draft as the version after the frozen one; None if it is equal to that."""
    if frozen is None:
        return one
    if frozen.digest == one.digest:
        return None
    return replace(one, version=frozen.version + 1, reason=reason)
