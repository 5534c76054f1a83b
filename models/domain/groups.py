"""Access groups (范围组): a sector, chosen enterprises, kitchens or cameras that a user or key is limited to."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.catalogue.supervision_terms import BusinessKind
from models.catalogue.terms import GroupKind

MOST_MEMBERS = 2_000
"""Members that are chosen one by one; a sector has as many as follow from its lines of business."""
MOST_GROUPS = 500
"""Groups of one region code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessGroup:
    """A group within a region.

    Attributes:
        entity_id: the enterprise whose accounts may have it; it then has kitchens or cameras of that one alone.
        business_kinds: the lines of business of a sector; its members follow from them and from the region.
        size: how many members it has.
    """

    id: UUID
    tenant_id: str
    region_code: str
    name: str
    kind: GroupKind
    entity_id: UUID | None
    business_kinds: tuple[BusinessKind, ...]
    made_by: str
    made_at: datetime
    size: int = 0
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An enterprise, kitchen or camera of a group, with its name."""

    id: str
    name: str
