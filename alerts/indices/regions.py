"""The index of counties for a month or week: the sums of their enterprises and cadres, compared within a city."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from alerts.duties.scene_packs import connecting_kinds
from alerts.indices.computing import CITY, Computed, formula_for, store
from alerts.indices.formula import Count, Inputs, sum_of
from alerts.indices.formula_files import Formula
from alerts.indices.outcomes import outcome
from alerts.indices.periods import period_of
from alerts.indices.ranking import places
from models.catalogue.index_terms import IndexKind
from models.domain.access import Actor
from models.domain.indices import Period, Subject
from models.store import indices
from models.store.connect import Read, Write

COUNTY = 6
"""Digits of the region code that name a county."""
_SUMMED = ("rectified", "acknowledged", "online")
OF_ENTITIES = frozenset({*_SUMMED, "posts"})
"""Indicators of a county that are counted at its enterprises."""


def compute_regions(w: Write, tenant_id: str, name: str, *, by: Actor, at: datetime, correcting: str = "") -> Computed:
    """Compute the indices of a tenant's counties for a month (`2026-11`) or a week (`2026-W48`).

    Raises:
        Invalid: it is no such period, it has not begun, or the reason is too long.
        Conflict: the period is frozen, and `correcting` is empty.
    """
    period = period_of(name, at=at)
    w.work_by_night()
    indices.lock_period(w, tenant_id, IndexKind.region, name)
    used = formula_for(w, tenant_id, IndexKind.region, name)
    found = _ranked(used, _inputs(w, used, tenant_id, period))
    return store(w, tenant_id, name, used, found, by, at, correcting)


def _inputs(r: Read, used: Formula, tenant_id: str, period: Period) -> list[tuple[Subject, Inputs]]:
    counted = _counted(r, tenant_id, period)
    subjects = indices.regions(r, tenant_id, end=period.end)
    found = []
    for one in subjects:
        city = [other.id for other in subjects if other.id[:CITY] == one.id[:CITY]]
        names = used.counted
        inputs = Inputs(
            counts={name: counted[name][one.id] for name in names if one.id in counted[name]},
            means={name: sum_of(counted[name][each] for each in city if each in counted[name]) for name in names},
            median=None,
            facts={},
        )
        found.append((one, inputs))
    return found


def _counted(r: Read, tenant_id: str, period: Period) -> dict[str, dict[str, Count]]:
    """Return the counts of each indicator by county."""
    entities = {one.id: one.region_code[:COUNTY] for one in indices.entities(r, tenant_id, end=period.end)}
    found = {}
    for name in _SUMMED:
        rows = indices.counts(r, IndexKind.entity, name, tenant_id, period)
        found[name] = _by_county(entities, {key: Count(k=one.k, n=one.n) for key, one in rows.items()})
    posts = indices.counts(r, IndexKind.entity, "posts", tenant_id, period)
    found["posts"] = _by_county(entities, {key: Count(k=int(one.k == one.n), n=1) for key, one in posts.items()})
    for name in indices.COUNTS[IndexKind.region]:
        rows = indices.counts(r, IndexKind.region, name, tenant_id, period, kinds=connecting_kinds())
        found[name] = {key: Count(k=one.k, n=one.n) for key, one in rows.items()}
    return found


def _by_county(entities: Mapping[str, str], counts: Mapping[str, Count]) -> dict[str, Count]:
    found: dict[str, list[Count]] = defaultdict(list)
    for key, one in counts.items():
        if key in entities:
            found[entities[key]].append(one)
    return {county: sum_of(rows) for county, rows in found.items()}


def _ranked(used: Formula, found: Iterable[tuple[Subject, Inputs]]) -> Iterator[tuple[Subject, dict[str, Any]]]:
    """Yield the inputs with the place among the ranked counties of the city, which is a fact of its own."""
    cities: dict[str, list[tuple[Subject, Inputs]]] = defaultdict(list)
    for one, inputs in found:
        cities[one.id[:CITY]].append((one, inputs))
    for city in cities.values():
        ranked = places({one.id: outcome(used, inputs.as_json()).result for one, inputs in city})
        for one, inputs in city:
            facts = {"place": ranked[one.id], "of": len(ranked)} if one.id in ranked else {}
            yield one, replace(inputs, facts=facts).as_json()
