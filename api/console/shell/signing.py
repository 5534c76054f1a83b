"""Who signs on a page."""

from api.access.principal import Principal
from models.store import Read, registry


def own_name(r: Read, visitor: Principal) -> str:
    """Return the name in which an account of a person signs; empty for an account of a whole enterprise."""
    person = None if visitor.person is None else registry.person(r, visitor.person)
    return "" if person is None else person.name
