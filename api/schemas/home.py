"""What an account of an enterprise has to do (三人三责)."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.schemas.common import Out
from api.schemas.reports import WorkItemOut
from api.schemas.warnings import WarningOut
from models.catalogue.duty_terms import DutyPeriod, RecordState
from models.catalogue.terms import Post, Severity, TaskState


class DueOut(Out):
    """A day, week or month to account for."""

    period: DutyPeriod
    period_label: str
    site_id: Annotated[str | None, Field(description="null: the whole enterprise")]
    begin: date
    until: Annotated[datetime, Field(description="a later signature is late")]
    record_id: Annotated[UUID | None, Field(description="the record or report; null while nobody has opened it")]
    state: RecordState | None


class WaitingTaskOut(Out):
    """A rectification task that waits for the caller; `/v1/tasks/{id}` has the rest."""

    id: UUID
    site_id: str
    code: str
    code_label: str
    severity: Severity
    state: TaskState
    state_label: str
    due_at: datetime


class HomeOut(Out):
    """The caller's home: what their post keeps, and what waits for them."""

    name: Annotated[str | None, Field(description="null: an account of the whole enterprise")]
    post: Post | None
    periods: list[DutyPeriod]
    dues: list[DueOut]
    tasks: list[WaitingTaskOut]
    work: list[WorkItemOut]
    warnings: list[WarningOut]
