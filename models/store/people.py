"""Storage of accountable people, their places and absences."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from models.domain.people import Absence, Responsibility, Service
from models.domain.registry import Person
from models.domain.tasks import RectificationTask
from models.store.connect import Read, Write
from models.store.registry import named

MOST_PEOPLE, MOST_LINES, MOST_ABSENCES, MOST_SERVICES = 200, 500, 500, 50
"""Bounds for one enterprise."""


def people(r: Read, *, entity_id: UUID) -> list[Person]:
    """Return everybody who holds or held a post of an enterprise, present ones first."""
    return r.all(Person, "people", "people", {"entity_id": entity_id, "limit": MOST_PEOPLE})


def lines(r: Read, *, entity_id: UUID) -> list[Responsibility]:
    """Return the lines of an enterprise's matrix that have not ended, newest first."""
    return r.all(Responsibility, "people", "lines", {"entity_id": entity_id, "limit": MOST_LINES})


def line(r: Read, line_id: UUID) -> Responsibility | None:
    """Return one line of a matrix."""
    return r.one(Responsibility, "people", "line", {"id": line_id})


def absences(r: Read, *, entity_id: UUID, at: datetime) -> list[Absence]:
    """Return the absences of an enterprise's people that last or are to come."""
    return r.all(Absence, "people", "absences", {"entity_id": entity_id, "at": at, "limit": MOST_ABSENCES})


def absence(r: Read, absence_id: UUID) -> Absence | None:
    """Return one absence."""
    return r.one(Absence, "people", "absence", {"id": absence_id})


def counts(r: Read, *, entity_id: UUID, at: datetime) -> tuple[int, int, int]:
    """Return how many people in office, lines and absences an enterprise has; locks them against others' additions."""
    r.value("people", "lock", {"entity_id": entity_id})
    (found,) = r.tuples("people", "counts", {"entity_id": entity_id, "at": at})
    return int(found[0]), int(found[1]), int(found[2])


def end_person(w: Write, *, person_id: UUID, by: str, reason: str, at: datetime) -> bool:
    """End the office of a person, with all lines of the matrix; return whether the person was in office."""
    params = {"id": person_id, "by": by, "reason": reason, "at": at}
    ended = w.run("people", "end_person", params)
    w.run("people", "end_lines", params)
    return ended == 1


def add_line(w: Write, new: Responsibility) -> None:
    """Store a line of the matrix."""
    with named("this responsibility"):
        w.run("people", "add_line", asdict(new))


def end_line(w: Write, *, line_id: UUID, by: str, reason: str, at: datetime) -> bool:
    """End a line of the matrix; return whether it was in force."""
    return w.run("people", "end_line", {"id": line_id, "by": by, "reason": reason, "at": at}) == 1


def add_absence(w: Write, new: Absence) -> None:
    """Store an absence."""
    with named("this absence"):
        w.run("people", "add_absence", asdict(new))


def end_absence(w: Write, *, absence_id: UUID, by: str, at: datetime) -> bool:
    """End an absence early; return whether it had not ended yet."""
    return w.run("people", "end_absence", {"id": absence_id, "by": by, "at": at}) == 1


def open_tasks_of(r: Read, *, person_id: UUID, site_id: str | None, limit: int) -> list[RectificationTask]:
    """Return the open tasks of a person, at one kitchen or at all, oldest first."""
    params = {"person_id": person_id, "site_id": site_id, "limit": limit}
    return r.all(RectificationTask, "people", "open_tasks", params)


def open_tasks_locked(w: Write, *, person_id: UUID, site_id: str | None, limit: int) -> list[RectificationTask]:
    """Return the same as `open_tasks_of`, locked."""
    params = {"person_id": person_id, "site_id": site_id, "limit": limit}
    return w.all(RectificationTask, "people", "open_tasks_locked", params)


def open_total(r: Read, *, person_id: UUID, site_id: str | None) -> int:
    """Return the number of open tasks of a person, at one kitchen or at all."""
    return int(r.value("people", "open_total", {"person_id": person_id, "site_id": site_id}))


def tasks_of_nobody(w: Write, *, limit: int) -> list[RectificationTask]:
    """Return open tasks without a person at enterprises that have somebody in office, locked."""
    return w.all(RectificationTask, "people", "tasks_of_nobody", {"limit": limit})


def services(r: Read, *, entity_id: UUID) -> list[Service]:
    """Return who serves a unit now, the newest first."""
    return r.all(Service, "people", "services", {"entity_id": entity_id, "limit": MOST_SERVICES})


def service(r: Read, service_id: UUID) -> Service | None:
    """Return one line of who serves a unit."""
    return r.one(Service, "people", "service", {"id": service_id})


def add_service(w: Write, new: Service) -> None:
    """Store who serves a unit."""
    with named("this service"):
        w.run("people", "add_service", asdict(new))


def end_service(w: Write, *, service_id: UUID, by: str, reason: str, at: datetime) -> bool:
    """End a service; return whether it was in force."""
    return w.run("people", "end_service", {"id": service_id, "by": by, "reason": reason, "at": at}) == 1
