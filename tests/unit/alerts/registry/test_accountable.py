"""Exactly one person is accountable: the most specific place, then the post, never somebody who is away."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.registry.accountable import resolve
from models.catalogue.duty_terms import Duty
from models.catalogue.terms import Post, Zone
from models.domain.people import Absence, Responsibility
from models.domain.registry import Person

AT = datetime(2026, 9, 1, 8, tzinfo=UTC)
DAY = timedelta(days=1)
OWNER = {"tenant_id": "t", "entity_id": UUID(int=1), "region_code": "330602"}


def person(number: int, post: Post = Post.officer, **more: object) -> Person:
    values = {"valid_from": AT - DAY, **more}
    return Person(**OWNER, id=UUID(int=number), name=f"P{number}", post=post, **values)


def line(number: int, who: int, site: str | None = None, zone: Zone | None = None) -> Responsibility:
    return Responsibility(
        **OWNER,
        id=UUID(int=number),
        person_id=UUID(int=who),
        site_id=site,
        zone=zone,
        valid_from=AT - DAY,
        set_by="x",
    )


def absence(who: int, deputy: int) -> Absence:
    return Absence(
        **OWNER,
        id=UUID(int=who * 100 + deputy),
        person_id=UUID(int=who),
        deputy_id=UUID(int=deputy),
        absent_from=AT - DAY,
        absent_to=AT + DAY,
        reason="病假",
        set_by="x",
    )


def found(people: list[Person], lines: list[Responsibility], absences: list[Absence]) -> str | None:
    one = resolve(people, lines, absences, site_id="s", zone=Zone.cooking, at=AT)
    return None if one is None else one.person.name


def test_the_more_specific_place_wins() -> None:
    people = [person(1), person(2), person(3), person(4)]
    lines = [line(1, 1), line(2, 2, "s"), line(3, 3, None, Zone.cooking), line(4, 4, "s", Zone.cooking)]
    for most in (4, 3, 2, 1):
        assert found(people, lines[:most], []) == f"P{most}"
    assert found(people, [line(5, 2, "other"), line(6, 3, None, Zone.storage)], []) == "P4"


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ([person(1, Post.principal), person(2, Post.director)], "P2"),
        ([person(1, Post.principal)], "P1"),
        ([], None),
        ([person(1, valid_to=AT)], None),
        ([person(1, valid_from=AT + DAY)], None),
        ([person(1, valid_from=AT - 2 * DAY), person(2, valid_from=AT - DAY)], "P2"),
    ],
)
def test_the_post_counts_where_no_line_does(people: list[Person], expected: str | None) -> None:
    assert found(people, [], []) == expected


def test_a_deputy_stands_in_and_the_reason_is_stated() -> None:
    one = resolve([person(1), person(2)], [line(1, 1)], [absence(1, 2)], site_id="s", zone=Zone.cooking, at=AT)
    assert one is not None
    assert (one.person.name, one.because[-1]) == ("P2", "P1请假（病假），由P2代理")


def test_deputies_in_a_circle_are_nobody_and_the_next_post_counts() -> None:
    people = [person(1), person(2), person(3, Post.principal)]
    assert found(people, [], [absence(1, 2), absence(2, 1)]) == "P3"
    assert found(people[:2], [], [absence(1, 2), absence(2, 1)]) is None


@given(
    posts=st.lists(st.sampled_from(Post), max_size=6),
    pairs=st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), max_size=6),
    places=st.lists(
        st.tuples(st.integers(1, 6), st.sampled_from([None, "s", "o"]), st.sampled_from([None, *Zone])), max_size=6
    ),
)
def test_whoever_is_accountable_is_in_office_and_present(
    posts: list[Post], pairs: list[tuple[int, int]], places: list[tuple[int, str | None, Zone | None]]
) -> None:
    people = [person(number, post) for number, post in enumerate(posts, start=1)]
    absences = [absence(who, deputy) for who, deputy in pairs if who != deputy]
    lines = [line(number, who, site, zone) for number, (who, site, zone) in enumerate(places, start=1)]
    away = {one.person_id for one in absences}
    one = resolve(people, lines, absences, site_id="s", zone=Zone.cooking, at=AT)
    if one is not None:
        assert one.person in people
        assert one.person.id not in away
    else:
        assert all(someone.id in away for someone in people)


def test_a_line_for_a_field_of_work_counts_for_that_field_and_beats_a_place() -> None:
    people = [person(1), person(2)]
    pests = replace(line(1, 1), duty=Duty.pests)
    lines = [pests, line(2, 2, "s", Zone.cooking)]

    def of(duty: Duty | None) -> str | None:
        one = resolve(people, lines, [], site_id="s", zone=Zone.cooking, duty=duty, at=AT)
        return None if one is None else one.person.name

    assert (of(Duty.pests), of(Duty.waste), of(None)) == ("P1", "P2", "P2")
    because = resolve(people, lines, [], site_id="s", zone=Zone.cooking, duty=Duty.pests, at=AT)
    assert because is not None
    assert "有害生物" in because.because[0]
