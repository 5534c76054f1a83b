"""Which scene pack an enterprise has."""

from uuid import UUID

from alerts.duties.scene_packs import ScenePack, scene_of
from models.store import guarantees
from models.store.connect import Read


def scene_of_entity(r: Read, entity_id: UUID) -> ScenePack:
    """Return the scene pack of an enterprise by its line of business; the generic one while that is unknown."""
    found = guarantees.guarantee(r, entity_id)
    return scene_of(None if found is None else found.business_kind)
