"""Record trainings (培训) of the people of an enterprise, and say who has their hours: check → store."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from alerts.registry.people import person_to_manage
from models.base.clock import SHANGHAI
from models.base.errors import Conflict, Invalid, InvalidTransition, NotFound, RateLimited
from models.base.ids import uuid7
from models.catalogue.terms import Post
from models.domain.access import Actor
from models.domain.place import owner_of
from models.domain.registry import Person
from models.domain.trainings import HOURS_A_YEAR, Training
from models.store import trainings
from models.store.connect import Read, Write

YEAR = timedelta(days=365)
MOST_HOURS = Decimal(80)
"""Hours of one training, which may last several days."""
MOST_OF_PERSON = 500
_HALF = Decimal("0.5")
_WORDS = {"subject": 200, "organiser": 100, "proof": 200}


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A training as somebody writes it down."""

    held_on: date
    hours: Decimal
    subject: str
    organiser: str
    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A person's hours of the year before a day, and how many the post wants; None if it wants none."""

    person: Person
    hours: Decimal
    wanted: Decimal | None

    @property
    def enough(self) -> bool:
        """Whether the hours are taken."""
        return self.wanted is None or self.hours >= self.wanted


def record_training(w: Write, person_id: UUID, course: Course, *, by: Actor, at: datetime) -> Training:
    """Record that a person took a training.

    Raises:
        NotAllowed: the role may not; of the people of an enterprise only the principal.
        NotFound: no such person in what the caller may see.
        Invalid: the day is ahead or more than two years back, or hours or words are out of bounds.
        Conflict: the same training of that day is recorded for this person.
        RateLimited: the person has the most trainings that they may have.
    """
    person = person_to_manage(w, person_id, by)
    new = Training(**owner_of(person), person_id=person.id, **noted(course, by=by, at=at))
    if trainings.total(w, person_id=person.id) >= MOST_OF_PERSON:
        raise RateLimited(f"{person.name} has {MOST_OF_PERSON} trainings; void wrong ones first")
    if not trainings.add(w, new):
        raise Conflict(f"{person.name} took {new.subject!r} on {new.held_on} already")
    return new


def noted(course: Course, *, by: Actor, at: datetime) -> dict[str, Any]:
    """Check a training as somebody wrote it down; return the fields of its record, whoever took it.

    Raises:
        Invalid: the day is ahead or more than two years back, or hours or words are out of bounds.
    """
    check_course(course, today=at.astimezone(SHANGHAI).date())
    return {
        "id": uuid7(),
        "held_on": course.held_on,
        "hours": course.hours,
        "subject": course.subject.strip(),
        "organiser": course.organiser.strip(),
        "proof": course.proof.strip(),
        "recorded_by": by.name,
        "recorded_at": at,
    }


def void_training(w: Write, training_id: UUID, *, reason: str, by: Actor, at: datetime) -> Training:
    """Void a training that was recorded wrongly; it stays in the log and counts no more.

    Raises:
        NotFound: no such training in what the caller may see.
        NotAllowed: see `record_training`.
        Invalid: the reason is missing.
        InvalidTransition: it was voided before.
    """
    known = trainings.training(w, training_id)
    if known is None:
        raise NotFound(f"no training {training_id}")
    person_to_manage(w, known.person_id, by)
    check_void_reason(reason)
    voided = trainings.void(w, training_id, by=by.name, reason=reason.strip(), at=at)
    if voided is None:
        raise InvalidTransition("this training was voided before")
    return voided


def standings(r: Read, people: list[Person], *, entity_id: UUID, at: datetime) -> list[Standing]:
    """Return the hours of the people in office of an enterprise in the year up to today."""
    today = at.astimezone(SHANGHAI).date()
    taken = trainings.hours(r, entity_id=entity_id, first=today - YEAR + timedelta(days=1), last=today)
    return [_standing(person, taken, at=at) for person in people if person.in_office(at)]


def _standing(person: Person, taken: Mapping[UUID, Decimal], *, at: datetime) -> Standing:
    return Standing(person=person, hours=taken.get(person.id, Decimal(0)), wanted=hours_wanted(person, at=at))


def hours_wanted(person: Person, *, at: datetime) -> Decimal | None:
    """Return the hours that a person owes for the year before a moment: fewer in a first year; None for principals."""
    if person.post is Post.principal:
        return None
    days = YEAR if person.valid_from is None else min(YEAR, at - person.valid_from)
    return Decimal(HOURS_A_YEAR) * Decimal(days.total_seconds()) / Decimal(YEAR.total_seconds())


def check_course(course: Course, *, today: date) -> None:
    """Check a training before it is recorded.

    Raises:
        Invalid: the day is ahead or more than two years back, or hours or words are out of bounds.
    """
    if not today - 2 * YEAR <= course.held_on <= today:
        raise Invalid(f"held_on {course.held_on}: expected a day of the last two years")
    if not (course.hours.is_finite() and 0 < course.hours <= MOST_HOURS and course.hours % _HALF == 0):
        raise Invalid(f"hours {course.hours}: expected 0.5 to {MOST_HOURS} in steps of half an hour")
    for name, most in _WORDS.items():
        if not 1 <= len(str(getattr(course, name)).strip()) <= most:
            raise Invalid(f"{name}: expected 1 to {most} characters")


def check_void_reason(reason: str) -> None:
    """Check why a training is voided.

    Raises:
        Invalid: the reason is missing or too long.
    """
    if not 1 <= len(reason.strip()) <= _WORDS["proof"]:
        raise Invalid(f"reason: expected 1 to {_WORDS['proof']} characters")
