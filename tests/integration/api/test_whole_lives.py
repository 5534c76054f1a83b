"""Whole lives of hazards over HTTP, each verified offline afterwards by the program in its bundle.

Rows of the functions that the platform answers to: 7 (one hazard traced from alarm to closure), 24 (closed loop),
28 (look-back), 29 (transfer of leads), and the appeal that fairness demands.
"""

import io
import json
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from alerts.evidence.bundle import export_task
from alerts.evidence.sealing import close_days, seal
from alerts.hazards.escalation import escalate
from models.domain.tasks import RectificationTask
from models.store import tasks
from tests.integration.api.test_console_pages import dispatched
from tests.integration.api.test_verdicts_and_tasks import photo
from tests.support.http import Rig, fresh_key
from tests.support.jpegs import jpeg
from tests.support.people import number_feed

WORDS = {"refuse": "不属于管辖", "not-file": "证据不足", "decide": "警告", "feed-back": "已告知", "extend": "案情复杂"}


def verified(rig: Rig, task: RectificationTask, folder: Path) -> dict[str, Any]:
    """Export the bundle of a task and check it with the standard library alone; give its trail."""
    at = datetime.now(UTC) + timedelta(days=2)
    while True:
        with rig.store.write() as w:
            if not seal(w, at=at):
                break
    with rig.store.write() as w:
        close_days(w, at=at)
    with rig.store.write() as w:
        bundle = export_task(w, task.id, read_file=rig.files.get, by="inspector", at=at)
    path = folder / "bundle.zip"
    path.write_bytes(bundle)
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        (folder / "verify.py").write_bytes(archive.read("verify.py"))
        trail = json.loads(archive.read("trail.json"))
    checked = subprocess.run(
        [sys.executable, "-I", "-S", str(folder / "verify.py"), str(path)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    found: dict[str, Any] = trail
    return found


def go(rig: Rig, path: str, key: str, **body: Any) -> dict[str, Any]:  # noqa: ANN401
    seen = rig.get(path.rsplit("/", 1)[0], rig.keys.city).json()
    version = (seen.get("task") or seen.get("lead"))["version"]
    answer = rig.post(path, key, etag=version, json=body, headers=fresh_key())
    assert answer.status_code == 200, (path, answer.text)
    found: dict[str, Any] = answer.json()
    return found


def rectified(rig: Rig, task: RectificationTask) -> None:
    """Acknowledge, put right, prove, accept."""
    path = f"/v1/tasks/{task.id}"
    go(rig, f"{path}/acknowledge", rig.keys.enterprise_a)
    go(rig, f"{path}/start", rig.keys.enterprise_a)
    proof = photo(rig, {"id": str(task.id)}, content=jpeg()).json()["id"]
    go(rig, f"{path}/submit", rig.keys.enterprise_a, photo_ids=[proof], measure="封堵鼠洞", cause="门缝过大")
    go(rig, f"{path}/take-review", rig.keys.regulator_a)
    go(rig, f"{path}/accept", rig.keys.regulator_a)


def commands(trail: dict[str, Any], kind: str = "task") -> list[str]:
    return [step["command"] for step in trail["steps"] if step["object"] == kind]


def test_row_7_and_28_from_the_picture_to_a_passed_look_back(rig: Rig, tmp_path: Path) -> None:
    task = dispatched(rig, rig.a, "rodent")
    rectified(rig, task)
    due = rig.get(f"/v1/tasks/{task.id}", rig.keys.regulator_a).json()["task"]["lookback_due_at"]
    assert datetime.fromisoformat(due) > datetime.now(UTC) + timedelta(days=6)
    with rig.store.write() as w:  # a week passes
        w.raw.execute("UPDATE task SET lookback_due_at = now() - interval '1 minute' WHERE id = %s", [task.id])
    assert [row["id"] for row in rig.get("/v1/tasks/lookbacks", rig.keys.regulator_a).json()] == [str(task.id)]
    passed = go(rig, f"/v1/tasks/{task.id}/pass-lookback", rig.keys.regulator_a)
    assert passed["lookback"] == "passed"
    trail = verified(rig, task, tmp_path)
    assert commands(trail) == ["dispatch", "acknowledge", "start", "submit", "take_review", "accept", "pass_lookback"]
    assert trail["task"]["measure"] == "封堵鼠洞"
    assert trail["violations"]


def test_an_upheld_appeal_takes_the_hazard_away_and_its_trail_holds(rig: Rig, tmp_path: Path) -> None:
    task = dispatched(rig, rig.a, "no_chef_hat")
    path = f"/v1/tasks/{task.id}"
    go(rig, f"{path}/appeal", rig.keys.enterprise_a, reason="false_detection", text="画面中是装饰画")
    upheld = go(rig, f"{path}/uphold-appeal", rig.keys.regulator_a, reason="确为装饰画")
    assert (upheld["state"], upheld["appeal"]) == ("voided", "upheld")
    trail = verified(rig, task, tmp_path)
    assert commands(trail) == ["dispatch", "appeal", "uphold_appeal"]
    assert trail["task"]["appeal"] == "upheld"


def test_row_29_a_lead_goes_to_enforcement_and_comes_back_with_its_outcome(rig: Rig, tmp_path: Path) -> None:
    task = dispatched(rig, rig.a, "no_chef_hat")
    body = {"ground": "other", "reason": "发现三无产品", "addressee": "执法队"}
    lead = go(rig, f"/v1/tasks/{task.id}/transfer", rig.keys.regulator_a, **body)
    for name in ("send", "accept", "verify", "file", "decide", "feed-back"):
        more: dict[str, Any] = {"text": WORDS[name]} if name in WORDS else {}
        if name == "file":
            more = {"case_no": "绍市监立〔2026〕1号", "officers": ["甲", "乙"]}
        go(rig, f"/v1/leads/{lead['id']}/{name}", rig.keys.regulator_a, **more)
    trail = verified(rig, task, tmp_path)
    assert commands(trail) == ["dispatch", "transfer", "end_transfer"]
    assert commands(trail, "lead") == ["create", "send", "accept", "verify", "file", "decide", "feed_back"]
    assert (trail["leads"][0]["case_no"], trail["task"]["state"]) == ("绍市监立〔2026〕1号", "transferred_closed")


def test_row_24_a_returned_proof_and_a_relapse_stay_one_traceable_loop(rig: Rig, tmp_path: Path) -> None:
    task = dispatched(rig, rig.a, "rodent")
    path = f"/v1/tasks/{task.id}"
    go(rig, f"{path}/acknowledge", rig.keys.enterprise_a)
    proof = photo(rig, {"id": str(task.id)}, content=jpeg()).json()["id"]
    go(rig, f"{path}/submit", rig.keys.enterprise_a, photo_ids=[proof], measure="打扫")
    returned = go(rig, f"{path}/return", rig.keys.regulator_a, reason="仍见鼠迹")
    assert returned["attempt"] == 2
    go(rig, f"{path}/submit", rig.keys.enterprise_a, photo_ids=[proof], measure="封堵鼠洞")
    go(rig, f"{path}/accept", rig.keys.regulator_a)
    relapsed = go(rig, f"{path}/relapse", rig.keys.regulator_a, reason="又见鼠迹")
    assert relapsed["lookback"] == "relapsed"
    trail = verified(rig, task, tmp_path)
    assert commands(trail) == ["dispatch", "acknowledge", "submit", "return", "submit", "accept", "relapse"]
    again = next(row for row in rig.get("/v1/tasks", rig.keys.regulator_a).json()["data"] if row["relapse_of"])
    assert again["relapse_of"] == str(task.id)


def test_row_6_every_step_leaves_its_trace_by_itself_and_nobody_changes_it(rig: Rig) -> None:
    task = dispatched(rig, rig.a, "rodent")
    rectified(rig, task)
    steps = rig.get(f"/v1/tasks/{task.id}", rig.keys.regulator_a).json()["transitions"]
    assert all(step["actor"] and step["at"] for step in steps)
    assert next(step for step in steps if step["command"] == "submit")["evidence_ids"]
    for change in ("UPDATE transition SET actor = 'x'", "DELETE FROM transition"):
        with pytest.raises(psycopg.Error), rig.store.write() as w:
            w.raw.execute(change)


def test_row_9_a_duty_not_done_in_time_warns_by_itself(rig: Rig) -> None:
    task = dispatched(rig, rig.b, "rodent", ago=timedelta(minutes=31))
    with rig.store.write() as w:
        assert escalate(w, at=datetime.now(UTC)) == 1
    number_feed(rig.store)
    found = rig.get("/v1/events", rig.keys.platform_b, cursor=0).json()["data"]
    (risen,) = [event for event in found if event["type"] == "mingchu.task.escalated"]
    assert (risen["data"]["task_id"], risen["data"]["escalated_to"]) == (str(task.id), ["officer"])


def test_row_13_what_an_unannounced_visit_finds_runs_through_the_same_loop(rig: Rig, tmp_path: Path) -> None:
    body = {"device_id": rig.a.camera, "code": "rodent", "remark": "暗访发现鼠迹"}
    made = rig.post("/v1/hazards", rig.keys.regulator_a, json=body, headers=fresh_key()).json()
    with rig.store.read() as r:
        task = tasks.task(r, UUID(made["task"]["id"]))
    assert task is not None
    rectified(rig, task)
    trail = verified(rig, task, tmp_path)
    assert (trail["alert"]["origin"], trail["task"]["state"]) == ("spot", "closed")
