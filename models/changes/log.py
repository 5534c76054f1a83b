"""The append-only log of steps (留痕): who did what to an alert or a task, when and why."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from models.domain.place import Owner, owner_of
from models.domain.tasks import Transition
from models.store.connect import Write


def log_step(w: Write, step: Transition) -> None:
    """Add a step to the log, in the transaction of the change."""
    params = asdict(step)
    params["evidence_ids"] = list(step.evidence_ids)
    w.run("tasks", "add_transition", params)


def log_signature(
    w: Write,
    of: str,
    row: Owner,
    *,
    row_id: UUID,
    version: int,
    from_state: str,
    signature: str | None,
    by: str,
    at: datetime,
) -> None:
    """Log that something was signed, with the signature as the reason, so that the chain of evidence seals it."""
    step = Transition(
        object=of,
        object_id=row_id,
        version=version,
        **owner_of(row),
        at=at,
        actor=by,
        command="sign",
        from_state=from_state,
        to_state="signed",
        reason=f"sha256 {signature}",
        evidence_ids=(),
    )
    log_step(w, step)
