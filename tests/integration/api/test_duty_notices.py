"""Messages about duties: from a step of the night over the queue to real receivers of whom it concerns."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.duties.supervision import act, mark_late, plan
from alerts.duties.warnings.evaluating import evaluate
from alerts.indices.scheduled import run_due
from models.base.clock import SHANGHAI, SteppedClock
from models.catalogue.supervision_terms import SupervisionCommand
from models.catalogue.terms import Role
from models.domain.access import Actor
from models.store import supervision
from tests.integration.alerts.duties.test_warnings import write_day
from tests.integration.alerts.indices.test_scheduled import DUE, WEEK
from tests.integration.api.test_console_pages import dispatched
from tests.integration.api.test_notices import add, log_of, sender_of
from tests.integration.api.test_wishes import HTML
from tests.support.duties import signed_week
from tests.support.guarantees import cadre_of, supervised
from tests.support.http import Rig
from tests.support.indices import further_counties, ranked_counties
from tests.support.receivers import Receiver, receiver

PLANNED = datetime(2026, 11, 2, 4, tzinfo=UTC)
"""Noon in the second month of a quarter, so that its visits are worth planning."""
CITY = Actor(name="city", role=Role.regulator)


@pytest.fixture
def bot() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


def sent(rig: Rig, at: datetime) -> int:
    """Send the messages that are due at `at`, a minute later each time; return the number of attempts."""
    return sender_of(rig).work_off(SteppedClock(at))


def planned(rig: Rig, at: datetime = PLANNED) -> None:
    with rig.store.write() as w:
        plan(w, at=at)


def cadre_with_channel(rig: Rig, address: str, name: str = "李包保", **change: Any) -> Any:  # noqa: ANN401 - of the API
    cadre = cadre_of(rig.store, rig.a, name)
    answer = add(rig, rig.keys.regulator_a, address, cadre_id=str(cadre.id), name=name, **change)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["cadre_id"], answer.json()["region_code"]) == (str(cadre.id), rig.a.region)
    return cadre


def test_row_4_a_planned_visit_is_pushed_to_its_cadre_and_nobody_else_and_a_late_one_again(
    rig: Rig, bot: Receiver
) -> None:
    cadre = cadre_with_channel(rig, bot.wecom)
    with receiver() as office, receiver() as kitchen, receiver() as other:
        add(rig, rig.keys.regulator_a, office.wecom)
        add(rig, rig.keys.enterprise_a, kitchen.wecom)
        cadre_with_channel(rig, other.wecom, "王包保")
        supervised(rig.store, rig.a, cadre, at=PLANNED - timedelta(days=40))
        planned(rig)
        planned(rig)
        assert sent(rig, PLANNED + timedelta(minutes=1)) == 1
        with rig.store.write() as w:
            (task,) = supervision.open_of_entity(w, rig.a.entity)
            late = task.due_at + timedelta(hours=12)
            mark_late(w, at=late)
            mark_late(w, at=late)
        assert sent(rig, late + timedelta(minutes=1)) == 1
        assert office.got == kitchen.got == other.got == []
    pushed, overdue = bot.texts
    assert pushed.splitlines()[0] == "新的督导任务：企业a"
    assert "完成期限：2027-01-01 00:00" in pushed
    assert "https://mingchu.example/console/supervision" in pushed
    assert overdue.splitlines()[0] == "督导逾期：企业a"
    assert [one["occasion"] for one in log_of(rig, rig.keys.regulator_a)] == ["visit_late", "visit_pushed"]
    assert log_of(rig, rig.keys.enterprise_a) == log_of(rig, rig.keys.regulator_b) == []


def test_a_visit_that_was_accepted_or_handed_over_meanwhile_sends_nothing_to_the_first(rig: Rig, bot: Receiver) -> None:
    first = cadre_with_channel(rig, bot.wecom)
    with receiver() as other:
        second = cadre_with_channel(rig, other.wecom, "王包保")
        supervised(rig.store, rig.a, first, at=PLANNED - timedelta(days=40))
        planned(rig)
        with rig.store.write() as w:
            (task,) = supervision.open_of_entity(w, rig.a.entity)
            reassign = SupervisionCommand.reassign
            at = PLANNED + timedelta(minutes=1)
            act(w, task.id, reassign, version=task.version, by=CITY, at=at, text="请假", cadre_id=second.id)
        assert sent(rig, PLANNED + timedelta(minutes=2)) == 1
        assert bot.got == []
        assert "新的督导任务" in other.texts[0]
    assert {one["state"] for one in log_of(rig, rig.keys.regulator_a)} == {"cancelled", "delivered"}


def test_many_visits_of_a_night_become_one_digest_in_the_morning(rig: Rig, bot: Receiver) -> None:
    cadre = cadre_with_channel(rig, bot.wecom, quiet_from="22:00", quiet_to="07:00", cap_per_hour=1)
    night = (datetime.now(UTC) + timedelta(days=1)).replace(hour=17)  # one in the morning in Shanghai
    supervised(rig.store, rig.a, cadre, at=night - timedelta(days=40))
    dispatched(rig, rig.a, "rodent")
    planned(rig, night)
    assert sent(rig, night + timedelta(minutes=1)) == 0
    assert sent(rig, night.replace(hour=23, minute=1)) == 1
    assert bot.texts[0].splitlines()[0] == "明厨消息汇总：2 条"
    assert "企业a 重大隐患督导：督导任务推送，目前" in bot.texts[0]


def test_row_9_an_orange_warning_reaches_whom_it_names_and_a_yellow_one_nobody(rig: Rig, bot: Receiver) -> None:
    add(rig, rig.keys.enterprise_a, bot.wecom)
    noon = datetime.now(SHANGHAI).replace(hour=12, minute=0).astimezone(UTC)
    with receiver() as office, receiver() as other:
        add(rig, rig.keys.regulator_a, office.wecom)
        add(rig, rig.keys.enterprise_b, other.wecom)
        write_day(rig.store, rig.a, noon)
        for days, count in ((2, 0), (4, 1), (5, 0)):
            at = noon + timedelta(days=days)
            for _ in range(2):
                with rig.store.write() as w:
                    evaluate(w, at=at)
            assert sent(rig, at + timedelta(minutes=1)) == count, days
        assert "【橙色预警】日管控记录缺失" in bot.texts[0].splitlines()[0]
        assert "已连续 3 天没有日管控记录" in bot.texts[0]
        assert office.got == other.got == [], "orange names the director and the principal"
        at = noon + timedelta(days=6)
        with rig.store.write() as w:
            evaluate(w, at=at)
        assert sent(rig, at + timedelta(minutes=1)) == 2
        assert "【红色预警】" in bot.texts[1]
        assert "近 30 天有 5 天没有日管控记录" in office.texts[0]
        assert other.got == []


def test_a_warning_about_a_cadre_reaches_the_authorities_and_never_the_enterprise(rig: Rig, bot: Receiver) -> None:
    add(rig, rig.keys.regulator_a, bot.wecom)
    with receiver() as kitchen:
        add(rig, rig.keys.enterprise_a, kitchen.wecom)
        supervised(rig.store, rig.a, cadre_of(rig.store, rig.a), at=PLANNED - timedelta(days=40))
        planned(rig)
        with rig.store.write() as w:
            (task,) = supervision.open_of_entity(w, rig.a.entity)
            evaluate(w, at=task.due_at + timedelta(days=8))
        assert sent(rig, task.due_at + timedelta(days=8, minutes=1)) == 1
        assert "督导任务已逾期 8 天" in bot.texts[0]
        assert kitchen.got == []


def test_a_red_warning_waits_for_the_end_of_the_quiet_hours_and_one_that_ended_is_not_sent(
    rig: Rig, bot: Receiver
) -> None:
    add(rig, rig.keys.enterprise_a, bot.wecom, quiet_from="22:00", quiet_to="07:00")
    noon = datetime.now(SHANGHAI).replace(hour=12, minute=0).astimezone(UTC)
    write_day(rig.store, rig.a, noon)
    night = noon + timedelta(days=7, hours=13)
    with rig.store.write() as w:
        evaluate(w, at=night)
    assert sent(rig, night + timedelta(minutes=1)) == 0
    with rig.store.write() as w:
        w.raw.execute("UPDATE duty_warning SET ended_at = now()")
    assert sent(rig, night + timedelta(hours=7)) == 0
    (row,) = log_of(rig, rig.keys.enterprise_a)
    assert (row["severity"], row["state"], row["last_error"]) == (
        "critical",
        "cancelled",
        "事项已变为“已解除”，无需再通知",
    )


def test_a_serious_week_calls_the_principal_by_message(rig: Rig, bot: Receiver) -> None:
    add(rig, rig.keys.enterprise_a, bot.wecom)
    with receiver() as office:
        add(rig, rig.keys.regulator_a, office.wecom)
        at = datetime.now(UTC)
        with rig.store.write() as w:
            report, _ = signed_week(w, rig.a.site, at)
        assert sent(rig, at + timedelta(seconds=1)) == 1
        assert bot.texts[0].splitlines()[0] == "本周食品安全状况评为严重：厨房a"
        assert "分析：有严重隐患" in bot.texts[0]
        assert f"/console/reports?report={report}" in bot.texts[0]
        assert office.got == []


def test_row_14_a_letter_reaches_the_county_it_is_addressed_to_and_none_above(rig: Rig, bot: Receiver) -> None:
    add(rig, rig.keys.regulator_a, bot.wecom)
    with receiver() as city:
        add(rig, rig.keys.city, city.wecom)
        ranked_counties(
            rig.store,
            rig.files,
            [*further_counties(rig.store, "cd"), rig.a, rig.b],
            at=DUE - timedelta(days=7),
        )
        for _ in range(2):
            run_due(rig.store, at=DUE)
        assert sent(rig, DUE + timedelta(minutes=1)) == 1
        assert bot.texts[0].splitlines()[0] == f"提示函：{WEEK} 履责指数"
        assert "位于后三名" in bot.texts[0]
        assert city.got == []


@pytest.mark.parametrize(
    ("key", "change", "status"),
    [
        ("enterprise_a", {}, 403),
        ("regulator_b", {}, 404),
        ("regulator_a", {"region": "330602"}, 422),
        ("platform_b", {}, 403),
    ],
)
def test_only_an_office_of_the_region_adds_the_channel_of_a_cadre(
    rig: Rig, bot: Receiver, key: str, change: dict[str, str], status: int
) -> None:
    cadre = cadre_of(rig.store, rig.a)
    answer = add(rig, getattr(rig.keys, key), bot.wecom, cadre_id=str(cadre.id), **change)
    assert answer.status_code == status, answer.text


def test_the_page_offers_the_cadres_and_names_the_one_of_a_channel(rig: Rig, bot: Receiver) -> None:
    cadre_with_channel(rig, bot.wecom)
    page = rig.browser("regulator-a").get("/console/notices", headers=HTML).text
    assert "包保干部 李包保" in page
    assert "李包保（副镇长）" in page
    other = rig.browser("regulator-b").get("/console/notices", headers=HTML).text
    assert "李包保" not in other
    assert "包保干部<select" not in rig.browser("enterprise-a").get("/console/notices", headers=HTML).text
