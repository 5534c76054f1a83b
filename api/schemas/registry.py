"""Kitchens, and the caller."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.schemas.common import Out
from models.catalogue.supervision_terms import Datum
from models.catalogue.terms import Role


class SiteOut(Out):
    """A kitchen."""

    id: str
    entity_id: UUID
    region_code: str
    name: str
    address: str
    latitude: Annotated[float | None, Field(description="degrees; null until somebody sets the position")]
    longitude: float | None
    datum: Annotated[Datum | None, Field(description="the coordinate system of the position")]


class MeOut(Out):
    """The caller: name, role and scope."""

    name: str
    shown_name: str
    role: Role
    tenant: str
    region: str | None
    entity: UUID | None
    csrf_token: str | None
