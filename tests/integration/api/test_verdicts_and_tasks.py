from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx import Response

from models.changes.nodes import note_status
from models.store import access, evidence, readings, tasks
from tests.support.http import Rig, fresh_key
from tests.support.people import picture, raise_alert

JPEG = picture("after")


def confirmed(rig: Rig) -> dict[str, Any]:
    alert = raise_alert(rig.store, rig.files, rig.a)
    answer = rig.post(f"/v1/alerts/{alert.id}/confirm", rig.keys.regulator_a, etag=alert.revision, json={})
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["task"])


def photo(rig: Rig, task: dict[str, Any], key: str | None = None, content: bytes = JPEG) -> Response:
    return rig.post(
        f"/v1/tasks/{task['id']}/photos", key or rig.keys.enterprise_a, files={"file": ("after.jpg", content)}
    )


def test_a_hazard_goes_all_the_way_from_alert_to_closure(rig: Rig) -> None:
    task = confirmed(rig)
    path, enterprise, regulator = f"/v1/tasks/{task['id']}", rig.keys.enterprise_a, rig.keys.regulator_a
    assert rig.get(path, enterprise).json()["commands"] == ["acknowledge", "ask_extension", "appeal"]
    acknowledged = rig.post(f"{path}/acknowledge", enterprise, etag=1, json={})
    assert (acknowledged.json()["state"], acknowledged.headers["etag"]) == ("acknowledged", '"2"')
    evidence = photo(rig, task).json()
    body = {"photo_ids": [evidence["id"]], "measure": "已整改", "cause": "疏忽"}
    assert rig.post(f"{path}/submit", enterprise, etag=2, json=body).json()["state"] == "submitted"
    refused = rig.post(f"{path}/return", regulator, etag=3, json={})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    returned = rig.post(f"{path}/return", regulator, etag=3, json={"reason": "看不清"}).json()
    assert (returned["state"], returned["attempt"]) == ("returned", 2)
    assert rig.post(f"{path}/submit", enterprise, etag=4, json=body).json()["state"] == "submitted"
    assert rig.post(f"{path}/take-review", regulator, etag=5, json={}).json()["state"] == "under_review"
    assert rig.post(f"{path}/accept", regulator, etag=6, json={}).json()["state"] == "closed"
    detail = rig.get(path, enterprise)
    assert detail.headers["etag"] == '"7"'
    assert [t["command"] for t in detail.json()["transitions"]] == [
        "dispatch",
        "acknowledge",
        "submit",
        "return",
        "submit",
        "take_review",
        "accept",
    ]
    assert detail.json()["proof"][0]["sha256"] == evidence["sha256"]
    assert rig.get(f"/v1/alerts/{task['alert_id']}", regulator).json()["alert"]["closed_at"] is not None


def test_a_photo_that_is_named_several_times_is_one(rig: Rig) -> None:
    task = confirmed(rig)
    path, enterprise = f"/v1/tasks/{task['id']}", rig.keys.enterprise_a
    rig.post(f"{path}/acknowledge", enterprise, etag=1, json={})
    one, other = (photo(rig, task, content=picture(name)).json()["id"] for name in ("one", "other"))
    body = {"photo_ids": [other, *[one] * 7, other], "measure": "已整改"}
    assert rig.post(f"{path}/submit", enterprise, etag=2, json=body).json()["state"] == "submitted"
    detail = rig.get(path, enterprise).json()
    assert detail["task"]["proof_ids"] == [other, one]
    assert detail["transitions"][-1]["evidence_ids"] == [other, one]


def test_an_alert_shows_its_violations_evidence_and_etag(rig: Rig) -> None:
    alert = raise_alert(rig.store, rig.files, rig.a)
    answer = rig.get(f"/v1/alerts/{alert.id}", rig.keys.regulator_a)
    assert answer.headers["etag"] == f'"{alert.revision}"'
    detail = answer.json()
    assert [e["kind"] for e in detail["evidence"]] == ["still_clean", "still_annotated"]
    assert detail["violations"][0]["alert_id"] == str(alert.id)
    assert detail["alert"]["label"] == "未戴工作帽"


