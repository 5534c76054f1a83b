"""The duty index (履责指数)."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from api.schemas.common import In, Out, Page, no_nul
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
    times: Annotated[str, Field(description="a count whose ratio this one's is multiplied with; empty: none")]
    times_k: int | None
    times_n: int | None


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


class WhatIfIn(In):
    """Try other weights on the indices of a period; indicators that are left out keep theirs. The sum stays."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"month": "2026-10", "weights": {"rectified": 25, "online": 5}}},
    )

    month: Annotated[
        str,
        Field(
            pattern="^20[2-9][0-9](-(0[1-9]|1[0-2]|W[0-5][0-9]))?$",
            description="2026-11; of regions also 2026-W48; of cadres 2026",
        ),
    ]
    kind: IndexKind = IndexKind.entity
    weights: Annotated[
        dict[Annotated[str, Field(max_length=40)], Annotated[int, Field(ge=0, le=1000)]], Field(max_length=50)
    ]


class ComparedOut(Out):
    """One subject before and after; places are by score among those that were compared."""

    subject_id: str
    name: str
    region_code: str
    score: Annotated[str | None, Field(description="0–100 with two decimals; null: too little is known")]
    band: IndexBand
    place: int | None
    new_score: str | None
    new_band: IndexBand
    new_band_label: str
    new_place: int | None


class BandOut(Out):
    """How many subjects have a band before and after."""

    band: IndexBand
    label: str
    before: int
    after: int


class WhatIfOut(Out):
    """What other weights would make of a period. Nothing of it is stored."""

    formula: Annotated[str, Field(description="the newest formula among those that the indices were stored with")]
    weights: dict[str, int]
    compared: int
    moved: Annotated[int, Field(description="how many would have another place")]
    bands: list[BandOut]
    rows: Annotated[list[ComparedOut], Field(description="the best 200 by their new place")]


class IndexRowOut(Out):
    """One row behind a number: it adds k and n to it."""

    about: Annotated[
        str,
        Field(
            description="what `id` names: task, record, report, site, camera, post, person, supervision, training, "
            "help, lead, entity"
        ),
    ]
    id: str
    entity_id: UUID | None
    at: datetime
    k: int
    n: int
    note: str


class IndexRowsOut(Page[IndexRowOut]):
    """The rows behind a number as they stand now, in the order of their time, with their sums."""

    label: str
    k: Annotated[int | None, Field(description="as the index stored it")]
    n: int | None
    k_now: Annotated[int, Field(description="the sum of all rows; another than `k` where something has changed since")]
    n_now: int
    cut_off: Annotated[
        bool, Field(description="there are more than 20,000 rows; the rest is neither listed nor summed")
    ]
