"""Malicious pictures of one camera delay no other camera, and their owner sees the reason."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from alerts.findings.devices import account_minutes, watch_devices
from ingest.mqtt import MqttLink
from models.domain.ledger import day_and_minute, gaps
from models.store import conditions, devices, heartbeats, ledger, quarantine
from tests.attacks.pictures.conftest import Judge
from tests.support.jpegs import claiming, jpeg, many_scans, scene
from tests.support.waiting import GENEROUS_S, wait_for
from vision.pipeline.refusals import RETAINED

GOOD = jpeg(scene(640, 360))
BOMBS = {
    "thousands of scans": many_scans(1280, 720, 6000),
    "scans within the number, beyond the work": many_scans(4096, 4096, 90),
    "a hidden size": claiming(20_000, 20_000, disguise=b"\xff"),
    "a size behind garbage": claiming(30_000, 30_000, disguise=b"\x00abc\xff\x00"),
}


def send(link: MqttLink, topic: str, payload: bytes, *, retain: bool = False) -> None:
    link.publish(topic, payload, qos=1, retain=retain, user={"ts": datetime.now(UTC).isoformat()})


def refused(judge: Judge, camera: str) -> tuple[int, str | None]:
    judge.write_down()
    with judge.store.read() as r:
        found = devices.device(r, camera)
    assert found is not None
    return found.frames_refused, found.refused_reason


def seen(judge: Judge, camera: str) -> datetime | None:
    judge.write_down()
    with judge.store.read() as r:
        found = devices.device(r, camera)
    assert found is not None
    return found.last_frame_at


def quarantined(judge: Judge) -> set[str]:
    judge.write_down()
    with judge.store.read() as r:
        return {entry.reason for entry in quarantine.quarantined(r, before=None, limit=10)}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_picture_bomb_only_makes_its_own_camera_ignored(judge: Judge, bomb: bytes) -> None:
    assert len(bomb) <= 512 * 1024
    mine, other = judge.kitchens
    with judge.node(mine) as hostile, judge.node(other) as honest:
        assert hostile.connected.wait(GENEROUS_S)
        assert honest.connected.wait(GENEROUS_S)
        for _ in range(20):  # QoS 0 to the judge: the broker may drop some when many arrive at once
            send(hostile, judge.frame_topic(mine), bomb)
        wait_for(lambda: send(honest, judge.frame_topic(other), GOOD) or seen(judge, other.camera))
        wait_for(lambda: send(hostile, judge.frame_topic(mine), bomb) or refused(judge, mine.camera)[0] >= 20)
        before = refused(judge, mine.camera)
        assert before[1] == "set_aside"
        wait_for(
            lambda: send(hostile, judge.frame_topic(mine), GOOD) or refused(judge, mine.camera)[0] > before[0] + 20
        )
    assert seen(judge, mine.camera) is None
    with judge.store.read() as r:
        kept = quarantine.quarantined(r, before=None, limit=10)
    assert [entry.reason for entry in kept] in ([["picture_too_costly"], ["picture_too_large"]])
    assert kept[0].topic == judge.frame_topic(mine)
    with judge.store.write() as w:
        watch_devices(w, at=datetime.now(UTC))
        standing = conditions.open_conditions(w, [mine.camera, other.camera])
    assert [(c.device_id, c.code, c.detail["reason"]) for c in standing] == [
        (mine.camera, "camera_offline", "set_aside")
    ]


def test_unreadable_frames_are_counted_sampled_and_a_reason_in_the_ledger(judge: Judge) -> None:
    mine, _ = judge.kitchens
    with judge.store.write() as w:
        w.raw.execute("UPDATE device SET created_at = now() - interval '2 days'")
    with judge.node(mine) as node:
        assert node.connected.wait(GENEROUS_S)
        for i in range(12):
            send(node, judge.frame_topic(mine), GOOD[: 4000 + i])
            wait_for(lambda i=i: refused(judge, mine.camera)[0] == i + 1)
    assert refused(judge, mine.camera) == (12, "unreadable")
    with judge.store.read() as r:
        kept = quarantine.quarantined(r, before=None, limit=10)
    assert [(entry.reason, entry.times) for entry in kept] == [("picture_truncated", 1)]
    at = datetime.now(UTC) + timedelta(minutes=2)
    with judge.store.write() as w:
        heartbeats.role_alive(w, role="vision", replica="0", at=at)
        account_minutes(w, at=at)
        today, _ = day_and_minute(at)
        days = ledger.camera_days(w, mine.camera, since=today - timedelta(days=1), until=today)
    reasons = {gap.reason for day in days for gap in gaps(day)}
    assert "unreadable" in reasons


def test_a_retained_frame_is_refused(judge: Judge, database_url: str) -> None:
    mine, other = judge.kitchens
    topic = judge.frame_topic(mine)
    with judge.node(mine) as node, judge.node(other) as honest:
        assert node.connected.wait(GENEROUS_S)
        assert honest.connected.wait(GENEROUS_S)
        send(node, topic, GOOD, retain=True)
        first = wait_for(lambda: seen(judge, mine.camera))  # live, it is a normal picture
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("UPDATE device SET last_frame_at = NULL")
        judge.connect_again()  # as after a restart of the role: the broker sends retained messages
        wait_for(lambda: RETAINED in quarantined(judge))
        send(node, topic, b"", retain=True)  # and deleted at the broker
        wait_for(lambda: send(honest, judge.frame_topic(other), GOOD) or seen(judge, other.camera))
    assert first is not None
    assert seen(judge, mine.camera) is None
