"""Record a meal (餐次) of a canteen: check → store → announce. It may be corrected until the next day is over."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from alerts.duties.daily import MAY_RECORD
from alerts.duties.posts import check_keeper
from alerts.duties.scene_state import scene_of_entity
from models.base.clock import SHANGHAI
from models.base.errors import Conflict, Invalid, NotAllowed, NotFound, StaleVersion
from models.catalogue.duty_terms import DutyPeriod
from models.catalogue.terms import label
from models.changes.meals import store_meal
from models.domain.access import Actor
from models.domain.meals import MealRecord
from models.store import meals, registry
from models.store.connect import Write

CORRECTED_FOR = timedelta(days=1)


def record_meal(w: Write, meal: MealRecord, *, seen: int | None, by: Actor, at: datetime) -> MealRecord:
    """Store a meal; with the version that the caller saw it corrects the recorded one.

    Raises:
        NotAllowed: the role may not, or another post keeps the day.
        NotFound: no such kitchen in what the caller may see.
        Invalid: the enterprise's scene records no such meal, or the day is ahead or over.
        Conflict: the meal is recorded already, and no version was named.
        StaleVersion: the recorded one has changed since.
    """
    if by.role not in MAY_RECORD:
        raise NotAllowed(f"a meal needs one of the roles {', '.join(sorted(MAY_RECORD))}; your role is {by.role}")
    site = registry.site(w, meal.site_id)
    if site is None:
        raise NotFound(f"no site {meal.site_id!r}")
    check_keeper(w, by, DutyPeriod.day, entity_id=site.entity_id, at=at)
    scene = scene_of_entity(w, site.entity_id)
    if meal.meal not in scene.meals:
        raise Invalid(f"{scene.name}不登记{label(meal.meal)} meal {meal.meal!r}: expected one of {list(scene.meals)}")
    check_day(meal.day, at=at)
    if not any(dish.strip() for dish in meal.dishes):
        raise Invalid("请填写菜品 dishes: expected what was served")
    known = meals.meal_of(w, site_id=meal.site_id, day=meal.day, meal=meal.meal)
    if known is None:
        stored = store_meal(w, meal, corrects=False, by=by.name, at=at)
    elif seen is None:
        raise Conflict(f"{label(meal.meal)}已登记 this meal is recorded; name its version to correct it")
    else:
        stored = store_meal(w, replace(meal, id=known.id, version=seen), corrects=True, by=by.name, at=at)
    if stored is None:
        raise StaleVersion
    return stored


def check_day(day: date, *, at: datetime) -> None:
    """Check that a meal of a day may be recorded now.

    Raises:
        Invalid: the day lies ahead, or before yesterday.
    """
    today = at.astimezone(SHANGHAI).date()
    if not today - CORRECTED_FOR <= day <= today:
        raise Invalid(f"day {day}: expected today or yesterday")
