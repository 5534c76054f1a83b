"""Scene packs, and meals of canteens."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.common import In, Out, Text
from models.catalogue.duty_terms import Indicator, Meal
from models.catalogue.supervision_terms import BusinessKind
from models.catalogue.terms import Zone

Words = Annotated[Text, Field(max_length=100)]


class SceneOut(Out):
    """What a scene needs; an enterprise's line of business (`kinds`) chooses it."""

    id: str
    version: int
    name: str
    kinds: list[BusinessKind]
    day: Annotated[str, Field(description="the form of the day record")]
    week: list[str]
    month: list[str]
    zones: list[Zone]
    rules: list[str]
    sensors: list[str]
    meals: list[Meal]
    accompanied: bool
    connects: Annotated[bool, Field(description="its enterprises are expected to connect: the denominator of 接入率")]
    indicators: list[Indicator]
    words: dict[str, str]


class IndicatorOut(Out):
    """One number of a scene: `k` of `n` over the last seven whole days, and what is missing.

    `elsewhere`: wanted rules that the platform does not have; analysing cameras and people find these, and they are not
    counted.
    """

    indicator: Indicator
    label: str
    k: int
    n: Annotated[int | None, Field(description="null: only the number counts")]
    lacking: list[str]
    elsewhere: list[str]


class EntitySceneOut(Out):
    """The scene of an enterprise with its indicators."""

    entity_id: UUID
    scene: SceneOut
    indicators: list[IndicatorOut]


class SupplyOut(Out):
    """Goods that went into a meal."""

    goods: str
    supplier: str
    batch: str
    voucher: str


class MealOut(Out):
    """A meal of a kitchen's day. Send `version` in `If-Match` to correct it."""

    id: UUID
    entity_id: UUID
    site_id: str
    day: date
    meal: Meal
    meal_label: str
    diners: int
    dishes: list[str]
    supplies: list[SupplyOut]
    sampled: bool
    companion: Annotated[str, Field(description="who of the management ate along; empty: nobody")]
    companion_words: str
    recorded_by: str
    recorded_at: datetime
    version: int


class SupplyIn(In):
    """Goods that went into a meal."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"goods": "大米", "supplier": "粮油公司", "batch": "2026-11", "voucher": "P-17"}},
    )

    goods: Annotated[Text, Field(min_length=1, max_length=100)]
    supplier: Words = ""
    batch: Words = ""
    voucher: Words = ""


class MealIn(In):
    """A meal: what was served to how many, out of which goods, and who ate along."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "site_id": "site-01",
                "day": "2026-11-30",
                "meal": "lunch",
                "diners": 820,
                "dishes": ["米饭", "番茄炒蛋"],
                "supplies": [{"goods": "大米", "supplier": "粮油公司", "voucher": "P-17"}],
                "sampled": True,
                "companion": "张校长",
            }
        },
    )

    site_id: Annotated[str, Field(max_length=64)]
    day: date
    meal: Meal
    diners: Annotated[int, Field(ge=0, le=100_000)]
    dishes: Annotated[list[Words], Field(min_length=1, max_length=60)]
    supplies: Annotated[list[SupplyIn], Field(max_length=100)] = Field(default_factory=list)
    sampled: bool
    companion: Annotated[Text, Field(max_length=50)] = ""
    companion_words: Annotated[Text, Field(max_length=500)] = ""
