"""Warnings (自动预警) that a duty was not done."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from api.schemas.common import Out
from models.catalogue.duty_terms import WarningLevel
from models.catalogue.terms import Holder


class WarningOut(Out):
    """A warning; it ends by itself once its reason is gone."""

    id: UUID
    entity_id: UUID
    rule: str
    rule_label: str
    site_id: Annotated[str | None, Field(description="the kitchen; null: the whole enterprise")]
    level: WarningLevel
    level_label: str
    because: str
    told: list[Holder]
    numbers: Annotated[dict[str, Any], Field(description="what the rule counted")]
    since: datetime
    raised_at: datetime
    ended_at: datetime | None
    version: int
