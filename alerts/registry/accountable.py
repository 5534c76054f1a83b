"""Find the one person who is accountable for a place at a moment, and say why. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.catalogue.duty_terms import Duty
from models.catalogue.terms import Post, Zone, label
from models.domain.people import Absence, Responsibility
from models.domain.registry import Person

MOST_DEPUTIES = 5
"""A chain of deputies is followed so far."""
_POSTS = (Post.officer, Post.director, Post.principal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accountable:
    """The accountable person, and the reasons in words, in the order in which they led there."""

    person: Person
    because: tuple[str, ...]


def resolve(
    people: Iterable[Person],
    lines: Iterable[Responsibility],
    absences: Iterable[Absence],
    *,
    site_id: str,
    zone: Zone,
    duty: Duty | None = None,
    at: datetime,
) -> Accountable | None:
    """Return who is accountable: the officer, else the director, else the principal; None if nobody is.

    Within a post, the most specific line of the matrix wins (field of work before zone before kitchen), then the
    newest; without a line, whoever was named to the post last, those without any part in the matrix first. A person
    who is away is replaced by the deputy; if no deputy is there, the next candidate counts.
    """
    by_id = {person.id: person for person in people if person.in_office(at)}
    away = {absence.person_id: absence for absence in absences if absence.covers(at)}
    known = [line for line in lines if line.person_id in by_id]
    covering = [line for line in known if line.covers(site_id, zone, duty, at=at)]
    with_a_part = frozenset(line.person_id for line in known)
    for post in _POSTS:
        for person, why in _candidates(post, by_id, covering, with_a_part):
            found = _present(person, by_id, away, because=(why,))
            if found is not None:
                return found
    return None


def _candidates(
    post: Post, by_id: Mapping[UUID, Person], lines: list[Responsibility], with_a_part: frozenset[UUID]
) -> Iterable[tuple[Person, str]]:
    named = [line for line in lines if by_id[line.person_id].post is post]
    for line in sorted(named, key=_rank, reverse=True):
        yield by_id[line.person_id], f"{label(post)}，责任区域：{_place(line)}"
    holders = [person for person in by_id.values() if person.post is post]
    for person in sorted(holders, key=lambda one: (one.id not in with_a_part, one.valid_from, one.id), reverse=True):
        yield person, f"{label(post)}，未单独划分责任区域"


def _rank(line: Responsibility) -> tuple[int, datetime, UUID]:
    specific = 4 * (line.duty is not None) + 2 * (line.zone is not None) + (line.site_id is not None)
    return specific, line.valid_from, line.id


def _place(line: Responsibility) -> str:
    site = "全部厨房" if line.site_id is None else line.site_id
    zone = "全部区域" if line.zone is None else label(line.zone)
    return f"{site} · {zone}" + ("" if line.duty is None else f" · {label(line.duty)}")


def _present(
    person: Person, by_id: Mapping[UUID, Person], away: Mapping[UUID, Absence], *, because: tuple[str, ...]
) -> Accountable | None:
    seen: set[UUID] = set()
    while person.id in away and len(seen) < MOST_DEPUTIES:
        seen.add(person.id)
        absence = away[person.id]
        deputy = by_id.get(absence.deputy_id)
        if deputy is None or deputy.id in seen:
            return None
        because += (f"{person.name}请假（{absence.reason}），由{deputy.name}代理",)
        person = deputy
    return None if person.id in away else Accountable(person=person, because=because)
