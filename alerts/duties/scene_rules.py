"""Switch on what a scene pack asks for: rules that are off as shipped, as overrides for one enterprise."""

from datetime import datetime
from uuid import UUID

from alerts.catalogue.overriding import Wish, begin
from alerts.duties.scene_state import scene_of_entity
from models.base.errors import NotFound
from models.catalogue.codes import VIOLATION_CODES
from models.catalogue.overrides import Changes, Override, Spot
from models.catalogue.resolving import resolve
from models.domain.access import Actor
from models.store import catalogue, registry
from models.store.connect import Write


def switch_on(w: Write, entity_id: UUID, *, within: str | None, by: Actor, at: datetime) -> list[Override]:
    """Switch on the rules of an enterprise's scene that the platform applies only where it is asked to.

    `within` is the region that the caller supervises; None for the whole tenant. What is on stays as it is, and what
    somebody switched off here or more widely is switched on again. Returns the overrides that began.

    Raises:
        NotFound: no such enterprise that the caller may see.
        NotAllowed, Conflict: see `overriding.begin`.
    """
    entity = registry.entity(w, entity_id)
    if entity is None:
        raise NotFound(f"no enterprise {entity_id}")
    pack = scene_of_entity(w, entity_id)
    asked = [code for code in pack.rules if VIOLATION_CODES[code].judged == "asked"]
    spot = Spot(tenant_id=entity.tenant_id, region_code=entity.region_code, entity_id=entity.id)
    known = catalogue.overrides_at(w, [spot], at=at, codes=asked)
    lacking = [
        code for code in asked if not resolve(VIOLATION_CODES[code], spot=spot, overrides=known, at=at).is_looked_for
    ]
    wishes = [
        Wish(
            code=code,
            tenant_id=entity.tenant_id,
            changes=Changes(watched=True),
            reason=f"场景包 {pack.name} {pack.id} v{pack.version}",
            entity_id=entity.id,
            within=within,
        )
        for code in lacking
    ]
    return [begin(w, wish, by=by, at=at) for wish in wishes]
