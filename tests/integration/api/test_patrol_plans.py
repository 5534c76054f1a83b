"""Plans of online patrols: kitchens are drawn for every period, a patrol in time settles them, what is missed stays."""

from datetime import UTC, date, datetime, timedelta

import pytest

from alerts.duties.patrol_plans import draw_due, make_plan, span_of
from models.base.clock import SHANGHAI
from models.catalogue.supervision_terms import BusinessKind, PatrolDueState, PatrolPeriod
from models.catalogue.terms import Role
from models.domain.access import Actor
from models.domain.patrols import PatrolPlan
from models.store import Store, patrol_plans
from tests.integration.api.test_wishes import HTML
from tests.support.http import Rig, fresh_key
from tests.support.patrols import patrolled
from tests.support.world import TENANT

BODY = {"name": "每周线上巡查", "region_code": "330602", "period": "week", "number": 3}


def monday(weeks: int = 0) -> datetime:
    """Ten in the morning of this week's Monday, or of a later one's."""
    today = datetime.now(SHANGHAI).replace(hour=10, minute=0, second=0, microsecond=0)
    return (today - timedelta(days=today.weekday()) + timedelta(weeks=weeks)).astimezone(UTC)


def planned(
    store: Store, *, number: int = 5, at: datetime | None = None, kinds: tuple[BusinessKind, ...] = ()
) -> PatrolPlan:
    with store.write() as w:
        return make_plan(
            w,
            tenant_id=TENANT,
            region_code="3306",
            within="3306",
            name="全市线上巡查",
            period=PatrolPeriod.week,
            number=number,
            business_kinds=kinds,
            by=Actor(name="city", role=Role.regulator),
            at=at or monday(),
        )


def states(store: Store, plan: PatrolPlan, *, at: datetime) -> dict[tuple[str, date], PatrolDueState]:
    """What became of each kitchen in each period."""
    day = at.astimezone(SHANGHAI).date()
    with store.read() as r:
        found = patrol_plans.dues(r, plan_id=plan.id, state=None, day=day, limit=100)
    return {(one.site_id, one.begins): one.state(day) for one in found}


def draw(store: Store, at: datetime) -> int:
    with store.write() as w:
        return draw_due(w, at=at)


def test_row_8_a_plan_draws_kitchens_and_whoever_patrols_one_in_time_settles_it(rig: Rig) -> None:
    plan = planned(rig.store)
    patrol = patrolled(rig, rig.a, rig.keys.regulator_a)
    (mine,) = rig.get("/v1/patrol-dues", rig.keys.regulator_a).json()["data"]
    assert (mine["site_id"], mine["state"], mine["patrol_id"]) == (rig.a.site, "done", patrol["id"])
    (theirs,) = rig.get("/v1/patrol-dues", rig.keys.regulator_b, state="waiting").json()["data"]
    assert (theirs["site_id"], theirs["due_on"]) == (rig.b.site, str((monday() + timedelta(days=6)).date()))
    assert rig.get("/v1/patrol-dues", rig.keys.regulator_b, state="done").json()["data"] == []
    with rig.store.read() as r:
        far = patrol_plans.progress(r, [plan.id], day=datetime.now(SHANGHAI).date())[plan.id]
    assert (far.due, far.done, far.missed) == (2, 1, 0)


def test_what_nobody_patrols_stays_missed_and_comes_first_in_the_next_period(rig: Rig) -> None:
    plan = planned(rig.store, number=1)
    ((first, _), _) = states(rig.store, plan, at=monday()).popitem()
    other = ({rig.a.site, rig.b.site} - {first}).pop()
    kitchen, key = (rig.b, rig.keys.regulator_b) if other == rig.b.site else (rig.a, rig.keys.regulator_a)
    patrolled(rig, kitchen, key)
    after = monday(1)
    assert draw(rig.store, after) == 1
    this, last = after.astimezone(SHANGHAI).date(), monday().astimezone(SHANGHAI).date()
    assert states(rig.store, plan, at=after) == {
        (first, last): PatrolDueState.missed,
        (first, this): PatrolDueState.waiting,
    }
    assert draw(rig.store, after + timedelta(hours=5)) == 0, "once a day"
    assert draw(rig.store, after + timedelta(days=1)) == 1
    assert len(states(rig.store, plan, at=after)) == 2, "and nothing twice"
    patrolled(
        rig,
        rig.a if first == rig.a.site else rig.b,
        rig.keys.regulator_a if first == rig.a.site else rig.keys.regulator_b,
    )
    assert states(rig.store, plan, at=after)[first, last] is PatrolDueState.done, "it was in time after all"


def test_a_kitchen_that_closes_leaves_the_plan_and_another_is_drawn(rig: Rig) -> None:
    plan = planned(rig.store, number=1)
    ((gone, begins), _) = states(rig.store, plan, at=monday()).popitem()
    with rig.store.write() as w:
        w.raw.execute(
            "UPDATE entity SET operating = 'suspended' WHERE id = (SELECT entity_id FROM site WHERE id = %s)", [gone]
        )
    assert draw(rig.store, monday() + timedelta(days=1)) == 1
    other = ({rig.a.site, rig.b.site} - {gone}).pop()
    assert states(rig.store, plan, at=monday()) == {
        (gone, begins): PatrolDueState.dropped,
        (other, begins): PatrolDueState.waiting,
    }


