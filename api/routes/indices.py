"""The duty index (履责指数): the board of a month, and one index with every number behind it."""

from decimal import Decimal, InvalidOperation
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from alerts.indices.cadres import sign_off_year
from alerts.indices.drill import behind
from alerts.indices.evaluations import sign_off_evaluation
from alerts.indices.formula_files import formula
from alerts.indices.reading import is_one_of_the_last, lines_of, place_of
from alerts.indices.what_if import what_if
from api.access.principal import Anybody, Reviewer, Stepper
from api.requests import AppState, Cursor, IdempotencyKey, Limit, Reading, creating, decode_cursor, page_of
from api.schemas.common import Page
from api.schemas.indices import (
    BandOut,
    CapOut,
    ComparedOut,
    IndexOut,
    IndexRowOut,
    IndexRowsOut,
    IndicatorOut,
    QuarterOut,
    SignedOffOut,
    SignOffIn,
    WhatIfIn,
    WhatIfOut,
)
from models.base.errors import Invalid, NotFound
from models.catalogue.index_terms import IndexBand, IndexKind
from models.catalogue.terms import Role, label
from models.domain.indices import Ranked, Snapshot
from models.store import Write, indices

router = APIRouter(prefix="/v1", tags=["duties"])
SHOWN = 200
"""Rows of a preview."""
Month = Annotated[
    str,
    Query(
        pattern="^20[2-9][0-9](-(0[1-9]|1[0-2]|W[0-5][0-9]|Q[1-4]))?$",
        description="2026-11; of regions also 2026-W48, 2026-Q4 and 2026; of cadres 2026",
    ),
]


@router.get("/indices", name="indices")
def list_indices(
    r: Reading,
    principal: Anybody,
    month: Month,
    cursor: Cursor = None,
    limit: Limit = 50,
    kind: IndexKind = IndexKind.entity,
) -> Page[IndexOut]:
    """List the indices of a month, the best first: the newest frozen version of each, or its draft."""
    rows = indices.board(r, kind, month, after=_after(cursor), limit=limit + 1)
    ranked = principal.role is not Role.enterprise

    def out(row: Ranked) -> IndexOut:
        return index_out(row, place=row.place if ranked else None)

    return page_of(rows, limit=limit, out=out, cursor=_mark)


