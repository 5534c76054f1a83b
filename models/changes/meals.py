"""Changes of meals (餐次): one call stores, logs (which seals it into the chain of evidence) and announces each."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from models.base.clock import rfc3339
from models.changes.announcing import NODE_ITSELF, announce
from models.changes.log import log_step
from models.domain.meals import MealRecord
from models.domain.place import owner_of
from models.domain.tasks import Transition
from models.events.payloads import MealData
from models.events.types import EventType
from models.evidence.verifier import canonical
from models.store import meals
from models.store.connect import Write


def store_meal(w: Write, new: MealRecord, *, corrects: bool, by: str, at: datetime) -> MealRecord | None:
    """Store a meal, or the correction of one; None if the day has it, or somebody else was faster."""
    stored = meals.change_meal(w, new) if corrects else meals.add_meal(w, new)
    if stored is None:
        return None
    step = Transition(
        object="meal",
        object_id=stored.id,
        version=stored.version,
        **owner_of(stored),
        at=at,
        actor=by,
        command="correct" if corrects else "record",
        from_state="recorded" if corrects else "",
        to_state="recorded",
        reason=f"sha256 {meal_digest(stored)}",
        evidence_ids=(),
    )
    log_step(w, step)
    data = cast("Mapping[str, Any]", meal_state(stored))
    announce(w, EventType.meal_recorded, stored, data, site_id=stored.site_id, device_id=NODE_ITSELF, at=at)
    return stored


def meal_digest(meal: MealRecord) -> str:
    """Return the SHA-256 over what was recorded, by whom and when, as hex."""
    content = {
        "id": str(meal.id),
        "version": meal.version,
        "site_id": meal.site_id,
        "day": meal.day.isoformat(),
        "meal": meal.meal.value,
        "diners": meal.diners,
        "dishes": list(meal.dishes),
        "supplies": [[one.goods, one.supplier, one.batch, one.voucher] for one in meal.supplies],
        "sampled": meal.sampled,
        "companion": meal.companion,
        "companion_words": meal.companion_words,
        "recorded_by": meal.recorded_by,
        "recorded_at": rfc3339(meal.recorded_at),
    }
    return hashlib.sha256(canonical(content)).hexdigest()


def meal_state(meal: MealRecord) -> MealData:
    """Return a meal as its event announces it; who ate along is personal and stays out."""
    return MealData(
        version=meal.version,
        meal_id=str(meal.id),
        site_id=meal.site_id,
        day=meal.day.isoformat(),
        meal=meal.meal,
        diners=meal.diners,
        dishes=list(meal.dishes),
        supplies=len(meal.supplies),
        traced=sum(one.traced for one in meal.supplies),
        sampled=meal.sampled,
        accompanied=bool(meal.companion),
        recorded_at=rfc3339(meal.recorded_at),
        digest=meal_digest(meal),
    )
