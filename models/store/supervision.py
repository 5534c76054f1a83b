"""Storage of supervision tasks (督导任务)."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from models.base.ids import uuid7
from models.domain.guarantees import Guarantee
from models.domain.supervision import CriticalHazard, SupervisionTask
from models.store.connect import Read, Write


def task(r: Read, task_id: UUID) -> SupervisionTask | None:
    """Return one task."""
    return r.one(SupervisionTask, "supervision", "task", {"id": task_id})


def task_for_update(w: Write, task_id: UUID) -> SupervisionTask | None:
    """Return one task, locked until the transaction ends."""
    return w.one(SupervisionTask, "supervision", "task_for_update", {"id": task_id})


def tasks(
    r: Read, *, before: UUID | None, limit: int, ended: bool | None = None, cadre_ids: Collection[UUID] | None = None
) -> list[SupervisionTask]:
    """Return tasks, newest first: open, ended or all; of some cadres or of all."""
    ids = None if cadre_ids is None else list(cadre_ids)
    params = {"before": before, "limit": limit, "ended": ended, "cadre_ids": ids}
    return r.all(SupervisionTask, "supervision", "tasks", params)


def open_of_cadres(r: Read, cadre_ids: Collection[UUID], *, limit: int) -> list[SupervisionTask]:
    """Return the open tasks of some cadres, the next deadline first."""
    return r.all(SupervisionTask, "supervision", "open_of_cadres", {"cadre_ids": list(cadre_ids), "limit": limit})


def open_of_entity(w: Write, entity_id: UUID) -> list[SupervisionTask]:
    """Return the open tasks of an enterprise, locked."""
    return w.all(SupervisionTask, "supervision", "open_of_entity", {"entity_id": entity_id})


def add_task(w: Write, new: SupervisionTask, *, since: datetime | None) -> SupervisionTask | None:
    """Store a new task; None if the period has one. With `since` also if a periodic one falls due after it."""
    return w.one(SupervisionTask, "supervision", "add_task", asdict(new) | {"since": since})


def move_task(w: Write, moved: SupervisionTask) -> SupervisionTask | None:
    """Store a step of a task; None if somebody else was faster."""
    return w.one(SupervisionTask, "supervision", "move_task", asdict(moved))


def due_entities(w: Write, *, at: datetime, limit: int) -> list[Guarantee]:
    """Return enterprises whose next period has begun, locked."""
    return w.all(Guarantee, "supervision", "due_entities", {"at": at, "limit": limit})


def look_again_at(w: Write, *, entity_id: UUID, at: datetime) -> None:
    """Note when the sweep has to look at an enterprise again."""
    w.run("supervision", "look_again_at", {"entity_id": entity_id, "at": at})


def critical_hazards(w: Write, *, since: datetime, limit: int) -> list[CriticalHazard]:
    """Return open critical hazards, dispatched since a moment, without a planned visit."""
    return w.all(CriticalHazard, "supervision", "critical_hazards", {"since": since, "limit": limit})


def late(w: Write, *, at: datetime, limit: int) -> list[SupervisionTask]:
    """Return open tasks whose deadline has passed without a mark, locked."""
    return w.all(SupervisionTask, "supervision", "late", {"at": at, "limit": limit})


def preset(r: Read, *, tenant_id: str, region_code: str) -> str | None:
    """Return the chosen preset of a region; None if nobody chose one. Read once for each transaction."""
    params = {"tenant_id": tenant_id, "region_code": region_code}
    found = r.once("preset", (tenant_id, region_code), lambda: r.value("supervision", "preset", params))
    return None if found is None else str(found)


def add_preset(w: Write, *, tenant_id: str, jurisdiction: str, preset: str, by: str, at: datetime) -> None:
    """Choose a preset for a jurisdiction, from the next period of each enterprise on."""
    params = {"tenant_id": tenant_id, "jurisdiction": jurisdiction, "preset": preset, "set_by": by, "set_at": at}
    w.run("supervision", "add_preset", params | {"id": uuid7()})
    w.forget_all("preset")
