from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from alerts.findings.outages import (
    SILENT_AFTER,
    outage_of,
    outages,
    reason_of_minute,
    report_period,
    sensor_outage_of,
    severity_of,
)
from models.base.ids import uuid7
from models.catalogue.codes import SENSOR_CODES, VIOLATION_CODES
from models.catalogue.overrides import Spot
from models.catalogue.resolving import NONE, resolve
from models.catalogue.terms import Severity
from models.domain.conditions import CameraLine, Condition, SensorLine

T0 = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
FINE = CameraLine(
    device_id="cam1",
    node_id="n1",
    site_id="s1",
    health={"state": "online"},
    health_at=T0,
    last_frame_at=T0,
    created_at=T0 - timedelta(days=1),
    node_online=True,
    node_status_at=T0 - timedelta(hours=1),
)
ALIVE = T0 + timedelta(minutes=9, seconds=50)
AT = T0 + timedelta(minutes=10)


def test_a_camera_that_sends_frames_is_not_away() -> None:
    assert outage_of(replace(FINE, last_frame_at=AT), at=AT, judge_alive=True) is None


def test_a_camera_that_has_gone_silent_is_away_since_its_last_frame() -> None:
    outage = outage_of(FINE, at=T0 + SILENT_AFTER + timedelta(seconds=1), judge_alive=True)
    assert outage is not None
    assert (outage.reason, outage.cause, outage.since) == ("no_frames", "camera:cam1", T0)


def test_missing_frames_say_nothing_while_nobody_judges() -> None:
    assert outage_of(FINE, at=AT, judge_alive=False) is None
    assert outages([FINE], at=AT, judge_at=T0) == []
    assert outages([FINE], at=AT, judge_at=None) == []


def test_the_node_says_why_a_camera_brings_nothing() -> None:
    locked = replace(FINE, health={"state": "offline", "reason": "wrong_password"})
    outage = outage_of(locked, at=AT, judge_alive=False)
    assert outage is not None
    assert outage.reason == "wrong_password"


def test_a_dead_node_is_one_cause_for_all_its_cameras() -> None:
    dead = [replace(FINE, device_id=f"cam{i}", node_online=False) for i in range(3)]
    lit = replace(FINE, device_id="cam9", node_id="n2", last_frame_at=AT)
    assert {o.cause for o in outages([*dead, lit], at=AT, judge_at=ALIVE)} == {"node:n1"}


def test_a_site_whose_nodes_are_all_dead_is_one_cause() -> None:
    dead = [replace(FINE, device_id=f"cam{i}", node_id=f"n{i}", node_online=False) for i in range(3)]
    found = outages(dead, at=AT, judge_at=ALIVE)
    assert {o.cause for o in found} == {"site:s1"}
    assert len(found) == 3


def test_a_camera_that_was_never_there_is_not_away() -> None:
    new = replace(FINE, node_online=False, node_status_at=None, last_frame_at=None, health=None)
    assert outage_of(new, at=AT, judge_alive=True) is None
    assert reason_of_minute(new, at=AT, judge_at=ALIVE, age=timedelta(minutes=2)) == "not_connected"


def test_minutes_that_were_not_accounted_for_in_time_are_the_platforms_fault() -> None:
    old = timedelta(minutes=30)
    assert reason_of_minute(FINE, at=AT, judge_at=ALIVE, age=old) == "platform"
    assert reason_of_minute(FINE, at=AT, judge_at=T0, age=timedelta(minutes=2)) == "platform"
    assert reason_of_minute(FINE, at=AT, judge_at=ALIVE, age=timedelta(minutes=2)) == "no_frames"


def test_a_revoked_node_takes_its_cameras_away_and_a_never_connected_one_nothing() -> None:
    gone = replace(FINE, node_online=False, node_revoked_at=T0)
    outage = outage_of(gone, at=AT, judge_alive=False)
    assert outage is not None
    assert (outage.reason, outage.cause, outage.since) == ("revoked", "node:n1", T0)
    assert reason_of_minute(gone, at=AT, judge_at=ALIVE, age=timedelta(minutes=2)) == "revoked"
    # A birth that was on its way when the access was taken away must not hide it.
    assert outage_of(replace(gone, node_online=True), at=AT, judge_alive=False) == outage
    never = replace(gone, node_status_at=None, last_frame_at=None)
    assert outage_of(never, at=AT, judge_alive=True) is None


FRIDGE = SensorLine(
    created_at=T0 - timedelta(days=1),
    device_id="fridge1",
    node_id="n1",
    site_id="s1",
    tenant_id="t1",
    entity_id=UUID(int=1),
    region_code="330602",
    sensor_code="fridge_temp",
    report_every_s=None,
    heard_at=T0,
    node_online=True,
    node_status_at=T0 - timedelta(hours=1),
)
LONG_AGO = T0 - timedelta(days=1)
OFFLINE = resolve(VIOLATION_CODES["sensor_offline"], spot=Spot.of(FRIDGE), overrides=NONE, at=T0)


def test_a_sensor_is_away_after_three_missing_reports_and_not_before() -> None:
    period = SENSOR_CODES["fridge_temp"].report_every
    assert period == timedelta(minutes=5)
    assert sensor_outage_of(FRIDGE, at=T0 + 3 * period, intake_since=LONG_AGO) is None
    outage = sensor_outage_of(FRIDGE, at=T0 + 3 * period + timedelta(seconds=1), intake_since=LONG_AGO)
    assert outage is not None
    assert (outage.code, outage.reason, outage.cause, outage.since) == (
        "sensor_offline",
        "no_readings",
        "sensor:fridge1",
        T0,
    )