@pytest.mark.parametrize(
    ("path", "body", "state"),
    [
        ("reject", {"reason": "false_alarm"}, "rejected"),
        ("reject", {"reason": "duplicate", "remark": "同一人"}, "rejected"),
        ("inconclusive", {"remark": "画面模糊"}, "inconclusive"),
    ],
)
def test_other_verdicts_close_the_alert(rig: Rig, path: str, body: dict[str, str], state: str) -> None:
    alert = raise_alert(rig.store, rig.files, rig.a)
    answer = rig.post(f"/v1/alerts/{alert.id}/{path}", rig.keys.regulator_a, etag=alert.revision, json=body)
    assert (answer.status_code, answer.json()["state"]) == (200, state)
    assert rig.get("/v1/alerts/queue", rig.keys.regulator_a).json()["data"] == []


def test_a_rejection_without_a_reason_names_the_missing_field(rig: Rig) -> None:
    alert = raise_alert(rig.store, rig.files, rig.a)
    answer = rig.post(f"/v1/alerts/{alert.id}/reject", rig.keys.regulator_a, etag=1, json={"reason": "because"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["where"] == "body.reason"
    assert "false_alarm" in answer.json()["errors"][0]["expected"]


def test_a_verdict_on_an_old_revision_is_412_and_without_one_428(rig: Rig) -> None:
    alert = raise_alert(rig.store, rig.files, rig.a)
    path = f"/v1/alerts/{alert.id}/confirm"
    stale = rig.post(path, rig.keys.regulator_a, etag=alert.revision + 1, json={})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    absent = rig.post(path, rig.keys.regulator_a, json={})
    assert (absent.status_code, absent.json()["code"]) == (428, "version_missing")
    nonsense = rig.post(path, rig.keys.regulator_a, etag="x", json={})
    assert nonsense.status_code == 412


def test_a_second_verdict_is_refused(rig: Rig) -> None:
    task = confirmed(rig)
    answer = rig.post(f"/v1/alerts/{task['alert_id']}/confirm", rig.keys.regulator_a, etag=2, json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "invalid_transition")


@pytest.mark.parametrize("who", ["enterprise_a", "platform_b"])
def test_only_reviewers_judge(rig: Rig, who: str) -> None:
    alert = raise_alert(rig.store, rig.files, rig.a)
    answer = rig.post(f"/v1/alerts/{alert.id}/confirm", getattr(rig.keys, who), etag=1, json={})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_the_same_idempotency_key_gets_the_same_answer_and_acts_once(rig: Rig) -> None:
    alert = raise_alert(rig.store, rig.files, rig.a)
    path, headers = f"/v1/alerts/{alert.id}/confirm", fresh_key()
    first = rig.post(path, rig.keys.regulator_a, etag=1, json={}, headers=headers)
    again = rig.post(path, rig.keys.regulator_a, etag=1, json={}, headers=headers)
    assert (first.json(), first.status_code) == (again.json(), again.status_code)
    assert dict(again.headers) == {**first.headers, "idempotent-replayed": "true"}
    assert first.headers["etag"] == '"2"'
    other = rig.post(path, rig.keys.regulator_a, etag=1, json={"remark": "other"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    with rig.store.read() as r:
        assert sum(tasks.task_counts(r).values()) == 1


def test_a_failed_request_frees_its_idempotency_key(rig: Rig) -> None:
    alert = raise_alert(rig.store, rig.files, rig.a)
    path, headers = f"/v1/alerts/{alert.id}/confirm", fresh_key()
    assert rig.post(path, rig.keys.regulator_a, etag=9, json={}, headers=headers).status_code == 412
    assert rig.post(path, rig.keys.regulator_a, etag=1, json={}, headers=headers).status_code == 200


def test_keys_of_two_principals_do_not_meet(rig: Rig) -> None:
    one, two = raise_alert(rig.store, rig.files, rig.a), raise_alert(rig.store, rig.files, rig.b)
    headers = fresh_key()
    first = rig.post(f"/v1/alerts/{one.id}/confirm", rig.keys.regulator_a, etag=1, json={}, headers=headers)
    second = rig.post(f"/v1/alerts/{two.id}/confirm", rig.keys.regulator_b, etag=1, json={}, headers=headers)
    assert (first.status_code, second.status_code) == (200, 200)


def test_a_request_whose_first_try_is_in_progress_is_409(rig: Rig) -> None:
    alert, headers = raise_alert(rig.store, rig.files, rig.a), fresh_key()
    name = "key:" + rig.keys.regulator_a.split("_")[1]
    with rig.store.write() as w:
        key = headers["Idempotency-Key"]
        access.claim_idempotency(w, principal=name, key=key, request_sha256="", at=datetime.now(UTC))
        answer = rig.post(f"/v1/alerts/{alert.id}/confirm", rig.keys.regulator_a, etag=1, json={}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (409, "in_progress")


def test_the_same_request_twice_at_once_acts_once_and_is_answered_twice(rig: Rig) -> None:
    alert, headers = raise_alert(rig.store, rig.files, rig.a), fresh_key()
    path = f"/v1/alerts/{alert.id}/confirm"
    with ThreadPoolExecutor(4) as pool:
        tries = [pool.submit(rig.post, path, rig.keys.regulator_a, etag=1, json={}, headers=headers) for _ in range(4)]
    bodies = {each.result().text for each in tries}
    assert [each.result().status_code for each in tries] == [200] * 4, bodies
    assert len(bodies) == 1


@pytest.mark.parametrize("content", [b"", b"GIF89a....", b"<svg/>", b"\xff\xd8", b"RIFF0000WAVE"])
def test_a_photo_has_to_be_a_picture_by_its_bytes(rig: Rig, content: bytes) -> None:
    answer = photo(rig, confirmed(rig), content=content)
    assert (answer.status_code, answer.json()["code"]) == (422, "no_picture")


def test_a_photo_beyond_the_limit_is_413_before_it_is_read(rig: Rig) -> None:
    answer = photo(rig, confirmed(rig), content=b"\xff\xd8\xff" + bytes(9 * 1024 * 1024))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_photos_are_taken_only_while_proof_may_be_handed_in(rig: Rig) -> None:
    task = confirmed(rig)
    assert photo(rig, task, rig.keys.regulator_a).status_code == 403
    assert photo(rig, task, rig.keys.enterprise_b).status_code == 404
    rig.post(f"/v1/tasks/{task['id']}/void", rig.keys.regulator_a, etag=1, json={"reason": "误派"})
    assert photo(rig, task).status_code == 409


def test_a_submission_takes_only_photos_of_the_same_enterprise(rig: Rig) -> None:
    task = confirmed(rig)
    path = f"/v1/tasks/{task['id']}"
    rig.post(f"{path}/acknowledge", rig.keys.enterprise_a, etag=1, json={})
    still = raise_alert(rig.store, rig.files, rig.a, "smoking").evidence_ids[0]
    body = {"photo_ids": [str(still)], "measure": "已整改"}
    answer = rig.post(f"{path}/submit", rig.keys.enterprise_a, etag=2, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_who_looks_at_evidence_is_logged_and_bytes_are_checked(rig: Rig) -> None:
    alert = raise_alert(rig.store, rig.files, rig.a)
    path = f"/v1/evidence/{alert.evidence_ids[0]}"
    meta, content = (
        rig.get(path, rig.keys.regulator_a).json(),
        rig.get(f"{path}/content", rig.keys.regulator_a, reason="核查"),
    )
    assert content.headers["cache-control"].startswith("private")
    assert content.headers["content-type"] == "image/jpeg"
    assert len(content.content) == meta["bytes"]
    with rig.store.read() as r:
        row = r.raw.execute("SELECT actor, object FROM audit_entry WHERE action = 'evidence.viewed'").fetchall()
    assert [(actor[:4], about) for actor, about in row] == [("key:", f"evidence:{alert.evidence_ids[0]}")]


def test_evidence_that_was_changed_on_disk_is_not_served(rig: Rig) -> None:
    alert = raise_alert(rig.store, rig.files, rig.a)
    with rig.store.read() as r:
        piece = evidence.evidence(r, alert.evidence_ids[0])
    assert piece is not None
    path = rig.files._root / piece.sha256[:2] / piece.sha256[2:4] / piece.sha256
    path.write_bytes(b"\xff\xd8\xff forged")
    answer = rig.get(f"/v1/evidence/{piece.id}/content", rig.keys.regulator_a, reason="核查")
    assert (answer.status_code, answer.json()["code"]) == (500, "evidence_damaged")
    path.unlink()
    assert rig.get(f"/v1/evidence/{piece.id}/content", rig.keys.regulator_a, reason="核查").status_code == 404


def test_pages_follow_on_without_a_gap(rig: Rig) -> None:
    codes = ("no_chef_hat", "smoking", "rodent", "phone_use", "trash_overflow")
    raised = [str(raise_alert(rig.store, rig.files, rig.a, code).id) for code in codes]
    seen, cursor = [], None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = rig.get("/v1/alerts", rig.keys.regulator_a, **params).json()
        seen += [alert["id"] for alert in page["data"]]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            break
    assert seen == raised[::-1]
    assert rig.get("/v1/alerts", rig.keys.regulator_a, code="rodent").json()["data"][0]["severity"] == "critical"
    assert rig.get("/v1/alerts/queue", rig.keys.regulator_a).json()["data"][0]["code"] == "rodent"


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/v1/alerts", {"limit": 201}),
        ("/v1/alerts", {"cursor": "!!"}),
        ("/v1/sites", {"cursor": "AA"}),
        ("/v1/devices/cam-a/readings", {}),
        ("/v1/devices/fridge-a/readings", {"since": "0001-01-01T00:00:00+14:00"}),
        ("/v1/devices/fridge-a/readings", {"until": "9999-12-31T23:59:59-14:00"}),
        ("/v1/devices/fridge-a/readings", {"cursor": "MjAyNi0wOS0wMVQwODowMDowMCswMDowMCB4IHk"}),
        ("/v1/devices/fridge-a/history", {"cursor": "!!"}),
        ("/v1/quarantine", {"cursor": "MDAwMS0wMS0wMVQwMDowMDowMCsxNDowMA"}),
        ("/v1/events", {"type": "mingchu"}),
        ("/v1/events", {"wait": 31}),
    ],
)
def test_what_cannot_be_is_422(rig: Rig, path: str, params: dict[str, Any]) -> None:
    answer = rig.get(path, rig.keys.admin, **params)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_readings_come_oldest_first_with_lateness(rig: Rig) -> None:
    now = datetime.now(UTC)
    rows = [
        readings.ReadingRow(rig.a.fridge, "fridge_temp", now - timedelta(minutes=m), m, now, 4.0 + m, m > 1)
        for m in range(3)
    ]
    with rig.store.write() as w:
        readings.store_readings(w, rows)
    found = rig.get(f"/v1/devices/{rig.a.fridge}/readings", rig.keys.regulator_a).json()
    assert [(point["value"], point["late"]) for point in found["data"]] == [(6.0, True), (5.0, False), (4.0, False)]
    assert (found["has_more"], found["next_cursor"]) == (False, None)


def pages(rig: Rig, path: str, *, since: str | None = None) -> list[dict[str, Any]]:
    """Every row, two a page."""
    params = {} if since is None else {"since": since}
    rows: list[dict[str, Any]] = []
    while True:
        answer = rig.get(path, rig.keys.regulator_a, limit=2, **params)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        rows += page["data"]
        if not page["has_more"]:
            return rows
        params["cursor"] = page["next_cursor"]


def test_a_series_is_paged_to_its_newest_value(rig: Rig) -> None:
    now = datetime.now(UTC)
    # Two of one moment stand where a page ends.
    rows = [
        readings.ReadingRow(rig.a.fridge, "fridge_temp", now - timedelta(minutes=7 - m // 2), m, now, float(m), False)
        for m in range(7)
    ]
    with rig.store.write() as w:
        readings.store_readings(w, rows)
    path = f"/v1/devices/{rig.a.fridge}/readings"
    assert [point["value"] for point in pages(rig, path)] == [float(m) for m in range(7)]
    since = (now - timedelta(minutes=5)).isoformat()
    assert [point["value"] for point in pages(rig, path, since=since)] == [4.0, 5.0, 6.0]


def test_a_history_is_paged_to_its_oldest_line(rig: Rig) -> None:
    now = datetime.now(UTC)
    with rig.store.write() as w:
        for session in range(1, 6):
            at = now - timedelta(minutes=6 - session // 2)
            note_status(w, node_id=rig.a.node, online=True, session=session, at=at, firmware=None)
    found = pages(rig, f"/v1/devices/{rig.a.fridge}/history")
    assert sorted(line["detail"]["session"] for line in found) == [1, 2, 3, 4, 5]
    assert [line["at"] for line in found] == sorted((line["at"] for line in found), reverse=True)
