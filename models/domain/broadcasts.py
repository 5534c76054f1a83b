"""Messages of an authority to a group (群发): to the enterprises or the cadres of its region."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.catalogue.duty_terms import Audience
from models.catalogue.terms import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """How many are meant (`members`), how many of them have a channel, and how many messages that makes."""

    members: int
    reachable: int
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """A message to a group. Never changed; it may be withdrawn, which cancels what was not sent yet.

    Attributes:
        region_code: prefix of region codes; empty for the whole tenant.
        business_kinds, tiers: which enterprises; empty for all.
        severity: channels that hear of nothing so mild do not get it.
        members, reachable, messages: the group as it was when the message was sent.
    """

    id: UUID
    tenant_id: str
    region_code: str
    audience: Audience
    business_kinds: tuple[str, ...]
    tiers: tuple[str, ...]
    severity: Severity
    title: str
    text: str
    members: int
    reachable: int
    messages: int
    sent_by: str
    sent_at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None
    withdraw_reason: str | None = None
