"""What other weights would make of indices (权重试算): computed from the stored inputs, shown and never stored."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from alerts.indices.formula_files import CURRENT, Formula, formula
from alerts.indices.outcomes import outcome
from alerts.indices.periods import is_evaluation
from models.base.errors import Invalid, NotFound
from models.catalogue.index_terms import IndexBand, IndexKind
from models.domain.indices import Snapshot
from models.store import indices
from models.store.connect import Read

MOST = 20_000
"""Indices that one preview computes; a province asks for its counties one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One subject before and after: score and band, and its place by score among those compared."""

    subject_id: str
    name: str
    region_code: str
    score: Decimal | None
    band: IndexBand
    place: int | None
    new_score: Decimal | None
    new_band: IndexBand
    new_place: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """A preview: the formula with the weights tried, all subjects by their new place, and bands before and after."""

    used: Formula
    rows: tuple[Compared, ...]
    before: Mapping[IndexBand, int]
    after: Mapping[IndexBand, int]
    moved: int


def reweighted(used: Formula, weights: Mapping[str, int]) -> Formula:
    """Return a formula with other weights of some indicators; 0 leaves one out.

    The sum stays: `enough` and the bands are shares of it.

    Raises:
        Invalid: an indicator is unknown, a weight is negative, or the sum is another one.
    """
    known = {one.name: one.weight for one in used.indicators}
    if unknown := set(weights) - set(known):
        raise Invalid(f"weights: {min(unknown)!r} is no indicator of {used.version}; expected {', '.join(known)}")
    if wrong := [name for name, weight in weights.items() if weight < 0]:
        raise Invalid(f"weights: {wrong[0]!r} is negative")
    new, wanted = known | dict(weights), sum(known.values())
    if sum(new.values()) != wanted:
        raise Invalid(f"权重合计应为 {wanted} 分 weights: all together {sum(new.values())}, expected {wanted}")
    return replace(used, indicators=tuple(replace(one, weight=new[one.name]) for one in used.indicators))


def what_if(r: Read, kind: IndexKind, period: str, weights: Mapping[str, int]) -> WhatIf:
    """Compute the indices of a period that the reader sees again with other weights.

    Each is computed with the formula that it was stored with, so a period whose formula has changed since keeps it.

    Raises:
        NotFound: no index of the period that the caller may see.
        Invalid: as `reweighted`; the period is an evaluation, which has no weights of its own; or there are more than
            `MOST` indices.
    """
    if is_evaluation(period) and kind is not IndexKind.cadre:
        raise Invalid(f"period {period}: the mean of its months has no weights; ask for a month")
    found = indices.board(r, kind, period, limit=MOST + 1)
    if not found:
        raise NotFound(f"no {kind} indices of {period}")
    if len(found) > MOST:
        raise Invalid(f"more than {MOST} indices: ask as somebody who sees a part of the region")
    tried = {version: reweighted(formula(version), weights) for version in {one.formula for one in found}}
    return compared(tried.get(CURRENT[kind]) or next(iter(tried.values())), found, tried)


def compared(used: Formula, found: Sequence[Snapshot], tried: Mapping[str, Formula]) -> WhatIf:
    """Return indices beside what the formulas `tried`, by version, make of their inputs."""
    new = [outcome(tried[one.formula], one.inputs) for one in found]
    old_places = _places([one.score for one in found])
    new_places = _places([one.score for one in new])
    rows = [
        Compared(
            subject_id=one.subject_id,
            name=one.name,
            region_code=one.region_code,
            score=one.score,
            band=one.band,
            place=old_place,
            new_score=after.score,
            new_band=after.band,
            new_place=new_place,
        )
        for one, after, old_place, new_place in zip(found, new, old_places, new_places, strict=True)
    ]
    return WhatIf(
        used=used,
        rows=tuple(sorted(rows, key=lambda one: (one.new_place is None, one.new_place or 0, one.place or 0))),
        before=Counter(one.band for one in found),
        after=Counter(one.band for one in new),
        moved=sum(one.place != one.new_place for one in rows),
    )


def _places(scores: Sequence[Decimal | None]) -> list[int | None]:
    """Return the place of each score, 1 for the best; equal ones share a place, without a score there is none."""
    first: dict[Decimal, int] = {}
    for place, score in enumerate(sorted((one for one in scores if one is not None), reverse=True), 1):
        first.setdefault(score, place)
    return [None if score is None else first[score] for score in scores]
