"""What the public sees of a kitchen, and what it reports."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.catalogue.public_terms import BrightKitchen, Concern, PublicReportState
from models.domain.place import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class BrightState:
    """The state of a bright kitchen; `since` is None for one that never had a camera."""

    state: BrightKitchen
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicBoard(Owner):
    """What the notice board of an enterprise shows: who answers for it, and its bright kitchen."""

    name: str
    tier: str | None
    state: BrightKitchen
    since: datetime | None
    cadre: str | None
    post: str | None
    principal: str | None
    director: str | None
    officer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicReport(Owner):
    """What somebody reported by the code on a notice board (百姓点检). The enterprise does not read it.

    Attributes:
        contact: how to answer, if given.
        answer: what was found, or why it was dismissed.
        task_id: the rectification task that it became.
    """

    id: UUID
    concern: Concern
    text: str
    contact: str
    received_at: datetime
    state: PublicReportState
    answer: str = ""
    settled_by: str | None = None
    settled_at: datetime | None = None
    task_id: UUID | None = None
    version: int = 1
