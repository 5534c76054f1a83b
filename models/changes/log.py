"""The append-only log of steps (留痕): who did what to an alert or a task, when and why."""

from dataclasses import asdict

from models.domain.tasks import Transition
from models.store.connect import Write


def log_step(w: Write, step: Transition) -> None:
    """Add a step to the log, in the transaction of the change."""
    params = asdict(step)
    params["evidence_ids"] = list(step.evidence_ids)
    w.run("tasks", "add_transition", params)
