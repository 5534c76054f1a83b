"""Pledges (承诺书) of the people of an enterprise, each for their own post."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.schemas.common import Out
from models.catalogue.supervision_terms import SignProof
from models.catalogue.terms import Post


class OwnPledgeDueOut(Out):
    """A person in office who has to have signed."""

    person_id: UUID
    name: str
    post: Post
    post_label: str
    signed: bool
    pledge_id: UUID | None
    signed_at: datetime | None
    lapsed: Annotated[
        str | None, Field(description="why the last pledge counts no more: tier, owner, principal or template")
    ]


class OwnPledgeDraftOut(Out):
    """The text that has to be signed."""

    person_id: UUID
    name: str
    post: Post
    text: str
    text_sha256: str
    signed: bool
    mine: Annotated[bool, Field(description="whether your account may sign it")]


class OwnPledgeOut(Out):
    """A signed pledge."""

    id: UUID
    entity_id: UUID
    entity: str
    person_id: UUID
    name: str
    post: Post
    tier: str | None
    template: str
    text: str
    text_sha256: str
    login: str
    proof: SignProof
    signed_at: datetime
    signature: str
