"""Storage of rectification tasks and of the log of their steps."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from models.catalogue.terms import TaskState
from models.domain.tasks import RectificationTask, Transition
from models.store.connect import Read, Write
from models.store.filters import EVERYTHING, Filter


def task(r: Read, task_id: UUID) -> RectificationTask | None:
    """One task."""
    return r.one(RectificationTask, "tasks", "task", {"id": task_id})


def task_for_update(w: Write, task_id: UUID) -> RectificationTask | None:
    """One task, locked."""
    return w.one(RectificationTask, "tasks", "task_for_update", {"id": task_id})


def task_of_alert(r: Read, alert_id: UUID) -> RectificationTask | None:
    """The task of an alert."""
    return r.one(RectificationTask, "tasks", "task_of_alert", {"alert_id": alert_id})


def tasks(
    r: Read,
    *,
    before: UUID | None = None,
    limit: int,
    state: TaskState | None = None,
    open_only: bool = False,
    chosen: Filter = EVERYTHING,
) -> list[RectificationTask]:
    """A page of tasks, newest first."""
    params = {"before": before, "limit": limit, "state": state, "open": open_only, **chosen.params()}
    return r.all(RectificationTask, "tasks", "tasks", params, prepare=chosen.prepared)


def spot_tasks(r: Read, *, since: datetime, until: datetime, within: str, limit: int) -> list[RectificationTask]:
    """Return tasks of hazards that people found on the spot in a time within a region, the oldest first."""
    params = {"since": since, "until": until, "within": within, "limit": limit}
    return r.all(RectificationTask, "tasks", "spot_tasks", params)


def open_tasks(r: Read, *, after: UUID | None, limit: int) -> list[RectificationTask]:
    """A page of the tasks that are not closed, oldest first."""
    return r.all(RectificationTask, "tasks", "open_tasks", {"after": after, "limit": limit})


def open_on_office_clock(
    w: Write, *, tenant_id: str, jurisdiction: str, from_at: datetime, after: UUID | None, limit: int
) -> list[RectificationTask]:
    """Return and lock a page of a jurisdiction's open tasks on the office clock that are due at `from_at` or later."""
    params = {"tenant_id": tenant_id, "jurisdiction": jurisdiction, "from_at": from_at, "after": after, "limit": limit}
    return w.all(RectificationTask, "tasks", "open_on_office_clock", params)


def due_for_escalation(w: Write, *, at: datetime, limit: int) -> list[RectificationTask]:
    """Return tasks that have to rise to somebody else, locked; tasks that another worker locked are skipped."""
    return w.all(RectificationTask, "tasks", "due_for_escalation", {"at": at, "limit": limit})


def open_past_due(w: Write, *, at: datetime, limit: int) -> list[RectificationTask]:
    """Return the open tasks whose overdue level must rise; the rows are locked."""
    return w.all(RectificationTask, "tasks", "open_past_due", {"at": at, "limit": limit})


def transitions(r: Read, *, object_kind: str, object_id: UUID) -> list[Transition]:
    """Every step of one alert or task, oldest first."""
    return r.all(Transition, "tasks", "transitions", {"object": object_kind, "object_id": object_id})


def reason_of(r: Read, task_id: UUID) -> str | None:
    """Return why a task was last returned or voided; None if it never was."""
    found = r.value("tasks", "reason_of", {"id": task_id})
    return None if found is None else str(found)


def task_counts(r: Read) -> dict[str, int]:
    """Return the number of tasks by state."""
    return {state: int(count) for state, count in r.tuples("tasks", "task_counts")}


MOST_COUNTED = 1_000
"""Lists count up to this; what is more is more than anybody reads."""


def open_counts(r: Read, *, states: Collection[TaskState]) -> dict[str, int]:
    """Return the number of open tasks in each of some states, at most `MOST_COUNTED` each."""
    params = {"states": list(states), "most": MOST_COUNTED}
    return {state: int(count) for state, count in r.tuples("tasks", "open_counts", params)}


def latest_ended(r: Read, *, limit: int) -> list[RectificationTask]:
    """Return tasks that have ended, the last one first."""
    return r.all(RectificationTask, "tasks", "latest_ended", {"limit": limit})


def tasks_by_deadline(r: Read, *, states: Collection[TaskState], limit: int) -> list[RectificationTask]:
    """Return open tasks in some states, the nearest deadline first."""
    return r.all(RectificationTask, "tasks", "tasks_by_deadline", {"states": list(states), "limit": limit})


def late_total(r: Read, *, at: datetime) -> int:
    """Return how many open tasks are past their deadline, at most `MOST_COUNTED`."""
    return int(r.value("tasks", "late_total", {"at": at, "most": MOST_COUNTED}))


ALIKE_BITS = 6
"""Photos whose 64-bit fingerprints differ in at most this many bits count as the same picture."""


def claim_photo(w: Write, *, task_id: UUID, evidence_id: UUID, sha256: str, fingerprint: int | None) -> bool:
    """Claim a photo as proof of a task; return False if the file is proof elsewhere already."""
    params = {"task_id": task_id, "evidence_id": evidence_id, "sha256": sha256, "fingerprint": fingerprint}
    return bool(w.run("tasks", "claim_photo", params))


def photo_counts(r: Read, *, task_id: UUID, since: datetime) -> tuple[int, int]:
    """Return the number of a task's photos, and of its enterprise's uploads since a moment."""
    rows = r.tuples("tasks", "photo_counts", {"task_id": task_id, "since": since})
    return (int(rows[0][0]), int(rows[0][1])) if rows else (0, 0)


def use_of_photo(r: Read, *, sha256: str) -> tuple[UUID, UUID | None] | None:
    """Return (evidence, task) for which a file is proof already; None if it is not, or the caller may not see it."""
    found = r.tuples("tasks", "use_of_photo", {"sha256": sha256})
    return (found[0][0], found[0][1]) if found else None


def photos_of_task(r: Read, *, task_id: UUID, ids: Collection[UUID]) -> set[UUID]:
    """Return those of some photos that were uploaded for a task."""
    return {found for (found,) in r.tuples("tasks", "photos_of_task", {"task_id": task_id, "ids": list(ids)})}


def photos_alike(r: Read, *, task_id: UUID, fingerprint: int) -> list[tuple[UUID, UUID | None]]:
    """Return (evidence, task) of similar photos of the enterprise for other tasks, the most similar first."""
    params = {"task_id": task_id, "fingerprint": fingerprint, "most_bits": ALIKE_BITS}
    return [(evidence, task) for evidence, task, _ in r.tuples("tasks", "photos_alike", params)]


def is_other_evidence(r: Read, *, sha256: str) -> bool:
    """Return whether a file is already evidence of another kind, which shows the hazard and not its rectification."""
    return bool(r.value("tasks", "is_other_evidence", {"sha256": sha256}))


def lookbacks_due(r: Read, *, at: datetime, limit: int) -> list[RectificationTask]:
    """Closed tasks to be looked at again, the longest due first."""
    return r.all(RectificationTask, "tasks", "lookbacks_due", {"at": at, "limit": limit})


def lookback_total(r: Read, *, at: datetime) -> int:
    """How many look-backs are due."""
    return int(r.value("tasks", "lookback_total", {"at": at}))
