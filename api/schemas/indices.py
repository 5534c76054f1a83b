"""The duty index (履责指数)."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from api.schemas.common import In, Out, no_nul
from models.catalogue.index_terms import IndexBand, IndexKind, IndexState


class IndicatorOut(Out):
    """One indicator of an index with the numbers that it was computed of."""

    quarter: Annotated[str, Field(description="q1 … q4 for a cadre's year; else empty")]
    name: str
    label: str
    numerator: Annotated[str, Field(description="what k counts, in Chinese")]
    denominator: Annotated[str, Field(description="what n counts, in Chinese")]
    weight: int
    k: int | None
    n: Annotated[int | None, Field(description="null: nothing is known, and the weight does not count")]
    value: Annotated[str | None, Field(description="0–100 with four decimals, after shrinking")]
    mean: Annotated[str | None, Field(description="percent of all that are compared, with one decimal")]


class CapOut(Out):
    """A fact that limited the index."""

    fact: str
    label: str
    at_most: str


class QuarterOut(Out):
    """The index of one quarter of a cadre's year."""

    quarter: str
    score: str | None


class SignOffIn(In):
    """The sign-off of a year: who answers for it, and what they say."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"name": "张主任", "opinion": "同意"}})

    name: Annotated[str, Field(min_length=1, max_length=50), AfterValidator(no_nul)]
    opinion: Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(no_nul)]


class SignedOffOut(Out):
    """How many indices were frozen."""

    year: Annotated[str, Field(description="the period: 2026, or 2026-Q4 of regions")]
    frozen: int


class IndexOut(Out):
    """The index of one subject for one period."""

    id: UUID
    kind: IndexKind
    subject_id: str
    name: str
    region_code: str
    period: str
    version: int
    state: IndexState
    state_label: str
    formula: str
    standard: Annotated[str, Field(description="id of the standard that the formula follows, or `design`")]
    score: Annotated[str | None, Field(description="0–100 with two decimals; null: too little is known")]
    band: IndexBand
    band_label: str
    available: Annotated[int, Field(description="weight of the indicators that have a value")]
    place: Annotated[int | None, Field(description="place among those that you see; of a region: in its city")]
    last: Annotated[bool, Field(description="a region that is one of the last three of its city")]
    quarters: Annotated[list[QuarterOut], Field(description="of a cadre's year; else empty")]
    indicators: list[IndicatorOut]
    caps: list[CapOut]
    median: Annotated[str | None, Field(description="median of violation points in 100 camera hours")]
    digest: Annotated[str, Field(description="SHA-256 of formula, inputs and result")]
    reason: str
    computed_by: str
    computed_at: datetime
    frozen_by: str | None
    frozen_at: datetime | None
    signed_name: str
    opinion: str
