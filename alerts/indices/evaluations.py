"""Evaluations of regions for a quarter or a year: the mean of the frozen months, signed off by the level above.

The inputs are the scores and digests of the months, so that an evaluation is recomputed to the last digit, and shows
whether a month was corrected after it.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from alerts.indices.computing import CITY, Computed, formula_for, store
from alerts.indices.formula_files import Formula
from alerts.indices.outcomes import mean_inputs, outcome
from alerts.indices.periods import evaluated
from alerts.indices.ranking import places
from alerts.indices.regions import COUNTY
from alerts.indices.signing import check_words
from models.base.errors import Invalid, NotAllowed
from models.catalogue.index_terms import IndexKind, IndexState
from models.domain.access import Actor
from models.domain.indices import Snapshot, Subject
from models.store import indices
from models.store.connect import Read, Write


def compute_evaluation(
    w: Write, tenant_id: str, period: str, *, by: Actor, at: datetime, correcting: str = ""
) -> Computed:
    """Compute the evaluations of a tenant's counties for a quarter (`2026-Q4`) or a year (`2026`) as drafts.

    Raises:
        Invalid: it is neither, or it has not begun.
        Conflict: it is signed off, and `correcting` is empty.
    """
    months, _ = evaluated(period, at=at)
    indices.lock_period(w, tenant_id, IndexKind.region, period)
    used = formula_for(w, tenant_id, IndexKind.region, period)
    return store(w, tenant_id, period, used, _inputs(w, used, tenant_id, months), by, at, correcting)


def sign_off_evaluation(
    w: Write, tenant_id: str, period: str, *, name: str, opinion: str, region: str, by: Actor, at: datetime
) -> int:
    """Freeze the evaluations that the caller sees, with the name and opinion of who answers; return how many.

    `region` is the caller's; empty for the whole tenant. A county does not sign off its own.

    Raises:
        NotAllowed: the role may not, the caller is a county, or computed one of them.
        Invalid: the period is not over, its last month is not frozen, there is no draft, or a text is missing.
    """
    check_words(name, opinion, by=by)
    if len(region) >= COUNTY:
        raise NotAllowed("the evaluation of counties is signed off by the level above them")
    months, over = evaluated(period, at=at)
    if not over:
        raise Invalid(f"period {period}: it is not over")
    indices.lock_period(w, tenant_id, IndexKind.region, period)
    drafts = [
        one for one in indices.snapshots_of(w, tenant_id, IndexKind.region, period) if one.state is IndexState.draft
    ]
    if not drafts:
        raise Invalid(f"period {period}: nothing to sign off; compute it first")
    if any(one.computed_by == by.name for one in drafts):
        raise NotAllowed("somebody else than who computed the evaluations signs them off")
    for one in drafts:
        if months[-1] not in one.inputs["months"]:
            raise Invalid(f"{one.name}: {months[-1]} was not frozen when this was computed; compute it again")
    texts = {"name": name.strip(), "opinion": opinion.strip()}
    return indices.freeze(w, tenant_id, IndexKind.region, period, by=by.name, at=at, **texts)


def _inputs(r: Read, used: Formula, tenant_id: str, months: list[str]) -> Iterator[tuple[Subject, dict[str, Any]]]:
    frozen: dict[str, dict[str, Snapshot]] = defaultdict(dict)
    for month in months:
        for one in indices.snapshots_of(r, tenant_id, IndexKind.region, month):
            if one.state is IndexState.frozen:  # the last one is the newest version
                frozen[one.subject_id][month] = one
    plain = {county: mean_inputs(found, wanted=len(months), facts={}) for county, found in frozen.items()}
    cities = {county[:CITY] for county in frozen}
    for city in sorted(cities):
        counties = sorted(county for county in frozen if county[:CITY] == city)
        ranked = places({county: outcome(used, plain[county]).result for county in counties})
        for county in counties:
            newest = frozen[county][max(frozen[county])]
            subject = Subject(
                id=county, tenant_id=tenant_id, entity_id=None, region_code=newest.region_code, name=newest.name
            )
            facts = {"place": ranked[county], "of": len(ranked)} if county in ranked else {}
            yield subject, mean_inputs(frozen[county], wanted=len(months), facts=facts)
