"""The duty index (履责指数): the board of a month, and one index with every number behind it."""

from decimal import Decimal, InvalidOperation
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from alerts.indices.cadres import sign_off_year
from alerts.indices.formula_files import formula
from alerts.indices.reading import is_one_of_the_last, lines_of, place_of
from api.access.principal import Anybody, Reviewer
from api.requests import AppState, Cursor, IdempotencyKey, Limit, Reading, creating, decode_cursor, page_of
from api.schemas.common import Page
from api.schemas.indices import CapOut, IndexOut, IndicatorOut, QuarterOut, SignedOffOut, SignOffIn
from models.base.errors import Invalid, NotFound
from models.catalogue.index_terms import IndexKind
from models.catalogue.terms import Role, label
from models.domain.indices import Ranked, Snapshot
from models.store import Write, indices

router = APIRouter(prefix="/v1", tags=["duties"])
Month = Annotated[
    str,
    Query(
        pattern="^20[2-9][0-9](-(0[1-9]|1[0-2]|W[0-5][0-9]))?$",
        description="2026-11; 2026-W48 for a week of regions, 2026 for a year of cadres",
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
