"""What anybody may read and report without a log-in, and what the supervisor makes of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.registry.public import MOST_WAITING, code_of_board, renew_bright_kitchens
from models.store import Scope, Store, heartbeats
from tests.support.http import Rig
from tests.support.people import raise_alert
from tests.support.world import TENANT, Kitchen

AT = datetime.now(UTC)


def licensed(store: Store, kitchen: Kitchen, licence: str) -> None:
    with store.write() as w:
        w.raw.execute("UPDATE entity SET licence_no = %s WHERE id = %s", [licence, kitchen.entity])


def pictured(store: Store, kitchen: Kitchen, at: datetime | None) -> None:
    with store.write() as w:
        w.raw.execute("UPDATE device SET last_frame_at = %s WHERE id = %s", [at, kitchen.camera])


def renewed(store: Store, at: datetime, *, working_for: timedelta = timedelta(hours=2)) -> int:
    with store.write() as w:
        w.raw.execute("DELETE FROM role_heartbeat")
        heartbeats.role_alive(w, role="vision", replica="0", at=at - working_for)
        w.raw.execute("UPDATE role_heartbeat SET at = %s", [at])
        return renew_bright_kitchens(w, at=at)


def code_of(rig: Rig, kitchen: Kitchen) -> str:
    with rig.store.write() as w:
        return code_of_board(w, kitchen.entity, at=AT)


def test_a_platform_reads_whether_a_merchant_has_a_bright_kitchen(rig: Rig) -> None:
    licensed(rig.store, rig.a, "JY13306020000001")
    path = "/v1/public/bright-kitchens/JY13306020000001"
    assert rig.get(path).json() == {"bright_kitchen": "none", "since": None}
    renewed(rig.store, AT)
    assert rig.get(path).json()["bright_kitchen"] == "pending", "no picture yet"
    pictured(rig.store, rig.a, AT)
    renewed(rig.store, AT + timedelta(minutes=1))
    active = rig.get(path)
    assert active.json()["bright_kitchen"] == "active"
    assert active.headers["cache-control"] == "public, max-age=300"
    assert renewed(rig.store, AT + timedelta(minutes=30)) == 0
    assert rig.get(path).json() == active.json(), "since when stays"
    renewed(rig.store, AT + timedelta(hours=3), working_for=timedelta(minutes=10))
    assert rig.get(path).json()["bright_kitchen"] == "active", "the platform itself was away"
    renewed(rig.store, AT + timedelta(hours=3))
    assert rig.get(path).json()["bright_kitchen"] == "degraded"
    assert rig.get("/v1/public/bright-kitchens/JY19999").status_code == 404
    assert rig.get("/v1/public/bright-kitchens/x'--").status_code == 422


def test_row_25_what_somebody_reports_by_the_code_becomes_a_hazard(rig: Rig) -> None:
    code = code_of(rig, rig.a)
    shown = rig.http.get(f"/p/{code}")
    assert shown.status_code == 200
    assert "企业a" in shown.text
    sent = rig.http.post(f"/p/{code}", data={"concern": "pests", "text": "<b>后门有老鼠</b>", "contact": "13800000000"})
    assert "已收到" in sent.text
    (report,) = rig.get("/v1/public-reports", rig.keys.regulator_a, waiting=True).json()["data"]
    assert (report["text"], report["entity"], report["concern_label"]) == ("<b>后门有老鼠</b>", "企业a", "虫鼠害")
    page = rig.browser("regulator-a").get("/console/heard").text
    assert "&lt;b&gt;后门有老鼠" in page
    assert rig.get("/v1/public-reports", rig.keys.regulator_b).json()["data"] == []
    assert rig.get("/v1/public-reports", rig.keys.enterprise_a).status_code == 403
    path = f"/v1/public-reports/{report['id']}/open"
    body = {"device_id": rig.a.camera, "code": "rodent", "answer": "现场核实"}
    wrong = rig.post(path, rig.keys.city, etag=1, json=body | {"device_id": rig.b.camera})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid")
    opened = rig.post(path, rig.keys.regulator_a, etag=1, json=body).json()
    assert opened["state"] == "opened"
    task = rig.get(f"/v1/tasks/{opened['task_id']}", rig.keys.regulator_a).json()["task"]
    assert task["code"] == "rodent"
    again = rig.post(path, rig.keys.regulator_a, etag=2, json=body)
    assert again.json()["code"] == "invalid_transition"


def test_a_report_is_dismissed_with_a_reason_and_not_twice(rig: Rig) -> None:
    code = code_of(rig, rig.a)
    rig.http.post(f"/p/{code}", data={"concern": "other", "text": "看起来不干净"})
    (report,) = rig.get("/v1/public-reports", rig.keys.regulator_a).json()["data"]
    path = f"/v1/public-reports/{report['id']}/dismiss"
    assert rig.post(path, rig.keys.regulator_a, etag=1, json={"answer": " "}).status_code == 422
    assert rig.post(path, rig.keys.regulator_b, etag=1, json={"answer": "x"}).status_code == 404
    assert rig.post(path, rig.keys.regulator_a, etag=1, json={"answer": "现场未发现"}).json()["state"] == "dismissed"
    assert rig.post(path, rig.keys.regulator_a, etag=1, json={"answer": "x"}).status_code == 412


def test_nobody_floods_the_queue_or_guesses_a_code(rig: Rig) -> None:
    code = code_of(rig, rig.a)
    answers = [rig.http.post(f"/p/{code}", data={"concern": "other", "text": "x"}).status_code for _ in range(8)]
    assert answers == [200] * 5 + [429] * 3
    assert rig.http.post(f"/p/{code}", data={"concern": "other", "text": " "}).status_code == 422
    assert rig.http.post(f"/p/{code}", data={"concern": "bribe", "text": "x"}).status_code == 422
    assert rig.http.get("/p/" + "a" * 16).status_code == 404
    assert rig.http.get("/p/short").status_code == 422
    with rig.store.write() as w:
        w.raw.execute(
            "INSERT INTO public_report (id, tenant_id, entity_id, region_code, concern, text, received_at, state) "
            "SELECT gen_random_uuid(), %s, %s, %s, 'other', 'x', now(), 'waiting' FROM generate_series(1, %s)",
            [TENANT, rig.a.entity, rig.a.region, MOST_WAITING],
        )
    rig.app.state.mingchu.gate._free_at.clear()
    assert rig.http.post(f"/p/{code}", data={"concern": "other", "text": "x"}).status_code == 429


def test_the_board_page_is_no_door_to_anything_else(rig: Rig, api_store: Store, tmp_path: Path) -> None:
    raise_alert(rig.store, rig.files, rig.a)
    text = rig.http.get(f"/p/{code_of(rig, rig.a)}").text
    assert str(rig.a.entity) not in text
    assert rig.a.camera not in text
    with api_store.read(Scope.of_access()) as r:
        assert r.raw.execute("SELECT count(*) FROM public_report").fetchone() == (0,)
    for name in ("bright_kitchen", "public_code"):
        with (
            pytest.raises(Exception, match=r"permission denied|row-level"),
            api_store.write(Scope.of_tenant(TENANT)) as w,
        ):
            w.raw.execute(f"DELETE FROM {name}")
