"""Measured precision over HTTP: figures, proposals and their replay, decisions, and what strangers may not do."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from alerts.hazards.lifecycle import Appeal
from alerts.hazards.review import confirm, leave_open, reject
from alerts.hazards.tasks import act
from alerts.precision.service import propose
from models.base.clock import SHANGHAI
from models.catalogue.terms import AppealReason, RejectReason, Role, TaskCommand
from models.domain.access import Actor
from models.domain.alerts import Alert
from models.store import violations
from tests.integration.api.test_console_pages import HTML
from tests.support.http import Rig, fresh_key
from tests.support.people import find
from tests.support.world import Kitchen

CITY = Actor(name="city", role=Role.regulator)
CODE = "phone_use"
"""A house rule: no law keeps a regulator from switching it off."""
NIGHT, NOON = 2, 12
MIDDLE, POSTER = (0.4375, 0.25), (0.05, 0.7)
"""Corners of a box of 0.125 × 0.25, which has its centre at (0.5, 0.375) and (0.1125, 0.825)."""


def at_hour(hour: int, *, days_ago: int = 1) -> datetime:
    local = datetime.now(SHANGHAI).replace(hour=hour, minute=30) - timedelta(days=days_ago)
    return local.astimezone(UTC)


def found(
    rig: Rig,
    kitchen: Kitchen,
    *,
    score: float = 0.9,
    at: datetime,
    code: str = CODE,
    corner: tuple[float, float] = MIDDLE,
) -> Alert | None:
    """A camera finds something with a score and a box; the alert, or None if it raises none."""
    return find(rig.store, rig.files, kitchen, code, at=at, score=score, corner=corner)


def judged(
    rig: Rig,
    kitchen: Kitchen,
    verdict: RejectReason | None,
    *,
    score: float = 0.9,
    at: datetime,
    code: str = CODE,
    corner: tuple[float, float] = MIDDLE,
) -> Alert:
    """A finding with its verdict, None = confirmed, whose situation is over."""
    alert = found(rig, kitchen, score=score, at=at, code=code, corner=corner)
    assert alert is not None
    with rig.store.write() as w:
        if verdict is None:
            confirm(w, alert.id, revision=alert.revision, by=CITY, at=at)
        else:
            reject(w, alert.id, revision=alert.revision, by=CITY, at=at, reason=verdict)
        w.raw.execute("UPDATE alert SET closed_at = %s WHERE id = %s", [at - timedelta(days=400), alert.id])
    return alert


def bad_camera(rig: Rig, kitchen: Kitchen, code: str = CODE) -> None:
    """Five true ones at noon; twenty false ones at night, with low scores."""
    for n in range(5):
        judged(rig, kitchen, None, score=0.9, at=at_hour(NOON, days_ago=n + 1), code=code)
    for n in range(20):
        reason = (RejectReason.false_alarm, RejectReason.not_violation)[n % 2]
        judged(rig, kitchen, reason, score=0.55, at=at_hour(NIGHT, days_ago=n + 1), code=code)


def sweep(rig: Rig) -> int:
    with rig.store.write() as w:
        return propose(w, at=datetime.now(UTC))


def proposals(rig: Rig, key: str | None = None, **filters: Any) -> dict[str, dict[str, Any]]:  # noqa: ANN401
    answer = rig.get("/v1/proposals", key or rig.keys.regulator_a, **filters)
    assert answer.status_code == 200, answer.text
    return {row["kind"]: row for row in answer.json()["data"]}


def decide(rig: Rig, proposal: dict[str, Any], step: str, key: str, *, version: int | None = None) -> Any:  # noqa: ANN401
    etag = proposal["version"] if version is None else version
    path = f"/v1/proposals/{proposal['id']}/{step}"
    return rig.post(path, key, etag=etag, json={"reason": "夜间反光"}, headers=fresh_key())


def test_only_verdicts_on_what_was_seen_count(rig: Rig) -> None:
    at = at_hour(NOON)
    for verdict in (None, None, RejectReason.false_alarm, RejectReason.duplicate, RejectReason.test):
        judged(rig, rig.a, verdict, at=at)
    alert = found(rig, rig.a, score=0.9, at=at)
    assert alert is not None
    with rig.store.write() as w:
        leave_open(w, alert.id, revision=1, by=CITY, at=at, remark="看不清")
    (row,) = rig.get("/v1/precision", rig.keys.regulator_a).json()["data"]
    assert (row["device_id"], row["code"], row["n"], row["true"], row["false"]) == (rig.a.camera, CODE, 3, 2, 1)
    assert (row["precision"], row["low"], row["high"], row["below_bar"]) == (None, None, None, False)
    hour = row["hours"][NOON]
    assert (hour["hour"], hour["n"], hour["true"], hour["precision"]) == (NOON, 3, 2, None)


def test_a_hazard_whose_appeal_was_upheld_counts_as_false(rig: Rig) -> None:
    at = datetime.now(UTC)
    alert = found(rig, rig.a, score=0.9, at=at)
    assert alert is not None
    enterprise = Actor(name="enterprise-a", role=Role.enterprise)
    with rig.store.write() as w:
        _, task = confirm(w, alert.id, revision=1, by=CITY, at=at)
    sweep(rig)
    with rig.store.write() as w:
        appeal = Appeal(reason=next(iter(AppealReason)), text="拿的是对讲机")
        task = act(w, task.id, TaskCommand.appeal, version=task.version, by=enterprise, at=at, appeal=appeal)
        other = Actor(name="somebody-else", role=Role.regulator)
        act(w, task.id, TaskCommand.uphold_appeal, version=task.version, by=other, at=at, reason="成立")
    (row,) = rig.get("/v1/precision", rig.keys.enterprise_a).json()["data"]
    assert (row["n"], row["true"], row["false"]) == (1, 0, 1)
    assert sweep(rig) == 1, "the appeal asks for a new look"


def test_figures_page_filters_and_ages(rig: Rig) -> None:
    for code in (CODE, "smoking", "clutter"):
        judged(rig, rig.a, None, at=at_hour(NOON, days_ago=3), code=code)
    first = rig.get("/v1/precision", rig.keys.regulator_a, limit=2).json()
    rest = rig.get("/v1/precision", rig.keys.regulator_a, limit=2, cursor=first["next_cursor"]).json()
    assert [row["code"] for row in (*first["data"], *rest["data"])] == ["clutter", CODE, "smoking"]
    assert (first["has_more"], rest["has_more"]) == (True, False)
    (one,) = rig.get("/v1/precision", rig.keys.regulator_a, code="smoking", device_id=rig.a.camera).json()["data"]
    assert one["n"] == 1
    since = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    (aged,) = rig.get("/v1/precision", rig.keys.regulator_a, code="smoking", since=since).json()["data"]
    assert aged["n"] == 0
    assert rig.get("/v1/precision", rig.keys.regulator_a, since="0001-01-01T00:00:00+14:00").status_code == 422
    assert rig.get("/v1/precision", rig.keys.regulator_a, cursor="AAAA").status_code == 422


def test_a_bad_camera_gets_proposals_whose_replay_is_right(rig: Rig) -> None:
    bad_camera(rig, rig.a)
    judged(rig, rig.b, RejectReason.false_alarm, at=at_hour(NIGHT))
    assert sweep(rig) == 2
    assert sweep(rig) == 0, "nothing new since"
    (row,) = rig.get("/v1/precision", rig.keys.regulator_a).json()["data"]
    assert (row["n"], row["precision"], row["below_bar"]) == (25, 0.2, True)
    assert row["low"] < 0.2 < row["high"]
    made = proposals(rig)
    assert set(made) == {"threshold", "schedule"}
    everything_false = {"true": 5, "false": 20, "true_lost": 0, "false_gone": 20}
    assert (made["threshold"]["changes"], made["threshold"]["replay"]) == ({"min_score": 0.56}, everything_false)
    assert (made["schedule"]["changes"], made["schedule"]["replay"]) == ({"hours": "03:00-02:00"}, everything_false)
    assert rig.get("/v1/proposals", rig.keys.regulator_b).json()["data"] == []


def test_a_threshold_is_taken_and_undone(rig: Rig) -> None:
    bad_camera(rig, rig.a)
    sweep(rig)
    made = proposals(rig)
    answer = decide(rig, made["threshold"], "take", rig.keys.regulator_a)
    assert answer.status_code == 200, answer.text
    taken = answer.json()
    assert (taken["state"], answer.headers["etag"]) == ("taken", f'"{taken["version"]}"')
    overrides = rig.get(f"/v1/codes/{CODE}/overrides", rig.keys.regulator_a).json()["data"]
    assert [(one["id"], one["changes"], one["device_id"]) for one in overrides] == [
        (taken["override_id"], {"min_score": 0.56}, rig.a.camera)
    ]
    assert taken["id"] in overrides[0]["reason"]
    assert proposals(rig)["schedule"]["state"] == "withdrawn"
    now = datetime.now(UTC)
    assert found(rig, rig.a, score=0.55, at=now) is None
    assert found(rig, rig.b, score=0.55, at=now) is not None, "another camera keeps the catalogue's values"
    assert found(rig, rig.a, score=0.56, at=now) is not None
    with rig.store.write() as w:
        assert violations.ungrouped(w, limit=9) == []
        w.raw.execute("UPDATE alert SET closed_at = %s WHERE closed_at IS NULL", [now - timedelta(days=400)])
        w.raw.execute("UPDATE alert SET state = 'rejected', reason = 'test', reviewed_at = %s", [now])
    undone = decide(rig, taken, "undo", rig.keys.regulator_a)
    assert (undone.status_code, undone.json()["state"]) == (200, "undone")
    assert found(rig, rig.a, score=0.55, at=datetime.now(UTC)) is not None
    sweep(rig)
    assert proposals(rig, state="open") == {}, "verdicts from before a decision lead to no further proposal"


def test_a_schedule_is_taken_and_undone(rig: Rig) -> None:
    bad_camera(rig, rig.a)
    sweep(rig)
    taken = decide(rig, proposals(rig)["schedule"], "take", rig.keys.regulator_a).json()
    assert found(rig, rig.a, score=0.95, at=at_hour(NIGHT, days_ago=-2)) is None
    noon = found(rig, rig.a, score=0.95, at=at_hour(NOON, days_ago=-2))
    assert noon is not None
    decide(rig, taken, "undo", rig.keys.regulator_a)
    again = found(rig, rig.a, score=0.95, at=at_hour(NIGHT, days_ago=-3))
    assert again is not None
    assert (again.id, again.occurrences) == (noon.id, noon.occurrences + 1)


def poster(rig: Rig, kitchen: Kitchen, code: str = CODE) -> None:
    """Five true ones in the middle; twenty false ones at a poster, at the same hour and with the same score."""
    for n in range(25):
        verdict, corner = (None, MIDDLE) if n < 5 else (RejectReason.false_alarm, POSTER)
        judged(rig, kitchen, verdict, at=at_hour(NOON, days_ago=n + 1), code=code, corner=corner)


def test_an_ignored_area_is_taken_and_undone(rig: Rig) -> None:
    poster(rig, rig.a)
    sweep(rig)
    made = proposals(rig)
    assert set(made) == {"area"}
    assert made["area"]["changes"] == {"ignored_area": [0.0, 0.75, 0.125, 0.125]}
    assert made["area"]["text"] == "画面左起 0%–12.5%、上起 75%–87.5%的发现不产生预警"
    assert made["area"]["replay"] == {"true": 5, "false": 20, "true_lost": 0, "false_gone": 20}
    taken = decide(rig, made["area"], "take", rig.keys.regulator_a).json()
    now = datetime.now(UTC)
    assert found(rig, rig.a, at=now, corner=POSTER) is None
    assert found(rig, rig.b, at=now, corner=POSTER) is not None
    seen = found(rig, rig.a, at=now, corner=MIDDLE)
    assert seen is not None
    assert decide(rig, taken, "undo", rig.keys.regulator_a).json()["state"] == "undone"
    again = found(rig, rig.a, at=now, corner=POSTER)
    assert again is not None
    assert again.id == seen.id


def test_no_second_area_is_proposed_beside_the_one_in_force(rig: Rig) -> None:
    body = {"device_id": rig.a.camera, "ignored_area": [0.5, 0.5, 0.25, 0.25], "reason": "镜子"}
    assert rig.post(f"/v1/codes/{CODE}/overrides", rig.keys.regulator_a, json=body).status_code == 200
    poster(rig, rig.a)
    assert sweep(rig) == 1
    assert proposals(rig) == {}


@pytest.mark.parametrize(
    ("place", "area", "said"),
    [
        ("region", [0.0, 0.0, 0.5, 0.5], "name it with device_id"),
        ("device_id", [0.8, 0.0, 0.5, 0.5], "屏蔽区域应在画面之内"),
        ("device_id", [0.0, 0.0, 0.0, 0.5], "屏蔽区域应在画面之内"),
        ("device_id", [0.0, 0.0, 2, 0.5], "less than or equal to 1"),
        ("device_id", [0.0, 0.0, 0.5], "body.ignored_area"),
    ],
)
def test_an_area_outside_the_picture_or_of_many_cameras_is_refused(
    rig: Rig, place: str, area: list[float], said: str
) -> None:
    where = {place: {"region": rig.a.region, "device_id": rig.a.camera}[place]}
    body = {**where, "ignored_area": area, "reason": "镜子"}
    answer = rig.post(f"/v1/codes/{CODE}/overrides", rig.keys.regulator_a, json=body)
    assert answer.status_code == 422
    assert said in answer.text


def test_the_evidence_of_a_proposal_is_listed_and_stays_as_it_was_replayed(rig: Rig) -> None:
    poster(rig, rig.a)
    sweep(rig)
    path = f"/v1/proposals/{proposals(rig)['area']['id']}/verdicts"
    judged(rig, rig.a, None, at=datetime.now(UTC) + timedelta(seconds=1))
    first = rig.get(path, rig.keys.regulator_a, limit=20).json()
    rest = rig.get(path, rig.keys.regulator_a, limit=20, cursor=first["next_cursor"]).json()
    seen = [*first["data"], *rest["data"]]
    assert (len(first["data"]), len(seen), rest["has_more"]) == (20, 25, False)
    assert [row["reviewed_at"] for row in seen] == sorted((row["reviewed_at"] for row in seen), reverse=True)
    assert all(row["stays_away"] is not row["confirmed"] for row in seen)
    assert (seen[0]["confirmed"], seen[0]["centres"], seen[0]["hours"]) == (True, [0.5, 0.375, 0.5, 0.375], [NOON])
    assert rig.get(path, rig.keys.regulator_b).status_code == 404
    assert rig.get(path, rig.keys.enterprise_a).status_code == 403
    assert rig.get(f"/v1/proposals/{uuid4()}/verdicts", rig.keys.regulator_a).status_code == 404


def test_new_verdicts_refresh_a_proposal_and_withdraw_it(rig: Rig) -> None:
    bad_camera(rig, rig.a)
    sweep(rig)
    old = proposals(rig)["threshold"]
    judged(rig, rig.a, RejectReason.false_alarm, score=0.58, at=at_hour(NIGHT))
    sweep(rig)
    fresh = proposals(rig)["threshold"]
    assert (fresh["id"], fresh["version"], fresh["changes"]) == (old["id"], 2, {"min_score": 0.59})
    stale = decide(rig, old, "take", rig.keys.regulator_a)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    for _ in range(60):
        judged(rig, rig.a, None, score=0.9, at=at_hour(NOON))
    sweep(rig)
    assert {row["state"] for row in proposals(rig).values()} == {"withdrawn"}
    assert decide(rig, fresh, "take", rig.keys.regulator_a).status_code == 412
    assert decide(rig, fresh, "take", rig.keys.regulator_a, version=3).status_code == 409


def test_a_refused_proposal_stays_refused_until_there_is_new_evidence(rig: Rig) -> None:
    bad_camera(rig, rig.a)
    sweep(rig)
    for proposal in proposals(rig).values():
        assert decide(rig, proposal, "refuse", rig.keys.regulator_a).json()["state"] == "refused"
    judged(rig, rig.a, RejectReason.false_alarm, at=datetime.now(UTC))
    sweep(rig)
    assert {row["state"] for row in proposals(rig).values()} == {"refused"}
    assert rig.get(f"/v1/codes/{CODE}/overrides", rig.keys.regulator_a).json()["data"] == []


def test_an_override_that_somebody_ended_can_be_undone_all_the_same(rig: Rig) -> None:
    bad_camera(rig, rig.a)
    sweep(rig)
    taken = decide(rig, proposals(rig)["threshold"], "take", rig.keys.regulator_a).json()
    path = f"/v1/codes/{CODE}/overrides/{taken['override_id']}/end"
    assert rig.post(path, rig.keys.regulator_a, json={"reason": "另有安排"}).status_code == 200
    assert decide(rig, taken, "undo", rig.keys.regulator_a).json()["state"] == "undone"


def test_what_a_law_demands_is_loosened_by_an_administrator_alone(rig: Rig) -> None:
    bad_camera(rig, rig.a, "smoking")
    sweep(rig)
    made = proposals(rig)
    assert (made["threshold"]["needs_admin"], made["schedule"]["needs_admin"]) == (False, True)
    assert decide(rig, made["schedule"], "take", rig.keys.regulator_a).status_code in {403, 409, 422}
    assert decide(rig, made["schedule"], "take", rig.keys.admin).status_code == 200


def test_strangers_decide_nothing(rig: Rig) -> None:
    bad_camera(rig, rig.a)
    sweep(rig)
    proposal = proposals(rig)["threshold"]
    for step in ("take", "refuse", "undo"):
        assert decide(rig, proposal, step, rig.keys.regulator_b).status_code == 404
        for key in (rig.keys.enterprise_a, rig.keys.enterprise_b, rig.keys.platform_b):
            assert decide(rig, proposal, step, key).status_code == 403
        path = f"/v1/proposals/{proposal['id']}/{step}"
        assert rig.http.post(path, json={"reason": "x"}).status_code == 401
        assert rig.post(path, rig.keys.regulator_a, json={"reason": "x"}).status_code == 428
        assert rig.post(path, rig.keys.regulator_a, etag=1, json={"reason": " "}).status_code in {409, 422}
        assert rig.post(path, rig.keys.regulator_a, etag=99, json={"reason": "x"}).status_code == 412
        missing = f"/v1/proposals/{uuid4()}/{step}"
        assert rig.post(missing, rig.keys.regulator_a, etag=1, json={"reason": "x"}).status_code == 404
    assert rig.get("/v1/proposals", rig.keys.enterprise_a).status_code == 403
    assert rig.get(f"/v1/proposals/{proposal['id']}", rig.keys.enterprise_a).status_code == 403
    assert rig.get(f"/v1/proposals/{proposal['id']}", rig.keys.regulator_b).status_code == 404
    (own,) = rig.get("/v1/precision", rig.keys.enterprise_a).json()["data"]
    assert own["n"] == 25
    assert rig.get("/v1/precision", rig.keys.enterprise_b).json()["data"] == []


def test_a_repeat_takes_once(rig: Rig) -> None:
    bad_camera(rig, rig.a)
    sweep(rig)
    proposal, key = proposals(rig)["threshold"], fresh_key()
    path = f"/v1/proposals/{proposal['id']}/take"
    answers = [
        rig.post(path, rig.keys.regulator_a, etag=proposal["version"], json={"reason": "x"}, headers=key)
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert len(rig.get(f"/v1/codes/{CODE}/overrides", rig.keys.regulator_a).json()["data"]) == 1


def test_the_page_shows_figures_to_all_and_decisions_to_those_who_take_them(rig: Rig) -> None:
    bad_camera(rig, rig.a)
    judged(rig, rig.a, None, at=at_hour(NOON), code="clutter")
    sweep(rig)
    page = rig.browser("regulator-a").get("/console/precision", headers=HTML).text
    for said in (
        "20%",
        "数据不足",
        "采纳",
        "不采纳",
        "置信度低于 0.56 不产生预警",
        "误报 20 次中 20 次不再产生",
        "heat-0",
    ):
        assert said in page, said
    own = rig.browser("enterprise-a").get("/console/precision", headers=HTML).text
    assert "20%" in own
    assert "采纳" not in own
    assert "20%" not in rig.browser("regulator-b").get("/console/precision", headers=HTML).text
    assert rig.browser("platform-a").get("/console/precision", headers=HTML).status_code == 403
    decide(rig, proposals(rig)["threshold"], "take", rig.keys.regulator_a)
    assert "撤销" in rig.browser("regulator-a").get("/console/precision", headers=HTML).text


@pytest.mark.parametrize("query", ["code=%00", "device=%00x", "code=%3Cscript%3Ealert(1)%3C/script%3E"])
def test_hostile_filters_break_no_page(rig: Rig, query: str) -> None:
    page = rig.browser("regulator-a").get(f"/console/precision?{query}", headers=HTML)
    assert page.status_code == 200
    assert "<script>alert" not in page.text


def test_the_figures_of_a_pair_are_read_from_the_index(rig: Rig) -> None:
    with rig.store.read() as r:
        r.raw.execute("SET LOCAL enable_seqscan = off")
        plan = r.raw.execute(
            "EXPLAIN SELECT id FROM alert WHERE device_id = 'x' AND code = 'y' AND origin = 'violation' "
            "AND state IN ('confirmed', 'rejected') AND reviewed_at >= now() ORDER BY reviewed_at DESC LIMIT 9"
        ).fetchall()
    assert "alert_judged" in str(plan)
