"""Cameras that are away become one alert a cause; every minute of a day is accounted for."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts.findings.devices import account_minutes, watch_devices
from alerts.registry.supervision import decommission, move_device
from models.base.errors import Conflict, NotAllowed
from models.catalogue.terms import AlertOrigin, DeviceKind, Role
from models.changes.nodes import note_status, revoke_node
from models.domain.access import Actor
from models.domain.alerts import Alert
from models.domain.ledger import day_and_minute, gaps, share, start_of
from models.store import Store, alerts, conditions, devices, heartbeats, ledger, streams
from models.store.ledger import Minutes
from tests.support.world import Kitchen, seed_world

NOON = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
DAY, MINUTE = day_and_minute(NOON)
OWNER = Actor(name="chef", role=Role.enterprise)
OFFICIAL = Actor(name="city", role=Role.regulator)


@pytest.fixture
def kitchen(store: Store) -> Kitchen:
    a, _ = seed_world(store)
    with store.write() as w:
        devices.add_device(w, device_id="cam-a2", node_id=a.node, kind=DeviceKind.camera, zone="cutting", name="切配区")
        w.raw.execute("UPDATE device SET created_at = '2026-08-01'")
        note_status(w, node_id=a.node, online=True, session=1, at=NOON - timedelta(hours=2), firmware=None)
    return a


def judged(store: Store, at: datetime, last: dict[str, datetime]) -> None:
    """The judge works, and these cameras brought their last frame then."""
    with store.write() as w:
        heartbeats.role_alive(w, role="vision", replica="0", at=at)
        conditions.frames_seen(w, last)


def look(store: Store, at: datetime) -> list[Alert]:
    with store.write() as w:
        watch_devices(w, at=at)
        return [a for a in alerts.alerts(w, limit=10) if a.origin is AlertOrigin.device]


def test_a_silent_camera_raises_an_alert_only_after_the_waiting_time(store: Store, kitchen: Kitchen) -> None:
    judged(store, NOON, {kitchen.camera: NOON, "cam-a2": NOON})
    later = NOON + timedelta(minutes=9)
    judged(store, later, {"cam-a2": later})
    assert look(store, later) == []
    later = NOON + timedelta(minutes=11)
    judged(store, later, {"cam-a2": later})
    alerts = look(store, later)
    assert [(a.device_id, a.code) for a in alerts] == [(kitchen.camera, "camera_offline")]
    assert alerts[0].measured is not None
    assert alerts[0].measured["outage"] == "no_frames"
    assert len(look(store, later + timedelta(seconds=15))) == 1
    assert look(store, later + timedelta(seconds=30))[0].occurrences == 1


def test_a_dead_node_is_one_alert_for_all_its_cameras(store: Store, kitchen: Kitchen) -> None:
    judged(store, NOON, {kitchen.camera: NOON, "cam-a2": NOON})
    with store.write() as w:
        note_status(w, node_id=kitchen.node, online=False, session=1, at=NOON, firmware=None)
    alerts = look(store, NOON + timedelta(minutes=11))
    assert len(alerts) == 1
    assert alerts[0].measured is not None
    assert alerts[0].measured["devices"] == [kitchen.camera, "cam-a2"]
    assert alerts[0].measured["outage"] == "node_offline"


def test_a_short_outage_raises_no_alert(store: Store, kitchen: Kitchen) -> None:
    judged(store, NOON, {kitchen.camera: NOON, "cam-a2": NOON})
    gone = NOON + timedelta(minutes=5)
    judged(store, gone, {"cam-a2": gone})
    look(store, gone)
    with store.read() as r:
        assert [c.code for c in conditions.open_conditions(r)] == ["camera_offline"]
    back = NOON + timedelta(minutes=12)
    judged(store, back, {kitchen.camera: back, "cam-a2": back})
    assert look(store, back) == []
    with store.read() as r:
        assert conditions.open_conditions(r) == []


def test_no_camera_is_away_while_vision_does_not_work(store: Store, kitchen: Kitchen) -> None:
    judged(store, NOON, {kitchen.camera: NOON, "cam-a2": NOON})
    assert look(store, NOON + timedelta(hours=1)) == []


def test_a_covered_camera_raises_an_alert_with_its_still(store: Store, kitchen: Kitchen) -> None:
    judged(store, NOON, {kitchen.camera: NOON, "cam-a2": NOON})
    with store.write() as w:
        conditions.open_condition(
            w,
            device_id=kitchen.camera,
            code="camera_occluded",
            since=NOON,
            notify_at=NOON,
            detail={"cause": "picture"},
        )
    assert [a.code for a in look(store, NOON + timedelta(seconds=5))] == ["camera_occluded"]


def test_every_minute_is_seen_or_has_its_reason(store: Store, kitchen: Kitchen) -> None:
    seen = Minutes(seen=set(range(MINUTE - 3, MINUTE)), analysed=set(range(MINUTE - 3, MINUTE - 1)))
    with store.write() as w:
        ledger.mark_minutes(w, {(kitchen.camera, DAY): seen})
        ledger.mark_minutes(w, {(kitchen.camera, DAY): seen})  # again changes nothing
    judged(store, NOON, {kitchen.camera: NOON})
    later = NOON + timedelta(minutes=5)
    judged(store, later, {})
    with store.write() as w:
        account_minutes(w, at=NOON + timedelta(minutes=1))
        heartbeats.role_alive(w, role="vision", replica="0", at=later)
        account_minutes(w, at=later)
        day = ledger.days_of(w, [kitchen.camera], day=DAY)[kitchen.camera]
    assert share(day) == {"minutes": MINUTE + 4, "seen": 3, "analysed": 2, "recorded": 0}
    found = [(g.first, g.last, g.reason) for g in gaps(day)]
    late, unseen = (0, MINUTE - 6, "platform"), (MINUTE - 5, MINUTE - 4, "no_frames")
    assert found == [late, unseen, (MINUTE, MINUTE + 3, "no_frames")]


def test_many_cameras_are_accounted_for_in_turns_each_exactly_once(
    store: Store, kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.findings.devices.CAMERAS_A_TURN", 1)
    judged(store, NOON, {kitchen.camera: NOON, "cam-a2": NOON})
    with store.write() as w:
        moved = [account_minutes(w, at=NOON, turn=turn) for turn in range(4)]
        assert sum(moved) == 3
        assert max(moved) < 3
        assert [account_minutes(w, at=NOON, turn=turn) for turn in range(4, 8)] == [0, 0, 0, 0]
        days = ledger.days_of(w, [kitchen.camera, "cam-a2", "cam-b"], day=DAY)
    assert {day.accounted for day in days.values()} == {MINUTE - 1}


def test_minutes_whose_video_the_node_can_bring_count_as_recorded(store: Store, kitchen: Kitchen) -> None:
    with store.write() as w:
        streams.node_reports(w, node_id=kitchen.node, session=1, can=["clip"], healths={}, at=NOON)
        ledger.mark_minutes(w, {(kitchen.camera, DAY): Minutes(seen={1, 2}, analysed={1})})
        heartbeats.role_alive(w, role="vision", replica="0", at=NOON)
        account_minutes(w, at=NOON)
        day = ledger.days_of(w, [kitchen.camera], day=DAY)[kitchen.camera]
    assert share(day)["recorded"] == 2


def test_minutes_before_a_cameras_registration_do_not_count_as_missed(store: Store, kitchen: Kitchen) -> None:
    with store.write() as w:
        w.raw.execute("UPDATE device SET created_at = %s", [start_of(DAY) + timedelta(minutes=10)])
        heartbeats.role_alive(w, role="vision", replica="0", at=NOON)
        account_minutes(w, at=NOON)
        day = ledger.days_of(w, [kitchen.camera], day=DAY)[kitchen.camera]
    assert gaps(day)[0].reason == "not_connected"
    assert gaps(day)[0].last == 9


def test_a_revoked_node_ends_no_supervision(store: Store, kitchen: Kitchen) -> None:
    judged(store, NOON, {kitchen.camera: NOON, "cam-a2": NOON})
    with store.write() as w:
        ledger.mark_minutes(w, {(kitchen.camera, DAY): Minutes(seen={MINUTE}, analysed={MINUTE})})
        revoke_node(w, kitchen.node, by=OWNER, at=NOON)
    later = NOON + timedelta(minutes=11)
    judged(store, later, {})
    with store.write() as w:
        account_minutes(w, at=NOON + timedelta(minutes=5))
        day = ledger.days_of(w, [kitchen.camera], day=DAY)[kitchen.camera]
    assert (gaps(day)[-1].first, gaps(day)[-1].reason) == (MINUTE + 1, "revoked")
    alerts = look(store, later)
    assert [a.code for a in alerts] == ["camera_offline"]
    assert alerts[0].measured is not None
    assert alerts[0].measured["outage"] == "revoked"
    assert alerts[0].measured["devices"] == [kitchen.camera, "cam-a2"]
    with store.read() as r:
        assert {c.device_id for c in conditions.open_conditions(r)} == {kitchen.camera, "cam-a2"}


def test_an_outage_that_was_open_is_not_cleared_by_revoking(store: Store, kitchen: Kitchen) -> None:
    judged(store, NOON, {kitchen.camera: NOON, "cam-a2": NOON})
    gone = NOON + timedelta(minutes=5)
    judged(store, gone, {})
    look(store, gone)
    with store.write() as w:
        revoke_node(w, kitchen.node, by=OWNER, at=gone)
    look(store, gone + timedelta(seconds=15))
    with store.read() as r:
        assert [c.since for c in conditions.open_conditions(r)] == [NOON, NOON]


def test_a_replaced_node_raises_no_alert(store: Store, kitchen: Kitchen) -> None:
    judged(store, NOON, {kitchen.camera: NOON, "cam-a2": NOON})
    with store.write() as w:
        devices.add_node(w, node_id="node-new", site_id=kitchen.site, mqtt_hash="$7$1$AA==$AA==")
        note_status(w, node_id="node-new", online=True, session=1, at=NOON, firmware=None)
        revoke_node(w, kitchen.node, by=OWNER, at=NOON)
        for device_id in (kitchen.camera, "cam-a2"):
            move_device(w, device_id, node_id="node-new", by=OWNER, at=NOON + timedelta(minutes=2))
    later = NOON + timedelta(minutes=15)
    judged(store, later, {kitchen.camera: later, "cam-a2": later})
    assert look(store, later) == []
    with store.read() as r:
        assert conditions.open_conditions(r) == []


def test_only_who_supervises_ends_it(store: Store, kitchen: Kitchen) -> None:
    judged(store, NOON, {kitchen.camera: NOON, "cam-a2": NOON})
    with store.write() as w:
        note_status(w, node_id=kitchen.node, online=False, session=1, at=NOON, firmware=None)
        watch_devices(w, at=NOON + timedelta(minutes=1))
        conditions.open_condition(
            w, device_id="cam-a2", code="camera_blurred", since=NOON, notify_at=NOON, detail={"cause": "picture"}
        )
        with pytest.raises(NotAllowed):
            decommission(w, "cam-a2", reason="不需要了", by=OWNER, at=NOON)
        decommission(w, "cam-a2", reason="厨房停业", by=OFFICIAL, at=NOON)
        with pytest.raises(Conflict):
            decommission(w, "cam-a2", reason="again", by=OFFICIAL, at=NOON)
    alerts = look(store, NOON + timedelta(minutes=11))
    assert [a.measured and a.measured["devices"] for a in alerts] == [[kitchen.camera]]
    with store.read() as r:
        assert {c.device_id for c in conditions.open_conditions(r)} == {kitchen.camera}
        assert "cam-a2" not in devices.routes(r)
