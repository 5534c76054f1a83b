"""Kitchens, and the caller."""

from uuid import UUID

from api.schemas.common import Out
from models.catalogue.terms import Role


class SiteOut(Out):
    """A kitchen."""

    id: str
    entity_id: UUID
    region_code: str
    name: str
    address: str


class MeOut(Out):
    """The caller: name, role and scope."""

    name: str
    shown_name: str
    role: Role
    tenant: str
    region: str | None
    entity: UUID | None
    csrf_token: str | None
