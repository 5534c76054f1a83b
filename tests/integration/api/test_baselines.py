"""Hours of correct dress from the statement to the regulator's decision, and how nobody blinds a camera by them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.hazards.review import confirm
from alerts.precision.baseline_scores import plan
from alerts.precision.baselines import SETTLES, conclude
from alerts.precision.service import propose
from models.catalogue.terms import Role
from models.domain.access import Actor
from models.domain.ledger import day_and_minute
from models.store import Scope, ledger
from models.store.ledger import Minutes
from tests.integration.api.test_console_pages import HTML
from tests.support.groups import limited
from tests.support.http import Rig, fresh_key
from tests.support.people import find
from tests.support.world import TENANT, Kitchen

CITY = Actor(name="city", role=Role.regulator)
SAYS = {"dressed_correctly": True}
MINUTE = timedelta(minutes=1)


def begun(rig: Rig, key: str, kitchen: Kitchen) -> dict[str, Any]:
    """Somebody says that everybody is dressed correctly from now on."""
    answer = rig.post(f"/v1/cameras/{kitchen.camera}/baselines", key, json=SAYS)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def watched(rig: Rig, kitchen: Kitchen, *, minutes: int = 60) -> None:
    """The camera is analysed from now on for some minutes."""
    now = datetime.now(UTC)
    days: dict[tuple[str, Any], Minutes] = {}
    for number in range(minutes):
        day, minute = day_and_minute(now + number * MINUTE)
        one = days.setdefault((kitchen.camera, day), Minutes())
        one.seen.add(minute)
        one.analysed.add(minute)
    with rig.store.write() as w:
        ledger.mark_minutes(w, days)


def over(rig: Rig) -> int:
    """The hour is over and the sweep comes."""
    with rig.store.write() as w:
        return conclude(w, at=datetime.now(UTC) + plan().length + SETTLES + MINUTE)


def found(rig: Rig, kitchen: Kitchen, score: float, *, code: str = "no_chef_hat") -> Any:  # noqa: ANN401 - an alert or None
    return find(rig.store, rig.files, kitchen, code, at=datetime.now(UTC) + MINUTE, score=score)


def listed(rig: Rig, key: str, kitchen: Kitchen) -> list[dict[str, Any]]:
    answer = rig.get(f"/v1/cameras/{kitchen.camera}/baselines", key)
    assert answer.status_code == 200, answer.text
    hours: list[dict[str, Any]] = answer.json()
    return hours


def proposals(rig: Rig, key: str) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = rig.get("/v1/proposals", key).json()["data"]
    return made


def decide(rig: Rig, key: str, proposal: dict[str, Any], step: str) -> Any:  # noqa: ANN401 - an answer
    path = f"/v1/proposals/{proposal['id']}/{step}"
    return rig.post(path, key, json={"reason": "已到现场核实"}, etag=proposal["version"], headers=fresh_key())


def test_an_hour_leads_to_thresholds_that_a_regulator_takes(rig: Rig) -> None:
    made = begun(rig, rig.keys.enterprise_a, rig.a)
    assert (made["state"], made["said_as"], made["results"]) == ("running", "enterprise", None)
    watched(rig, rig.a)
    assert found(rig, rig.a, 0.42) is not None, "the hour silences nothing"
    found(rig, rig.a, 0.56)
    found(rig, rig.a, 0.95, code="no_mask")
    found(rig, rig.a, 0.3, code="smoking")
    with rig.store.write() as w:
        assert conclude(w, at=datetime.now(UTC) + plan().length) == 0, "its last findings may still come"
    assert over(rig) == 1
    assert over(rig) == 0

    (hour,) = listed(rig, rig.keys.regulator_a, rig.a)
    assert (hour["state"], hour["watched"]) == ("over", 60)
    assert [(one["code"], one["found"], one["outcome"], one["score"]) for one in hour["results"]] == [
        ("no_chef_hat", 2, "proposed", 0.57),
        ("no_mask", 1, "too_sure", None),
    ]
    (proposal,) = proposals(rig, rig.keys.regulator_a)
    assert (proposal["changes"], proposal["baseline_id"]) == ({"min_score": 0.57}, hour["id"])
    assert proposal["replay"] == {"true": 0, "false": 2, "true_lost": 0, "false_gone": 2}
    assert decide(rig, rig.keys.regulator_a, proposal, "take").status_code == 200
    with rig.store.write() as w:  # the situation of the hour is over, so that the next is one of its own
        w.raw.execute("UPDATE alert SET closed_at = now() WHERE device_id = %s", [rig.a.camera])
    assert found(rig, rig.a, 0.5) is None
    assert found(rig, rig.a, 0.7) is not None


def test_an_enterprise_has_no_say_in_the_result_and_does_not_see_the_findings(rig: Rig) -> None:
    begun(rig, rig.keys.enterprise_a, rig.a)
    watched(rig, rig.a)
    found(rig, rig.a, 0.5)
    over(rig)
    (proposal,) = proposals(rig, rig.keys.regulator_a)
    for step in ("take", "refuse", "undo"):
        assert decide(rig, rig.keys.enterprise_a, proposal, step).status_code == 403
    (hour,) = listed(rig, rig.keys.enterprise_a, rig.a)
    assert hour["results"] is None
    with rig.app.state.mingchu.store.read(Scope.of_entity(TENANT, rig.a.entity)) as r:
        assert r.raw.execute("SELECT count(*) FROM camera_baseline").fetchone() == (1,)
        assert r.raw.execute("SELECT count(*) FROM baseline_result").fetchone() == (0,)
    until = (datetime.now(UTC) + timedelta(hours=12)).isoformat()
    history = rig.get(f"/v1/devices/{rig.a.camera}/history", rig.keys.enterprise_a, until=until).json()["data"]
    assert [row["kind"] for row in history] == ["baseline_over", "baseline_begun"]
    assert "no_chef_hat" not in str(history)
    page = rig.browser("enterprise-a").get(f"/console/cameras/{rig.a.camera}", headers=HTML).text
    assert ("最高置信度" in page, "（企业）声明" in page) == (False, True)
    page = rig.browser("regulator-a").get(f"/console/cameras/{rig.a.camera}", headers=HTML).text
    assert "最高置信度 0.50；已提出阈值建议，待监管决定（低于 0.51 不产生预警）" in page
    assert "声明着装合规" in rig.browser("regulator-a").get("/console/precision", headers=HTML).text


def test_a_lie_that_a_reviewer_finds_out_leads_to_nothing(rig: Rig) -> None:
    begun(rig, rig.keys.enterprise_a, rig.a)
    watched(rig, rig.a)
    alert = found(rig, rig.a, 0.5)
    with rig.store.write() as w:
        confirm(w, alert.id, revision=alert.revision, by=CITY, at=datetime.now(UTC) + 2 * MINUTE)
    over(rig)
    assert [one["outcome"] for one in listed(rig, rig.keys.regulator_a, rig.a)[0]["results"]] == ["confirmed"]
    assert proposals(rig, rig.keys.regulator_a) == []


def test_a_lie_that_is_found_out_later_ends_the_proposal(rig: Rig) -> None:
    begun(rig, rig.keys.enterprise_a, rig.a)
    watched(rig, rig.a)
    alert = found(rig, rig.a, 0.5)
    over(rig)
    (proposal,) = proposals(rig, rig.keys.regulator_a)
    with rig.store.write() as w:
        propose(w, at=datetime.now(UTC))
        confirm(w, alert.id, revision=alert.revision, by=CITY, at=datetime.now(UTC) + 2 * MINUTE)
    refused = decide(rig, rig.keys.regulator_a, proposal, "take")
    assert (refused.status_code, "已确认属实" in refused.json()["detail"]) == (409, True)
    with rig.store.write() as w:
        propose(w, at=datetime.now(UTC))
    (proposal,) = proposals(rig, rig.keys.regulator_a)
    assert (proposal["state"], proposal["reason"]) == ("withdrawn", "合规时段内的发现已确认属实")


def test_an_hour_in_which_the_camera_was_covered_proposes_nothing(rig: Rig) -> None:
    begun(rig, rig.keys.enterprise_a, rig.a)
    watched(rig, rig.a, minutes=plan().least_watched - 1)
    found(rig, rig.a, 0.5)
    over(rig)
    (hour,) = listed(rig, rig.keys.regulator_a, rig.a)
    assert (hour["state"], hour["watched"], hour["results"]) == ("unwatched", plan().least_watched - 1, [])
    assert proposals(rig, rig.keys.regulator_a) == []


def test_hours_can_not_be_repeated_until_the_threshold_is_high(rig: Rig) -> None:
    begun(rig, rig.keys.enterprise_a, rig.a)
    for key in (rig.keys.enterprise_a, rig.keys.regulator_a):
        again = rig.post(f"/v1/cameras/{rig.a.camera}/baselines", key, json=SAYS)
        assert again.status_code == 409
    watched(rig, rig.a)
    found(rig, rig.a, 0.5)
    over(rig)
    assert rig.post(f"/v1/cameras/{rig.a.camera}/baselines", rig.keys.enterprise_a, json=SAYS).status_code == 409
    with rig.store.write() as w:
        w.raw.execute("UPDATE camera_baseline SET begins_at = begins_at - interval '25 hours'")
    begun(rig, rig.keys.enterprise_a, rig.a)
    watched(rig, rig.a)
    found(rig, rig.a, 0.6)
    over(rig)
    assert listed(rig, rig.keys.regulator_a, rig.a)[0]["results"][0]["outcome"] == "open_already"
    assert len(proposals(rig, rig.keys.regulator_a)) == 1


def test_a_repeated_request_begins_one_hour(rig: Rig) -> None:
    key = fresh_key()
    path = f"/v1/cameras/{rig.a.camera}/baselines"
    first, second = (rig.post(path, rig.keys.enterprise_a, json=SAYS, headers=key) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]


def test_nobody_speaks_for_the_kitchen_of_another(rig: Rig) -> None:
    path = f"/v1/cameras/{rig.b.camera}/baselines"
    for key in (rig.keys.enterprise_a, rig.keys.regulator_a):
        assert rig.post(path, key, json=SAYS).status_code == 404
        assert rig.get(path, key).status_code == 404
    assert rig.post(path, rig.keys.platform_b, json=SAYS).status_code == 403
    assert rig.get(path, rig.keys.platform_b).status_code == 403
    assert rig.post(f"/v1/cameras/{rig.a.fridge}/baselines", rig.keys.enterprise_a, json=SAYS).status_code == 422
    assert listed(rig, rig.keys.regulator_b, rig.b) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"dressed_correctly": False},
        {"dressed_correctly": "maybe"},
        {"dressed_correctly": True, "minutes": 600},
        {"dressed_correctly": True, "codes": ["smoking"]},
        {"dressed_correctly": True, "most_score": 0.99},
    ],
)
def test_hostile_statements_begin_nothing(rig: Rig, body: dict[str, Any]) -> None:
    path = f"/v1/cameras/{rig.a.camera}/baselines"
    assert rig.post(path, rig.keys.enterprise_a, json=body).status_code == 422
    assert listed(rig, rig.keys.regulator_a, rig.a) == []


def test_the_apis_role_writes_no_result(rig: Rig) -> None:
    with rig.app.state.mingchu.store.read() as r:
        rights = r.raw.execute(
            "SELECT has_table_privilege('mingchu_api', 'baseline_result', 'INSERT'),"
            " has_table_privilege('mingchu_api', 'camera_baseline', 'UPDATE'),"
            " has_table_privilege('mingchu_api', 'tuning_proposal', 'INSERT')"
        ).fetchone()
    assert rights == (False, False, False)


def test_a_branch_speaks_for_its_kitchen_and_an_office_decides(rig: Rig) -> None:
    keys = limited(rig, rig.a, "a")
    made = begun(rig, keys["branch"], rig.a)
    assert (made["said_as"], made["results"]) == ("enterprise", None)
    assert rig.post(f"/v1/cameras/{rig.b.camera}/baselines", keys["branch"], json=SAYS).status_code == 404
    watched(rig, rig.a)
    found(rig, rig.a, 0.5)
    over(rig)
    assert listed(rig, keys["branch"], rig.a)[0]["results"] is None
    assert [one["outcome"] for one in listed(rig, keys["office"], rig.a)[0]["results"]] == ["proposed"]
    (proposal,) = proposals(rig, keys["office"])
    assert decide(rig, keys["branch"], proposal, "take").status_code == 403
    assert decide(rig, keys["office"], proposal, "refuse").status_code == 200
