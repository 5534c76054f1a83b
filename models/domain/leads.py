"""Leads to enforcement (线索移送)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.catalogue.terms import LeadGround, LeadState, Severity
from models.domain.place import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead(Owner):
    """A hazard that was transferred to an enforcement unit. The enterprise does not see it.

    Attributes:
        task_id: the task that was transferred.
        addressee: the unit that receives the lead.
        due_at: the end of the running period: the decision on filing, later the decision of the case; None while
            no period runs.
        extended: whether the period for the decision on filing was extended, which is possible once.
        case_no, officers: the case (案号), and at least two law officers who handle it.
        outcome: the decision, or why there is no case.
        feedback: what the finder of the hazard was told.
    """

    id: UUID
    site_id: str
    device_id: str
    task_id: UUID
    code: str
    severity: Severity
    ground: LeadGround
    reason: str
    addressee: str
    state: LeadState
    created_by: str
    created_at: datetime
    sent_at: datetime | None = None
    due_at: datetime | None = None
    extended: bool = False
    filed_at: datetime | None = None
    case_no: str | None = None
    officers: tuple[str, ...] = ()
    outcome: str | None = None
    feedback: str | None = None
    closed_at: datetime | None = None
    version: int = 1
