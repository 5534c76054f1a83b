"""Storage of meals (餐次), and what the scene of an enterprise counts."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from models.catalogue.duty_terms import Meal
from models.domain.meals import MealRecord
from models.store.connect import Read, Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts over some days; `minutes` of `camera_days` whole days of cameras."""

    days: int
    minutes: int
    camera_days: int
    meals: int
    accompanied: int
    sampled: int
    supplies: int
    traced: int
    hazards: int


def meal_of(w: Write, *, site_id: str, day: date, meal: Meal) -> MealRecord | None:
    """Return one meal of a kitchen's day, locked; None if it is not recorded."""
    return w.one(MealRecord, "meals", "meal_of", {"site_id": site_id, "day": day, "meal": meal})


def meals(r: Read, *, site_id: str | None, day: date | None = None, limit: int) -> list[MealRecord]:
    """Return meals, the newest day first, of one kitchen or all, of one day or all."""
    return r.all(MealRecord, "meals", "meals", {"site_id": site_id, "day": day, "limit": limit})


def add_meal(w: Write, new: MealRecord) -> MealRecord | None:
    """Store a new meal; None if the day has it."""
    return w.one(MealRecord, "meals", "add_meal", _params(new))


def change_meal(w: Write, changed: MealRecord) -> MealRecord | None:
    """Store a correction; None if somebody else was faster."""
    return w.one(MealRecord, "meals", "change_meal", _params(changed))


def tally(r: Read, *, entity_id: UUID, first: date, last: date) -> Tally:
    """Return the counts of an enterprise over some days."""
    found = r.one(Tally, "meals", "tally", {"entity_id": entity_id, "first": first, "last": last})
    assert found is not None  # noqa: S101 - an aggregate has one row
    return found


def _params(row: MealRecord) -> dict[str, Any]:
    return asdict(row) | {"supplies": Jsonb([asdict(one) for one in row.supplies]), "dishes": list(row.dishes)}
