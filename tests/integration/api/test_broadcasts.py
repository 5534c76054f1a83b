"""Messages to groups: counted before, sent through the channels of the group alone, followed, withdrawn."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.notices import broadcasts as sending
from models.base.clock import SteppedClock
from tests.integration.api.test_notices import add, log_of, sender_of
from tests.integration.api.test_wishes import HTML
from tests.support.guarantees import cadre_of
from tests.support.http import Rig, fresh_key
from tests.support.receivers import Receiver, receiver


@pytest.fixture
def bot() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


def message(rig: Rig, **change: Any) -> dict[str, Any]:  # noqa: ANN401 - the API's own JSON
    body = {"region": rig.a.region, "title": "开学前自查", "text": "请于 9 月 1 日前完成开学自查。"}
    return body | change


def broadcast(rig: Rig, key: str, **change: Any) -> Any:  # noqa: ANN401 - the API's own JSON
    return rig.post("/v1/broadcasts", key, json=message(rig, **change), headers=fresh_key())


def sent(rig: Rig, **after: float) -> int:
    return sender_of(rig).work_off(SteppedClock(datetime.now(UTC) + timedelta(seconds=1, **after)))


def test_row_12_a_region_sends_to_its_principals_and_follows_the_delivery(rig: Rig, bot: Receiver) -> None:
    with receiver() as other, receiver() as office:
        add(rig, rig.keys.enterprise_a, bot.wecom)
        add(rig, rig.keys.enterprise_b, other.wecom)
        add(rig, rig.keys.regulator_a, office.wecom)
        seen = rig.post("/v1/broadcasts/preview", rig.keys.regulator_a, json=message(rig)).json()
        assert seen == {"members": 1, "reachable": 1, "messages": 1}
        key = fresh_key()
        first = rig.post("/v1/broadcasts", rig.keys.regulator_a, json=message(rig), headers=key)
        again = rig.post("/v1/broadcasts", rig.keys.regulator_a, json=message(rig), headers=key)
        assert (first.status_code, again.json()["id"]) == (200, first.json()["id"]), first.text
        assert sent(rig) == 1
        assert other.got == office.got == []
    assert bot.texts[0].splitlines()[0] == "【通知】开学前自查"
    assert "请于 9 月 1 日前完成开学自查。" in bot.texts[0]
    found = rig.get(f"/v1/broadcasts/{first.json()['id']}", rig.keys.regulator_a).json()
    assert (found["states"], found["members"], found["messages"]) == ({"delivered": 1}, 1, 1)
    rows = rig.get("/v1/notices", rig.keys.regulator_a, subject_id=found["id"]).json()["data"]
    assert [(row["occasion"], row["state"]) for row in rows] == [("broadcast", "delivered")]
    assert log_of(rig, rig.keys.enterprise_b) == []
    audit = rig.get("/v1/audit", rig.keys.admin, limit=20).json()["data"]
    assert sum(row["action"] == "broadcast.added" for row in audit) == 1


def test_it_goes_to_the_kinds_tiers_or_cadres_that_are_meant(rig: Rig, bot: Receiver) -> None:
    add(rig, rig.keys.enterprise_a, bot.wecom)
    with rig.store.write() as w:
        w.raw.execute(
            "UPDATE entity SET business_kind = 'school_canteen', guarantee_tier = 'C' WHERE id = %s", [rig.a.entity]
        )
    assert broadcast(rig, rig.keys.regulator_a, business_kinds=["snack_shop"]).status_code == 422
    assert broadcast(rig, rig.keys.regulator_a, tiers=["A", "B"]).status_code == 422
    assert (
        broadcast(rig, rig.keys.city, region="3306", business_kinds=["school_canteen"], tiers=["C"]).status_code == 200
    )
    cadre = cadre_of(rig.store, rig.a)
    with receiver() as phone:
        add(rig, rig.keys.regulator_a, phone.wecom, cadre_id=str(cadre.id))
        assert broadcast(rig, rig.keys.regulator_a, audience="cadres", tiers=["C"]).status_code == 422
        done = broadcast(rig, rig.keys.regulator_a, audience="cadres").json()
        assert (done["members"], done["messages"]) == (1, 1)
        assert sent(rig) == 2
        assert (len(bot.got), len(phone.got)) == (1, 1)


def test_what_was_withdrawn_is_not_sent(rig: Rig, bot: Receiver) -> None:
    add(rig, rig.keys.enterprise_a, bot.wecom)
    made = broadcast(rig, rig.keys.regulator_a).json()
    path = f"/v1/broadcasts/{made['id']}/withdraw"
    for key, status in ((rig.keys.regulator_b, 404), (rig.keys.enterprise_a, 403), (rig.keys.regulator_a, 200)):
        assert rig.post(path, key, json={"reason": "内容有误"}, headers=fresh_key()).status_code == status
    assert rig.post(path, rig.keys.regulator_a, json={"reason": "x"}, headers=fresh_key()).status_code == 409
    assert sent(rig) == 0
    assert bot.got == []
    (row,) = log_of(rig, rig.keys.enterprise_a)
    assert (row["state"], row["last_error"]) == ("cancelled", "事项已变为“已撤回”，无需再通知")


@pytest.mark.parametrize(
    ("key", "change", "status"),
    [
        ("enterprise_a", {}, 403),
        ("platform_b", {}, 403),
        ("regulator_b", {}, 403),
        ("regulator_a", {"region": ""}, 403),
        ("regulator_a", {"region": "3306"}, 403),
        ("regulator_a", {"title": " "}, 422),
        ("regulator_a", {"text": "x" * 501}, 422),
        ("regulator_a", {"severity": "critical"}, 422),
        ("regulator_a", {"tiers": ["E"]}, 422),
        ("regulator_a", {"business_kinds": ["pirate"]}, 422),
        ("regulator_a", {"audience": "everybody"}, 422),
    ],
)
def test_what_is_refused(rig: Rig, bot: Receiver, key: str, change: dict[str, Any], status: int) -> None:
    add(rig, rig.keys.enterprise_a, bot.wecom)
    assert broadcast(rig, getattr(rig.keys, key), **change).status_code == status
    assert rig.get("/v1/broadcasts", rig.keys.admin).json()["data"] == []


def test_sending_is_bounded(rig: Rig, bot: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        add(rig, rig.keys.enterprise_a, bot.wecom)
    monkeypatch.setattr(sending, "MOST_MESSAGES", 1)
    assert broadcast(rig, rig.keys.regulator_a).status_code == 422
    monkeypatch.undo()
    for _ in range(sending.MOST_A_DAY):
        assert broadcast(rig, rig.keys.regulator_a).status_code == 200
    assert broadcast(rig, rig.keys.regulator_a).status_code == 429
    assert broadcast(rig, rig.keys.city).status_code == 429, "of the tenant, not of the caller"


def test_the_page_offers_it_to_offices_and_shows_what_became_of_it(rig: Rig, bot: Receiver) -> None:
    add(rig, rig.keys.enterprise_a, bot.wecom)
    broadcast(rig, rig.keys.regulator_a)
    sent(rig)
    page = rig.browser("regulator-a").get("/console/notices", headers=HTML).text
    assert "1 家中 1 家有渠道，共 1 条：已送达 1" in page
    own = rig.browser("enterprise-a").get("/console/notices", headers=HTML).text
    assert "群发通知" in own, "in the log of messages"
    assert 'id="group"' not in own
    assert "开学前自查" not in rig.browser("regulator-b").get("/console/notices", headers=HTML).text