def test_a_sensors_own_period_goes_before_that_of_its_kind() -> None:
    quick = replace(FRIDGE, report_every_s=30.0)
    assert sensor_outage_of(quick, at=T0 + timedelta(seconds=91), intake_since=LONG_AGO) is not None
    door = replace(FRIDGE, sensor_code="door")
    assert report_period(resolve(SENSOR_CODES["door"], spot=Spot.of(door), overrides=NONE, at=T0), None) is None
    assert sensor_outage_of(door, at=T0 + timedelta(days=9), intake_since=LONG_AGO) is None
    assert sensor_outage_of(replace(door, report_every_s=60), at=AT, intake_since=LONG_AGO) is not None


def test_silence_that_nobody_could_hear_says_nothing_about_a_sensor() -> None:
    late = T0 + timedelta(hours=1)
    assert sensor_outage_of(FRIDGE, at=late, intake_since=None) is None
    assert sensor_outage_of(FRIDGE, at=late, intake_since=late - timedelta(minutes=14)) is None
    back = replace(FRIDGE, node_status_at=late - timedelta(minutes=14))
    assert sensor_outage_of(back, at=late, intake_since=LONG_AGO) is None
    assert sensor_outage_of(FRIDGE, at=late, intake_since=late - timedelta(minutes=16)) is not None
    never = replace(FRIDGE, heard_at=None)
    assert sensor_outage_of(never, at=late, intake_since=late - timedelta(minutes=14)) is None


def test_a_dead_node_explains_its_sensors() -> None:
    dead = replace(FRIDGE, node_online=False, node_status_at=T0)
    cameras = [replace(FINE, node_online=False, node_status_at=T0), replace(FINE, node_id="n2", last_frame_at=AT)]
    found = outages(cameras, at=AT, judge_at=ALIVE, sensors=[dead], intake_since=LONG_AGO)
    assert {(o.device_id, o.cause, o.reason) for o in found} == {
        ("cam1", "node:n1", "node_offline"),
        ("fridge1", "node:n1", "node_offline"),
    }
    gone = replace(FRIDGE, node_revoked_at=T0)
    outage = sensor_outage_of(gone, at=AT, intake_since=None)
    assert outage is not None
    assert (outage.cause, outage.reason) == ("node:n1", "revoked")


def test_only_a_cold_chain_gets_worse_with_time() -> None:
    def condition(sensor_code: str) -> Condition:
        return Condition(
            id=uuid7(),
            device_id="x",
            code="sensor_offline",
            since=T0,
            notify_at=T0,
            cleared_at=None,
            detail={"sensor_code": sensor_code},
            evidence_ids=(),
            alert_id=None,
        )

    assert severity_of(condition("fridge_temp"), OFFLINE, at=T0 + timedelta(hours=4)) is Severity.minor
    assert severity_of(condition("fridge_temp"), OFFLINE, at=T0 + timedelta(hours=4, seconds=1)) is Severity.major
    assert severity_of(condition("gas_ch4"), OFFLINE, at=T0 + timedelta(hours=9)) is Severity.minor


def test_what_never_reported_is_away_once_its_node_has_been_there_long_enough() -> None:
    never = replace(FRIDGE, heard_at=None, created_at=T0, node_status_at=T0 - timedelta(hours=1))
    soon, late = T0 + timedelta(minutes=15), T0 + timedelta(minutes=15, seconds=1)
    assert sensor_outage_of(never, at=soon, intake_since=LONG_AGO) is None
    outage = sensor_outage_of(never, at=late, intake_since=LONG_AGO)
    assert outage is not None
    assert (outage.code, outage.reason, outage.since) == ("sensor_offline", "never_reported", T0)
    assert sensor_outage_of(never, at=late, intake_since=late) is None
    for unknown in (
        replace(never, node_online=False),
        replace(never, node_status_at=None),
        replace(never, node_revoked_at=T0),
        replace(never, sensor_code="door"),
    ):
        assert sensor_outage_of(unknown, at=late + timedelta(days=9), intake_since=LONG_AGO) is None


def test_a_camera_that_never_sent_a_frame_is_away_once_somebody_has_looked_long_enough() -> None:
    never = replace(FINE, last_frame_at=None, created_at=T0, health=None)
    late = T0 + SILENT_AFTER + timedelta(seconds=1)
    outage = outage_of(never, at=late, judge_alive=True, judge_since=LONG_AGO)
    assert outage is not None
    assert (outage.reason, outage.since) == ("never_reported", T0)
    assert outage_of(never, at=late, judge_alive=True, judge_since=T0 + SILENT_AFTER) is None
    assert outage_of(never, at=late, judge_alive=False, judge_since=LONG_AGO) is None


def test_reports_that_nobody_can_read_are_a_fault() -> None:
    late = T0 + timedelta(minutes=16)
    outage = sensor_outage_of(replace(FRIDGE, refused_at=late), at=late, intake_since=LONG_AGO)
    assert outage is not None
    assert (outage.code, outage.reason) == ("sensor_fault", "unreadable_report")
    before = replace(FRIDGE, refused_at=T0 - timedelta(minutes=1))
    outage = sensor_outage_of(before, at=late, intake_since=LONG_AGO)
    assert outage is not None
    assert outage.code == "sensor_offline"
