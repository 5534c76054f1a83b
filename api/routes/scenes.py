"""Scene packs (场景包), how far an enterprise meets its own, and meals of canteens."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from alerts.duties.meals import record_meal
from alerts.duties.scene_packs import scene_packs
from alerts.duties.scene_rules import switch_on
from alerts.duties.scene_state import state_of
from api.access.principal import Anybody, Rectifier, Reviewer
from api.codes import within_of
from api.requests import AppState, IdempotencyKey, Limit, Reading, SeenVersionIfNamed, creating
from api.schemas.scenes import EntitySceneOut, IndicatorOut, MealIn, MealOut, SceneOut, SupplyOut
from models.base.errors import NotFound
from models.base.ids import uuid7
from models.catalogue.terms import label
from models.domain.meals import MealRecord, Supply
from models.domain.place import owner_of
from models.store import Read, Write, meals, registry

router = APIRouter(prefix="/v1", tags=["duties"])


@router.get("/scenes", name="scenes")
def list_scenes(_: Anybody) -> list[SceneOut]:
    """List the scene packs."""
    return [SceneOut.model_validate(pack) for pack in scene_packs().values()]


@router.get("/entities/{entity_id}/scene", name="entity_scene")
def entity_scene(r: Reading, app: AppState, entity_id: UUID) -> EntitySceneOut:
    """Return the scene of an enterprise, chosen by its line of business, with its indicators."""
    return scene_out(r, entity_id, at=app.clock.now())


@router.post("/entities/{entity_id}/scene/rules", response_model=EntitySceneOut, name="switch_scene_rules_on")
def switch_rules_on(
    request: Request, app: AppState, principal: Reviewer, entity_id: UUID, key: IdempotencyKey = None
) -> Response:
    """Switch on the rules of an enterprise's scene that are off as shipped, as overrides for that enterprise."""

    def act(w: Write) -> EntitySceneOut:
        at = app.clock.now()
        switch_on(w, entity_id, within=within_of(principal), by=principal.actor, at=at)
        return scene_out(w, entity_id, at=at)

    return creating(request, principal, key, b"", act)


def scene_out(r: Read, entity_id: UUID, *, at: datetime) -> EntitySceneOut:
    """Return the scene of an enterprise in the form the API shows.

    Raises:
        NotFound: no such enterprise that the caller may see.
    """
    if registry.entity(r, entity_id) is None:
        raise NotFound(f"no enterprise {entity_id}")
    found = state_of(r, entity_id, at=at)
    return EntitySceneOut(
        entity_id=entity_id,
        scene=SceneOut.model_validate(found.pack),
        indicators=[
            IndicatorOut(
                indicator=one.indicator,
                label=label(one.indicator),
                k=one.k,
                n=one.n,
                lacking=list(one.lacking),
                elsewhere=list(one.elsewhere),
            )
            for one in found.values
        ],
    )


@router.get("/meals", name="meals")
def list_meals(
    r: Reading,
    site_id: Annotated[str | None, Query(max_length=64)] = None,
    day: date | None = None,
    limit: Limit = 50,
) -> list[MealOut]:
    """List meals, the newest day first."""
    return [meal_out(found) for found in meals.meals(r, site_id=site_id, day=day, limit=limit)]


@router.post("/meals", response_model=MealOut, name="record_meal")
def keep_meal(
    request: Request,
    app: AppState,
    principal: Rectifier,
    body: MealIn,
    seen: SeenVersionIfNamed = None,
    key: IdempotencyKey = None,
) -> Response:
    """Record a meal of today or yesterday; with `If-Match` correct the recorded one."""

    def act(w: Write) -> MealOut:
        at, site = app.clock.now(), registry.site(w, body.site_id)
        if site is None:
            raise NotFound(f"no site {body.site_id!r}")
        new = MealRecord(
            id=uuid7(),
            **owner_of(site),
            site_id=site.id,
            day=body.day,
            meal=body.meal,
            diners=body.diners,
            dishes=tuple(dish.strip() for dish in body.dishes if dish.strip()),
            supplies=tuple(Supply(**one.model_dump()) for one in body.supplies),
            sampled=body.sampled,
            companion=body.companion.strip(),
            companion_words=body.companion_words.strip(),
            recorded_by=principal.name,
            recorded_at=at,
        )
        return meal_out(record_meal(w, new, seen=seen, by=principal.actor, at=at))

    return creating(request, principal, key, body.model_dump_json().encode(), act, version=_version)


def meal_out(found: MealRecord) -> MealOut:
    """Return a meal in the form the API shows."""
    return MealOut(
        id=found.id,
        entity_id=found.entity_id,
        site_id=found.site_id,
        day=found.day,
        meal=found.meal,
        meal_label=label(found.meal),
        diners=found.diners,
        dishes=list(found.dishes),
        supplies=[SupplyOut.model_validate(one) for one in found.supplies],
        sampled=found.sampled,
        companion=found.companion,
        companion_words=found.companion_words,
        recorded_by=found.recorded_by,
        recorded_at=found.recorded_at,
        version=found.version,
    )


def _version(made: MealOut) -> int:
    return made.version
