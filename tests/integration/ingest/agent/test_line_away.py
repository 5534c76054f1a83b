"""Pictures during an outage are thinned, stored, and later sent in order, never before a message."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.mqtt import Login
from ingest.node.client import KEEP_FRAME_EVERY, NodeAddress, NodeClient
from ingest.node.spool.disk import DiskSpool
from ingest.payloads.senml import Reading
from models.base.clock import parse_rfc3339
from tests.integration.ingest.agent.conftest import Ear
from tests.support.proxy import Line, line_to
from tests.support.rig import SECRET, Rig
from tests.support.waiting import wait_for
from tests.support.world import TENANT

SESSION = 1_200_000_000


@pytest.fixture
def line(rig: Rig) -> Iterator[Line]:
    with line_to(rig.broker.port) as opened:
        yield opened


def test_pictures_of_an_outage_are_thinned_stored_and_sent_in_order_after_the_messages(
    rig: Rig, line: Line, ear: Ear, tmp_path: Path
) -> None:
    a = rig.kitchens[0]
    login = Login(url=f"mqtt://127.0.0.1:{line.port}", client_id=a.node, username=a.node, password=SECRET)
    address = NodeAddress(tenant=TENANT, site=a.site, node=a.node)
    spool = DiskSpool(tmp_path / "spool.db")
    began = datetime.now(UTC) - timedelta(hours=1)
    line.cut()
    with NodeClient(login, address, session=SESSION, devices=[], spool=spool) as node:
        for second in range(35):
            assert not node.frame(a.camera, b"\xff\xd8%d" % second, at=began + timedelta(seconds=second))
        node.readings(a.fridge, [Reading("fridge_temp", began, 4.0)])
        line.mend()
        wait_for(lambda: node.connected)
        live = began + timedelta(seconds=36)
        assert not node.frame(a.camera, b"\xff\xd8live", at=live)  # too soon after the last one to be stored
        wait_for(lambda: len(ear.frames(a.camera)) == 4)
        wait_for(lambda: spool.next_frame() is None)
        assert node.frame(a.camera, b"\xff\xd8now", at=live + timedelta(seconds=1))
        wait_for(lambda: len(ear.frames(a.camera)) == 5)
    frames = ear.frames(a.camera)
    taken = [(parse_rfc3339(frame.user["ts"]) - began).total_seconds() for frame in frames]
    step = KEEP_FRAME_EVERY.total_seconds()
    assert taken == pytest.approx([0, step, 2 * step, 3 * step, 37], abs=0.01)
    assert [int(frame.user["seq"]) for frame in frames] == [1, 2, 3, 4, 5]
    kinds = [message.topic.rpartition("/")[2] for message in ear.messages]
    assert kinds.index("reading") < kinds.index("frame")


def test_a_stalled_connection_queues_at_most_two_pictures_per_camera(rig: Rig, line: Line, ear: Ear) -> None:
    a = rig.kitchens[0]
    login = Login(url=f"mqtt://127.0.0.1:{line.port}", client_id=a.node, username=a.node, password=SECRET)
    address = NodeAddress(tenant=TENANT, site=a.site, node=a.node)
    jpeg = b"\xff\xd8" + bytes(400_000)
    with NodeClient(login, address, session=SESSION, devices=[]) as node:
        wait_for(lambda: node.connected)
        assert node.frame(a.camera, jpeg, at=datetime.now(UTC))
        wait_for(lambda: len(ear.frames(a.camera)) == 1)
        line.stall()
        wait_for(lambda: not node.frame(a.camera, jpeg, at=datetime.now(UTC)))  # once the buffers on the way are full
        went = node.frames_sent
        assert [node.frame(a.camera, jpeg, at=datetime.now(UTC)) for _ in range(50)] == [False] * 50
        assert (node.frames_sent, node.frames_dropped) == (went, 51)
        line.mend()
        wait_for(lambda: node.frame(a.camera, jpeg, at=datetime.now(UTC)))
        wait_for(lambda: len(ear.frames(a.camera)) == went + 1)
