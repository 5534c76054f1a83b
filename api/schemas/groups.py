"""Access groups."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.common import In, Out, Text
from models.catalogue.supervision_terms import BusinessKind
from models.catalogue.terms import GroupKind

_ID = Annotated[Text, Field(min_length=1, max_length=64)]
Members = Annotated[
    list[_ID], Field(max_length=500, description="ids of enterprises, kitchens or cameras, as `kind` says")
]


class GroupOut(Out):
    """An access group (范围组), which narrows what an account or key sees."""

    id: UUID
    name: str
    kind: GroupKind
    kind_label: str
    region_code: str
    entity_id: Annotated[UUID | None, Field(description="the enterprise whose accounts may have it")]
    business_kinds: Annotated[list[BusinessKind], Field(description="of a sector: its members have one of them")]
    size: Annotated[int, Field(description="members; a sector's follow from the line of business")]
    made_by: str
    made_at: datetime
    version: int


class GroupIn(In):
    """Make a group: a `sector`, or chosen enterprises, kitchens or cameras of your region.

    With `entity_id` it has kitchens or cameras of that enterprise alone, and accounts of the enterprise may have it.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"name": "越城区学校食堂", "kind": "sector", "region": "330602", "sector": "school"}
        },
    )

    name: Annotated[Text, Field(min_length=1, max_length=50)]
    kind: GroupKind
    region: Annotated[str, Field(pattern=r"^[0-9]{2,12}$", description="prefix of the region codes of its members")]
    sector: Annotated[Text | None, Field(max_length=40, description="id of a scene pack: school, elderly, …")] = None
    entity_id: UUID | None = None
    members: Annotated[Members, Field(default_factory=list)]


class MembersIn(In):
    """Enterprises, kitchens or cameras to add or to remove."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"members": ["jianhu"]}})

    members: Annotated[Members, Field(min_length=1)]


class MemberOut(Out):
    """A member with its name."""

    id: str
    name: str