def test_a_kitchen_without_a_camera_is_not_drawn(rig: Rig) -> None:
    with rig.store.write() as w:
        w.raw.execute(
            "UPDATE device SET decommissioned_at = now() WHERE kind = 'camera' AND site_id = %s", [rig.b.site]
        )
    plan = planned(rig.store)
    assert {site for site, _ in states(rig.store, plan, at=monday())} == {rig.a.site}


def test_only_wanted_lines_of_business_are_drawn(rig: Rig) -> None:
    with rig.store.write() as w:
        w.raw.execute("UPDATE entity SET business_kind = 'school_canteen' WHERE id = %s", [rig.b.entity])
    plan = planned(rig.store, kinds=(BusinessKind.school_canteen,))
    assert {site for site, _ in states(rig.store, plan, at=monday())} == {rig.b.site}


def test_a_plan_made_at_the_end_of_a_week_begins_with_the_next(rig: Rig) -> None:
    plan = planned(rig.store, at=monday() + timedelta(days=5))
    assert states(rig.store, plan, at=monday()) == {}
    assert draw(rig.store, monday(1)) == 1
    assert len(states(rig.store, plan, at=monday(1))) == 2


@pytest.mark.parametrize(
    ("period", "day", "span"),
    [
        ("week", date(2027, 1, 1), (date(2026, 12, 28), date(2027, 1, 3))),
        ("month", date(2028, 2, 29), (date(2028, 2, 1), date(2028, 2, 29))),
        ("month", date(2026, 12, 31), (date(2026, 12, 1), date(2026, 12, 31))),
        ("quarter", date(2026, 11, 30), (date(2026, 10, 1), date(2026, 12, 31))),
    ],
)
def test_periods_are_of_the_calendar(period: str, day: date, span: tuple[date, date]) -> None:
    assert span_of(PatrolPeriod(period), day) == span


def test_a_plan_is_made_once_listed_and_ended(rig: Rig) -> None:
    once = fresh_key()
    made = rig.post("/v1/patrol-plans", rig.keys.regulator_a, json=BODY, headers=once)
    assert made.status_code == 200, made.text
    again = rig.post("/v1/patrol-plans", rig.keys.regulator_a, json=BODY, headers=once)
    assert again.json() == made.json()
    (listed,) = rig.get("/v1/patrol-plans", rig.keys.regulator_a).json()
    assert (listed["id"], listed["period_label"], listed["ended_at"]) == (made.json()["id"], "每周", None)
    assert rig.get("/v1/patrol-plans", rig.keys.regulator_b).json() == []
    path = f"/v1/patrol-plans/{listed['id']}/end"
    assert rig.post(path, rig.keys.regulator_b).status_code == 404
    ended = rig.post(path, rig.keys.regulator_a)
    assert ended.status_code == 200
    assert ended.json()["ended_by"]
    assert rig.post(path, rig.keys.regulator_a).status_code == 409
    assert draw(rig.store, monday(1)) == 0, "an ended plan draws nothing"
    assert rig.get("/v1/patrol-dues", rig.keys.regulator_a, state="waiting").json()["data"] == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"region_code": "330603"}, 403),
        ({"region_code": ""}, 403),
        ({"region_code": "33-6"}, 422),
        ({"number": 0}, 422),
        ({"number": 201}, 422),
        ({"name": "   "}, 422),
        ({"name": "x" * 61}, 422),
        ({"period": "day"}, 422),
        ({"business_kinds": ["casino"]}, 422),
    ],
)
def test_a_wrong_plan_is_refused_in_words(rig: Rig, change: dict[str, object], status: int) -> None:
    answer = rig.post("/v1/patrol-plans", rig.keys.regulator_a, json=BODY | change)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]
    assert rig.get("/v1/patrol-plans", rig.keys.regulator_a).json() == []


def test_enterprises_and_platforms_plan_nothing_and_see_nothing(rig: Rig) -> None:
    planned(rig.store)
    for key in (rig.keys.enterprise_a, rig.keys.platform_b):
        assert rig.post("/v1/patrol-plans", key, json=BODY).status_code == 403
        assert rig.get("/v1/patrol-dues", key).status_code == 403


def test_the_page_shows_what_waits_and_how_far_plans_are(rig: Rig) -> None:
    rig.post("/v1/patrol-plans", rig.keys.regulator_a, json=BODY | {"period": "quarter", "name": "<b>季度</b>巡查"})
    with rig.store.write() as w:
        w.raw.execute("UPDATE patrol_plan SET drawn_on = NULL")
        begins, _ = span_of(PatrolPeriod.quarter, datetime.now(SHANGHAI).date())
        draw_due(w, at=datetime(begins.year, begins.month, 2, 4, tzinfo=UTC))
    page = rig.browser("regulator-a").get("/console/patrol", headers=HTML).text
    assert f'href="/console/patrol?site={rig.a.site}"' in page
    assert "&lt;b&gt;季度&lt;/b&gt;巡查" in page
    assert "<b>季度" not in page
    assert "已巡 0/1" in page
    assert "新建计划" in page
