"""Which post accounts for which period (三人三责), and who may sign: an account of a person signs as that person.

Source: 企业落实食品安全主体责任监督管理规定 (Order 60 as amended by 97): the 食品安全员 keeps the day, the 食品安全总监
the week, the 主要负责人 the month. A small enterprise need not have a 总监; its 安全员 keeps the week as well.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from models.base.errors import Invalid, NotAllowed
from models.catalogue.duty_terms import DutyPeriod
from models.catalogue.terms import Post, label
from models.domain.access import Actor
from models.domain.registry import Person
from models.store import registry
from models.store.connect import Read

_STAND_IN: dict[DutyPeriod, tuple[Post, ...]] = {
    DutyPeriod.day: (Post.officer, Post.director, Post.principal),
    DutyPeriod.week: (Post.director, Post.officer, Post.principal),
    DutyPeriod.month: (Post.principal, Post.director, Post.officer),
}
"""The post that keeps a period, then those that stand in for it while nobody holds it."""


def periods_of(post: Post, held: Collection[Post]) -> tuple[DutyPeriod, ...]:
    """Return the periods that a post keeps in an enterprise whose posts `held` have somebody in office."""
    return tuple(
        period for period, order in _STAND_IN.items() if next((one for one in order if one in held), None) is post
    )


def duties_of(r: Read, person_id: UUID, *, at: datetime) -> tuple[Person | None, tuple[DutyPeriod, ...]]:
    """Return a person with the periods that they keep; none once their office has ended, None if unknown."""
    person = registry.person(r, person_id)
    if person is None or not person.in_office(at):
        return person, ()
    held = {one.post for one in registry.people_in_office(r, entity_id=person.entity_id, at=at)}
    return person, periods_of(person.post, held)


def check_keeper(r: Read, by: Actor, period: DutyPeriod, *, entity_id: UUID, at: datetime) -> Person | None:
    """Check that an account of a person keeps a period of an enterprise; return the person, None for other accounts.

    Raises:
        NotAllowed: the person is not in office there, or another post keeps this period.
    """
    if by.person_id is None:
        return None
    person, periods = duties_of(r, by.person_id, at=at)
    if person is None or person.entity_id != entity_id or period not in periods:
        post = "已离任" if person is None or not person.in_office(at) else label(person.post)
        raise NotAllowed(f"{label(period)}不是您的职责（{post}） the {period} is kept by another post than yours")
    return person


def check_signer(r: Read, by: Actor, period: DutyPeriod, *, name: str, entity_id: UUID, at: datetime) -> None:
    """Check that who signs keeps the period, and signs in their own name.

    Raises:
        NotAllowed: see `check_keeper`.
        Invalid: the name is somebody else's.
    """
    person = check_keeper(r, by, period, entity_id=entity_id, at=at)
    if person is not None and name.strip() != person.name:
        raise Invalid(f"请以本人姓名“{person.name}”签名 name: expected {person.name}, whose account this is")


def person_named(r: Read, entity_id: UUID | None, name: str, *, at: datetime) -> Person:
    """Return the one person in office of an enterprise with a name, to give them an account of their own.

    Raises:
        Invalid: there is no enterprise, nobody of this name, or several.
    """
    found = [] if entity_id is None else registry.people_in_office(r, entity_id=entity_id, at=at)
    named = [person for person in found if person.name == name.strip()]
    if len(named) != 1:
        raise Invalid(f"person {name!r}: expected one person in office of the account's enterprise, found {len(named)}")
    return named[0]