@router.get("/indices/{index_id}/rows", name="index_rows")
def rows_behind(
    r: Reading,
    _: Stepper,
    index_id: UUID,
    indicator: Annotated[str, Query(max_length=40, description="name of an indicator or of a limiting fact")],
    quarter: Annotated[str, Query(pattern="^(q[1-4])?$", description="of a cadre's year")] = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> IndexRowsOut:
    """List the rows behind a number of an index as they stand now. They name people, so platforms see none."""
    one = indices.snapshot(r, index_id)
    if one is None:
        raise NotFound(f"no index {index_id}")
    found = behind(r, one, indicator, quarter=quarter)
    start = _number(cursor)
    shown = list(enumerate(found.rows[start : start + limit + 1], start + 1))
    page = page_of(shown, limit=limit, out=lambda row: IndexRowOut.model_validate(row[1]), cursor=lambda row: row[0])
    return IndexRowsOut(
        data=page.data,
        next_cursor=page.next_cursor,
        has_more=page.has_more,
        label=found.label,
        k=found.k,
        n=found.n,
        k_now=found.k_now,
        n_now=found.n_now,
        cut_off=found.more,
    )


@router.post("/indices/what-if", name="what_if", summary="Try other weights")
def try_weights(r: Reading, _: Reviewer, body: WhatIfIn) -> WhatIfOut:
    """Compute the indices of a period again with other weights, from their stored inputs. Nothing is stored."""
    found = what_if(r, body.kind, body.month, body.weights)
    return WhatIfOut(
        formula=found.used.version,
        weights={one.name: one.weight for one in found.used.indicators},
        compared=len(found.rows),
        moved=found.moved,
        bands=[
            BandOut(
                band=band,
                label=found.used.band_label(band),
                before=found.before.get(band, 0),
                after=found.after.get(band, 0),
            )
            for band in IndexBand
            if band in found.before or band in found.after
        ],
        rows=[
            ComparedOut(
                subject_id=one.subject_id,
                name=one.name,
                region_code=one.region_code,
                score=None if one.score is None else str(one.score),
                band=one.band,
                place=one.place,
                new_score=None if one.new_score is None else str(one.new_score),
                new_band=one.new_band,
                new_band_label=found.used.band_label(one.new_band),
                new_place=one.new_place,
            )
            for one in found.rows[:SHOWN]
        ],
    )


@router.get("/indices/{index_id}", name="index")
def one_index(r: Reading, _: Anybody, index_id: UUID) -> IndexOut:
    """Return one index."""
    found = indices.snapshot(r, index_id)
    if found is None:
        raise NotFound(f"no index {index_id}")
    return index_out(found, place=None)


@router.post("/indices/cadres/{year}/sign-off", response_model=SignedOffOut, name="sign_off_cadre_year")
def sign_off(
    request: Request,
    app: AppState,
    principal: Reviewer,
    year: Annotated[str, Path(pattern="^20[2-9][0-9]$")],
    body: SignOffIn,
    key: IdempotencyKey = None,
) -> Response:
    """Freeze the yearly indices of the cadres of your region. Somebody else than who computed them signs them off."""

    def act(w: Write) -> SignedOffOut:
        count = sign_off_year(
            w,
            principal.tenant,
            year,
            name=body.name,
            opinion=body.opinion,
            by=principal.actor,
            at=app.clock.now(),
        )
        return SignedOffOut(year=year, frozen=count)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/indices/regions/{period}/sign-off", response_model=SignedOffOut, name="sign_off_evaluation")
def sign_off_regions(
    request: Request,
    app: AppState,
    principal: Reviewer,
    period: Annotated[str, Path(pattern="^20[2-9][0-9](-Q[1-4])?$")],
    body: SignOffIn,
    key: IdempotencyKey = None,
) -> Response:
    """Sign off the evaluations of the counties below you for a quarter (2026-Q4) or a year (2026)."""

    def act(w: Write) -> SignedOffOut:
        count = sign_off_evaluation(
            w,
            principal.tenant,
            period,
            name=body.name,
            opinion=body.opinion,
            region=principal.region or "",
            by=principal.actor,
            at=app.clock.now(),
        )
        return SignedOffOut(year=period, frozen=count)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


def index_out(row: Snapshot, *, place: int | None) -> IndexOut:
    """Return an index in the form the API shows."""
    used = formula(row.formula)
    return IndexOut(
        id=row.id,
        kind=row.kind,
        subject_id=row.subject_id,
        name=row.name,
        region_code=row.region_code,
        period=row.period,
        version=row.version,
        state=row.state,
        state_label=label(row.state),
        formula=row.formula,
        standard=used.standard,
        score=None if row.score is None else str(row.score),
        band=row.band,
        band_label=used.band_label(row.band),
        available=row.result["available"],
        place=place_of(row) if row.kind is IndexKind.region else place,
        last=is_one_of_the_last(row),
        quarters=[
            QuarterOut(quarter=name, score=one["score"]) for name, one in sorted(row.result.get("quarters", {}).items())
        ],
        indicators=[
            IndicatorOut(
                quarter=line.quarter,
                name=line.indicator.name,
                label=line.indicator.label,
                numerator=line.indicator.numerator,
                denominator=line.indicator.denominator,
                weight=line.indicator.weight,
                k=line.k,
                n=line.n,
                value=line.value,
                mean=line.mean,
                times=line.indicator.times,
                times_k=line.times_k,
                times_n=line.times_n,
            )
            for line in lines_of(row)
        ],
        caps=[
            CapOut(fact=cap.fact, label=cap.label, at_most=str(cap.at_most))
            for cap in used.caps
            if cap.fact in row.result["caps"]
        ],
        median=row.inputs.get("median"),
        digest=row.digest,
        reason=row.reason,
        computed_by=row.computed_by,
        computed_at=row.computed_at,
        frozen_by=row.frozen_by,
        frozen_at=row.frozen_at,
        signed_name=row.signed_name,
        opinion=row.opinion,
    )


def _number(cursor: str | None) -> int:
    text = decode_cursor(cursor) or "0"
    if not (text.isascii() and text.isdigit() and len(text) <= 6):  # noqa: PLR2004 - below a million
        raise Invalid("cursor: expected the `next_cursor` of the previous page")
    return int(text)


def _mark(row: Ranked) -> str:
    return f"{-1 if row.score is None else row.score}|{row.id}"


def _after(cursor: str | None) -> tuple[Decimal, UUID] | None:
    text = decode_cursor(cursor)
    if text is None:
        return None
    score, _, last = text.partition("|")
    try:
        found = Decimal(score), UUID(last)
    except (InvalidOperation, ValueError):
        raise Invalid("cursor: expected the `next_cursor` of the previous page") from None
    if not found[0].is_finite() or not -1 <= found[0] <= 100:  # noqa: PLR2004 - the range of an index
        raise Invalid("cursor: expected the `next_cursor` of the previous page")
    return found
