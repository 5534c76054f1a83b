from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.findings.devices import account_minutes
from models.changes.nodes import note_status
from models.domain.ledger import day_and_minute
from models.store import Store, conditions, heartbeats, ledger
from models.store.ledger import Minutes
from tests.support.http import Rig, running_app


@pytest.fixture
def rig(store: Store, api_store: Store, database_url: str, tmp_path: Path) -> Iterator[Rig]:
    with running_app(store, api_store, database_url, tmp_path) as running:
        yield running


def watched(rig: Rig) -> int:
    """Camera a was seen in the last minutes but one; gives how many minutes of today are over."""
    now = datetime.now(UTC)
    day, minute = day_and_minute(now - timedelta(minutes=3))
    with rig.store.write() as w:
        w.raw.execute("UPDATE device SET created_at = created_at - interval '2 days'")
        ledger.mark_minutes(w, {(rig.a.camera, day): Minutes(seen={minute}, analysed={minute})})
        heartbeats.role_alive(w, role="vision", replica="0", at=now)
        conditions.open_condition(
            w, device_id=rig.a.camera, code="camera_black", since=now, notify_at=now, detail={"cause": "picture"}
        )
        account_minutes(w, at=now)
    return minute


def test_the_ledger_counts_every_minute_and_states_why_some_are_missing(rig: Rig) -> None:
    watched(rig)
    days = rig.get(f"/v1/cameras/{rig.a.camera}/minutes", rig.keys.enterprise_a).json()
    assert days[0]["seen"] == days[0]["analysed"] == 1
    assert days[0]["seen"] + sum(gap["minutes"] for gap in days[0]["gaps"]) == days[0]["minutes"]
    assert {gap["label"] for gap in days[0]["gaps"]} <= {"平台停机", "尚未接入", "没有收到画面"}


def test_a_cameras_fault_is_described_in_words(rig: Rig) -> None:
    watched(rig)
    found = rig.get(f"/v1/cameras/{rig.a.camera}/conditions", rig.keys.regulator_a).json()
    assert [(c["code"], c["label"]) for c in found] == [("camera_black", "画面黑屏")]


def test_another_district_sees_neither(rig: Rig) -> None:
    watched(rig)
    for what in ("minutes", "conditions"):
        assert rig.get(f"/v1/cameras/{rig.a.camera}/{what}", rig.keys.regulator_b).status_code == 404
    with rig.app.state.mingchu.store.read() as r:  # no scope at all
        assert conditions.open_conditions(r) == []


def test_sensors_have_no_minutes_and_days_are_bounded(rig: Rig) -> None:
    assert rig.get(f"/v1/cameras/{rig.a.fridge}/minutes", rig.keys.regulator_a).status_code == 422
    asked = {"since": "2026-01-01", "until": "2026-09-01"}
    assert rig.get(f"/v1/cameras/{rig.a.camera}/minutes", rig.keys.regulator_a, **asked).status_code == 422


def test_the_sites_page_shows_faults_and_monitored_minutes(rig: Rig) -> None:
    watched(rig)
    page = rig.browser("regulator-a").get("/console/sites").text
    assert "画面黑屏" in page
    assert "今日监看" in page


def test_a_device_shows_its_fault_although_its_node_is_online(rig: Rig) -> None:
    now = datetime.now(UTC)
    detail = {"reason": "no_probe", "cause": f"sensor:{rig.a.fridge}"}
    with rig.store.write() as w:
        note_status(w, node_id=rig.a.node, online=True, session=1, at=now, firmware=None)
        conditions.open_condition(
            w, device_id=rig.a.fridge, code="sensor_fault", since=now, notify_at=now, detail=detail
        )
    one = rig.get(f"/v1/devices/{rig.a.fridge}", rig.keys.enterprise_a).json()
    assert one["online"] is True
    assert [(found["code"], found["label"], found["detail"]["reason"]) for found in one["conditions"]] == [
        ("sensor_fault", "传感器故障", "no_probe")
    ]
    listed = {device["id"]: device for device in rig.get("/v1/devices", rig.keys.enterprise_a).json()["data"]}
    assert listed[rig.a.fridge]["conditions"] == one["conditions"]
    assert listed[rig.a.gas]["conditions"] == []
