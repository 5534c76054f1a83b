"""The page of meals (餐次): what a canteen served today, who ate along, and where the food came from."""

from dataclasses import dataclass
from datetime import datetime

from alerts.duties.daily import MAY_RECORD
from alerts.duties.scene_state import scene_of_entity
from api.access.principal import Principal
from api.console.shell.choices import Choice
from models.base.clock import SHANGHAI
from models.catalogue.duty_terms import DutyPeriod
from models.catalogue.terms import label
from models.domain.meals import MealRecord
from models.store import Read, meals, registry

SITES_SHOWN, MEALS_SHOWN = 50, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class MealLine:
    """One meal of the list."""

    where: str
    when: str
    meal: str
    diners: int
    dishes: str
    sampled: bool
    companion: str
    words: str
    traced: int
    supplies: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MealsPage:
    """The whole page; `meals` empty: the enterprise's scene records none."""

    today: str
    guests: str
    accompanied: bool
    meals: tuple[Choice, ...]
    sites: tuple[Choice, ...]
    may_write: bool
    lines: tuple[MealLine, ...]


def load_meals(r: Read, visitor: Principal, *, now: datetime) -> MealsPage:
    """Load the page of the visitor's scope."""
    found = meals.meals(r, site_id=None, limit=MEALS_SHOWN)
    names = registry.sites_of(r, {one.site_id for one in found})
    own = [] if visitor.entity is None else registry.sites_of_entity(r, visitor.entity, limit=SITES_SHOWN)
    scene = None if visitor.entity is None else scene_of_entity(r, visitor.entity)
    keeps = visitor.periods is None or DutyPeriod.day in visitor.periods
    served = () if scene is None else scene.meals
    return MealsPage(
        today=now.astimezone(SHANGHAI).date().isoformat(),
        guests="就餐" if scene is None else scene.words["guests"],
        accompanied=scene is not None and scene.accompanied,
        meals=tuple(Choice(value=meal, text=label(meal)) for meal in served),
        sites=tuple(Choice(value=site.id, text=site.name) for site in own),
        may_write=visitor.role in MAY_RECORD and keeps and bool(own) and bool(served),
        lines=tuple(_line(one, names[one.site_id].name if one.site_id in names else one.site_id) for one in found),
    )


def _line(one: MealRecord, where: str) -> MealLine:
    return MealLine(
        where=where,
        when=f"{one.day.month}月{one.day.day}日",
        meal=label(one.meal),
        diners=one.diners,
        dishes="、".join(one.dishes),
        sampled=one.sampled,
        companion=one.companion,
        words=one.companion_words,
        traced=sum(supply.traced for supply in one.supplies),
        supplies=tuple(
            " · ".join(part for part in (supply.goods, supply.supplier, supply.batch, supply.voucher) if part)
            for supply in one.supplies
        ),
    )
