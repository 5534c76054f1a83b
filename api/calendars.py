"""The region whose working calendar applies to a principal."""

from api.access.principal import Principal
from models.catalogue.terms import Role
from models.store import Read, registry


def region_of(r: Read, principal: Principal) -> str:
    """Return the code of the principal's or their enterprise's region; empty for the whole tenant."""
    if principal.role is Role.enterprise and principal.entity is not None:
        entity = registry.entity(r, principal.entity)
        return "" if entity is None else entity.region_code
    return principal.region or ""
