"""The index of cadres for a year (年度履责绩效综合评价): computed by quarters, signed off by somebody else."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from alerts.indices.computing import Computed, formula_for, store
from alerts.indices.formula import Count, Inputs
from alerts.indices.formula_files import Formula
from alerts.indices.outcomes import year_inputs
from alerts.indices.periods import quarters_of, year_of
from alerts.indices.signing import check_words
from models.base.errors import Invalid, NotAllowed
from models.catalogue.index_terms import IndexKind, IndexState
from models.domain.access import Actor
from models.domain.indices import Subject
from models.store import indices
from models.store.connect import Read, Write


def compute_year(w: Write, tenant_id: str, year: str, *, by: Actor, at: datetime, correcting: str = "") -> Computed:
    """Compute the indices of the cadres who had visits due in a year, as far as it is over.

    Raises:
        Invalid: it is no year, or it has not begun.
        Conflict: the year is frozen, and `correcting` is empty.
    """
    w.work_by_night()
    indices.lock_period(w, tenant_id, IndexKind.cadre, year)
    used = formula_for(w, tenant_id, IndexKind.cadre, year)
    return store(w, tenant_id, year, used, _inputs(w, used, tenant_id, year, at), by, at, correcting)


def sign_off_year(w: Write, tenant_id: str, year: str, *, name: str, opinion: str, by: Actor, at: datetime) -> int:
    """Freeze the drafts of a year that the caller sees, with the name and opinion of who answers; return how many.

    Raises:
        NotAllowed: the role may not, or the caller computed one of them.
        Invalid: the year is not over, a draft was computed before it was, there is none, or a text is missing.
    """
    check_words(name, opinion, by=by)
    period = year_of(year, at=at)
    if period.end == at:
        raise Invalid(f"year {year}: it is not over")
    indices.lock_period(w, tenant_id, IndexKind.cadre, year)
    drafts = [one for one in indices.snapshots_of(w, tenant_id, IndexKind.cadre, year) if one.state is IndexState.draft]
    if not drafts:
        raise Invalid(f"year {year}: nothing to sign off; compute it first")
    if any(one.computed_by == by.name for one in drafts):
        raise NotAllowed("somebody else than who computed the indices signs them off")
    if any(one.computed_at < period.end for one in drafts):
        raise Invalid(f"year {year}: computed before it was over; compute it again")
    texts = {"name": name.strip(), "opinion": opinion.strip()}
    return indices.freeze(w, tenant_id, IndexKind.cadre, year, by=by.name, at=at, **texts)


def _inputs(
    r: Read, used: Formula, tenant_id: str, year: str, at: datetime
) -> Iterator[tuple[Subject, dict[str, Any]]]:
    whole = year_of(year, at=at)
    late = indices.counts(r, IndexKind.cadre, "late_15", tenant_id, whole)
    names = [one.name for one in used.indicators]
    counted = {
        quarter: {name: indices.counts(r, IndexKind.cadre, name, tenant_id, period) for name in names}
        for quarter, period in quarters_of(year, at=at).items()
    }
    for one in indices.cadres(r, tenant_id, begin=whole.begin, end=whole.end):
        quarters = {
            quarter: Inputs(
                counts={
                    name: Count(k=rows[one.id].k, n=rows[one.id].n) for name, rows in found.items() if one.id in rows
                },
                means={},
                median=None,
                facts={},
            )
            for quarter, found in counted.items()
        }
        yield one, year_inputs(quarters, {"late_15": late[one.id].k} if one.id in late else {})
