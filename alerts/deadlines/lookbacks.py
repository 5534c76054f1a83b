"""When a closed hazard is looked at again (回头看): a rule by severity. Pure; the data is in `clocks.toml`."""

from datetime import datetime, timedelta
from uuid import UUID

from alerts.deadlines.clocks import lookback_rule
from models.catalogue.terms import Severity

_SAMPLE_OF = 100


def lookback_due(task_id: UUID, severity: Severity, *, closed_at: datetime) -> datetime | None:
    """The moment of the look-back at a task that is closed; None if it is not in the sample.

    The sample is drawn by the task's id, so that nobody chooses it and everybody can check it.
    """
    days, percent = lookback_rule(severity)
    if task_id.int % _SAMPLE_OF >= percent:
        return None
    return closed_at + timedelta(days=days)
