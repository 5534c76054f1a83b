"""Escalation chains: who is called, and when, if a hazard is not handled."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from models.catalogue.terms import EscalationTrigger, Holder


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainStep:
    """One step of a chain.

    Attributes:
        trigger: what it waits for.
        after: for `unacknowledged`: the time of the deadline's clock since the dispatch; for `unreviewed`: since the
            submission, for `undecided`: since the end of the time for the decision on an appeal, all time counting.
        count: for `overdue`: the overdue level; for `returned`: the number of returns.
        whom: who is called.
    """

    trigger: EscalationTrigger
    after: timedelta = timedelta(0)
    count: int = 0
    whom: tuple[Holder, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """A step of the chain of one task.

    Attributes:
        at: when an `unacknowledged` step is due; None for the others.
        fired_at: when it was taken; a step is taken once.
    """

    step: ChainStep
    at: datetime | None = None
    fired_at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the form that the database stores."""
        return {
            "trigger": self.step.trigger.value,
            "after_s": self.step.after.total_seconds(),
            "count": self.step.count,
            "whom": [holder.value for holder in self.step.whom],
            "at": None if self.at is None else self.at.isoformat(),
            "fired_at": None if self.fired_at is None else self.fired_at.isoformat(),
        }

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> Self:
        """Return the value of the stored form."""
        return cls(
            step=ChainStep(
                trigger=EscalationTrigger(stored["trigger"]),
                after=timedelta(seconds=stored["after_s"]),
                count=stored["count"],
                whom=tuple(Holder(holder) for holder in stored["whom"]),
            ),
            at=None if stored["at"] is None else datetime.fromisoformat(stored["at"]),
            fired_at=None if stored["fired_at"] is None else datetime.fromisoformat(stored["fired_at"]),
        )
