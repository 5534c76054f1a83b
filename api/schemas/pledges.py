"""Pledges (承诺书) and the lists they are made of."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from api.schemas.common import In, Out, Text, no_nul
from models.catalogue.supervision_terms import CadreLevel, SignProof


class DutyListsOut(Out):
    """责任清单, 任务清单 and 督查清单 of one level."""

    level: CadreLevel
    level_label: str
    version: str
    title: str
    duties: list[str]
    tasks: list[str]
    inspections: list[str]


class PledgeDueOut(Out):
    """An enterprise whose primary cadre has to have signed."""

    entity_id: UUID
    entity: str
    tier: str | None
    cadre_id: UUID
    cadre: str
    since: Annotated[datetime, Field(description="when this cadre took over")]
    signed: bool
    pledge_id: UUID | None
    signed_at: datetime | None
    lapsed: Annotated[str | None, Field(description="why the last pledge counts no more: tier, owner or template")]


class PledgeRateOut(Out):
    """签订率: how many pledges are due, how many are signed."""

    due: int
    signed: int
    rate: Annotated[float | None, Field(description="null if none is due")]


class PledgeDraftOut(Out):
    """The text that has to be signed."""

    entity_id: UUID
    cadre_id: UUID
    cadre: str
    text: str
    text_sha256: str
    signed: bool
    mine: Annotated[bool, Field(description="whether you are the one to sign it")]


class PledgeIn(In):
    """Sign a pledge: your name, the digest of the text that you read, and what proves that it is you.

    `proof` is the code of your second factor if you have one, else your password.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"name": "李包保", "text_sha256": "9f86d081884c7d659a2feaa0c55ad015" * 2, "proof": "123456"}
        },
    )

    name: Annotated[Text, Field(min_length=1, max_length=50)]
    text_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    proof: Annotated[str, Field(min_length=1, max_length=256), AfterValidator(no_nul)]


class PledgeOut(Out):
    """A signed pledge."""

    id: UUID
    entity_id: UUID
    entity: str
    cadre_id: UUID
    cadre: str
    post: str
    level: CadreLevel
    tier: str
    template: str
    text: str
    text_sha256: str
    login: str
    proof: SignProof | None
    signed_at: datetime
    signature: str
