"""Clips on command with faults of the connection, the platform, the agent, and the command."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import sync_playwright

from ingest.agent import clips, upload
from ingest.agent.clip_store import ClipStore
from ingest.agent.clips import UNKNOWN_TRIES, ClipCutter
from ingest.agent.ring import Ring
from ingest.video.address import CameraAddress
from ingest.video.rtsp import connect
from models.base.clock import SystemClock, rfc3339
from tests.e2e.console.conftest import ARGS, chromium
from tests.integration.ingest.agent.conftest import heard_log
from tests.support.odd_camera import odd_camera
from tests.support.rtsp import Footage
from tests.support.uploads import Receiver, receiver
from tests.support.waiting import wait_for

__all__ = ["chromium"]

Footages = Callable[..., Footage]


def filled_ring(filmed: Footage, *, seconds: float = 3.0) -> Ring:
    """A ring with what a camera has just sent."""
    ring = Ring(seconds=60, max_bytes=2**25)
    with odd_camera(filmed.units, fps=filmed.fps) as odd, connect(CameraAddress.parse(odd.url)) as connection:
        ring.connected(connection.info)
        for packet in connection.packets():
            ring.append(packet)
            packets = ring.packets()
            if packets and packets[-1].at - packets[0].at > seconds:
                return ring
    raise AssertionError


class Node:
    """The answers that the platform receives."""

    def __init__(self) -> None:
        self.answers: list[dict[str, object]] = []
        self.line = True

    def answer(self, _device: str, payload: bytes) -> bool:
        if self.line:
            self.answers.append(json.loads(payload))
        return self.line


@contextmanager
def desk(folder: Path, ring: Ring | None, node: Node, *, max_bytes: int = 2**26) -> Iterator[ClipCutter]:
    rings = {} if ring is None else {"cam1": ring}
    opened = ClipCutter(ClipStore(folder, max_bytes=max_bytes), rings, answer=node.answer, clock=SystemClock())
    opened.start()
    try:
        yield opened
    finally:
        opened.stop()


def command(url: str, *, seconds: float = 2.0, ago: float = 0.2, lives_s: float = 60, **changes: object) -> bytes:
    now = datetime.now(UTC)
    body = {
        "id": str(uuid4()),
        "expires_at": rfc3339(now + timedelta(seconds=lives_s)),
        "from": rfc3339(now - timedelta(seconds=seconds + ago)),
        "to": rfc3339(now - timedelta(seconds=ago)),
        "upload_url": url,
    }
    return json.dumps(body | changes).encode()


@pytest.fixture(scope="module")
def ring(footage: Footages) -> Ring:
    """Some 4 MB of picture."""
    return filled_ring(footage(width=1920, height=1080, bitrate_kbps=40_000))


@pytest.fixture
def node() -> Node:
    return Node()


@pytest.fixture
def whole(ring: Ring) -> dict[str, object]:
    """A window that covers the ring."""
    packets = ring.packets()
    first, last = (datetime.fromtimestamp(packets[i].at, UTC) for i in (0, -1))
    return {"from": rfc3339(first + timedelta(milliseconds=5)), "to": rfc3339(last)}


def test_a_large_clip_is_uploaded_in_parts_and_resumed_after_an_interruption(
    tmp_path: Path, ring: Ring, node: Node, whole: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "CHUNK_BYTES", 2**20)
    with receiver() as got, desk(tmp_path, ring, node) as at:
        got.break_after = 1
        at.command("cam1", command(got.url, **whole))
        answer = wait_for(lambda: node.answers)[0]
        assert answer["ok"]
        assert got.complete
        pieces = [status for kind, status in got.requests if kind == "PUT"]
        assert pieces == [204] * (len(got.body) // 2**20) + [201]
        assert ("broken", 0) in got.requests
        assert answer["bytes"] == len(got.body) > 2**20
    assert list(tmp_path.glob("*.mp4")) == []


def test_a_wrong_offset_of_an_upload_is_corrected(
    tmp_path: Path, ring: Ring, node: Node, whole: dict[str, object]
) -> None:
    with receiver() as got, desk(tmp_path, ring, node) as at:
        got.lie_about_offset = 1000
        at.command("cam1", command(got.url, **whole))
        assert wait_for(lambda: node.answers)[0]["ok"]
        assert got.complete
        assert ("PUT", 409) in got.requests


def test_an_upload_is_resumed_after_a_restart_of_the_agent(
    tmp_path: Path, ring: Ring, node: Node, whole: dict[str, object]
) -> None:
    with receiver() as got:
        got.refuse = 503
        with desk(tmp_path, ring, node) as at:
            at.command("cam1", command(got.url, **whole))
            wait_for(lambda: ("HEAD", 503) in got.requests)
        assert node.answers == []
        got.refuse = None
        with desk(tmp_path, None, node):  # the ring was lost with the old process, the clip was not
            assert wait_for(lambda: node.answers)[0]["ok"]
        assert got.complete


@pytest.mark.parametrize(("status", "tries"), [(404, UNKNOWN_TRIES), (410, 1)])
def test_a_clip_that_is_no_longer_requested_is_given_up(
    tmp_path: Path, ring: Ring, node: Node, whole: dict[str, object], *, status: int, tries: int
) -> None:
    with receiver() as got, desk(tmp_path, ring, node) as at:
        got.refuse = status
        at.command("cam1", command(got.url, **whole))
        answer = wait_for(lambda: node.answers)[0]
    assert (answer["ok"], got.requests) == (False, [("HEAD", status)] * tries)
    assert str(status) in str(answer["error"])
    assert list(tmp_path.glob("*.mp4")) == []


def test_a_clip_with_a_new_address_is_uploaded_there(
    tmp_path: Path, ring: Ring, node: Node, whole: dict[str, object]
) -> None:
    with receiver() as old, receiver() as new, desk(tmp_path, ring, node) as at:
        old.refuse = 404
        asked = command(old.url, **whole)
        at.command("cam1", asked)
        wait_for(lambda: old.requests)
        again = {**json.loads(asked), "upload_url": new.url}
        at.command("cam1", json.dumps(again).encode())
        assert wait_for(lambda: node.answers)[0]["ok"]
    assert new.complete


def test_the_same_command_again_is_answered_again_and_uploaded_once(
    tmp_path: Path, ring: Ring, node: Node, whole: dict[str, object]
) -> None:
    with receiver() as got:
        asked = command(got.url, **whole)
        with desk(tmp_path, ring, node) as at:
            at.command("cam1", asked)
            wait_for(lambda: node.answers)
            before = len(got.requests)
            at.command("cam1", asked)
            wait_for(lambda: len(node.answers) == 2)
        with desk(tmp_path, None, node) as at:
            at.command("cam1", asked)
            wait_for(lambda: len(node.answers) == 3)
    assert len(got.requests) == before
    assert node.answers[0] == node.answers[1] == node.answers[2]


def test_an_answer_during_an_outage_is_sent_when_the_connection_is_back(
    tmp_path: Path, ring: Ring, node: Node, whole: dict[str, object]
) -> None:
    node.line = False
    with receiver() as got, desk(tmp_path, ring, node) as at:
        at.command("cam1", command(got.url, **whole))
        wait_for(lambda: got.complete)
        node.line = True
        wait_for(lambda: json.loads(next(tmp_path.glob("*.json")).read_text())["state"] == "answered")
        at.tell_again()
        assert wait_for(lambda: node.answers)[0]["ok"]


@pytest.mark.parametrize(
    ("changes", "device", "says"),
    [
        ({"from": "2020-01-01T00:00:00Z", "to": "2020-01-01T00:00:10Z"}, "cam1", "reaches back to"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "cam1", "clock"),
        ({}, "cam9", "no camera"),
    ],
)
def test_an_impossible_command_is_refused_with_a_reason(
    tmp_path: Path, ring: Ring, node: Node, changes: dict[str, object], device: str, says: str
) -> None:
    with receiver() as got, desk(tmp_path, ring, node) as at:
        at.command(device, command(got.url, **changes))
        answer = wait_for(lambda: node.answers)[0]
    assert answer["ok"] is False
    assert says in str(answer["error"])
    assert got.requests == []


@pytest.mark.parametrize("payload", [b"", b"{}", b"\xff", b"[" * 9000, b'{"id":"x"}'])
def test_an_invalid_command_does_no_harm(
    tmp_path: Path, ring: Ring, node: Node, payload: bytes, whole: dict[str, object]
) -> None:
    with receiver() as got, desk(tmp_path, ring, node) as at:
        at.command("cam1", payload)
        at.command("cam1", command(got.url, **whole))
        assert wait_for(lambda: node.answers)[0]["ok"]


def test_waiting_clips_stay_within_their_bytes(
    tmp_path: Path, ring: Ring, node: Node, whole: dict[str, object]
) -> None:
    with receiver() as got, desk(tmp_path, ring, node, max_bytes=ring.held_bytes * 3 // 2) as at:
        got.refuse = 503
        for _ in range(2):
            at.command("cam1", command(got.url, **whole))
        answer = wait_for(lambda: node.answers)[0]
        assert "no room" in str(answer["error"])
        assert sum(path.stat().st_size for path in tmp_path.glob("*.mp4")) <= ring.held_bytes * 3 // 2


def test_a_full_disk_loses_one_clip_and_reports_it(
    tmp_path: Path, ring: Ring, node: Node, whole: dict[str, object]
) -> None:
    folder = tmp_path / "clips"
    with receiver() as got, desk(folder, ring, node) as at:
        folder.rmdir()
        at.command("cam1", command(got.url, **whole))
        first = wait_for(lambda: node.answers)[0]
        assert not first["ok"]
        assert "could not be" in str(first["error"])
        folder.mkdir()
        at.command("cam1", command(got.url, **whole))
        wait_for(lambda: len(node.answers) > 1)
        assert node.answers[1]["ok"]


def test_the_token_of_the_address_is_never_logged_and_its_file_is_private(
    tmp_path: Path, ring: Ring, node: Node, whole: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    log = heard_log(monkeypatch, clips)
    with receiver() as got, desk(tmp_path, ring, node) as at:
        got.refuse = 500
        at.command("cam1", command(got.url, **whole))
        wait_for(lambda: got.requests)
        at.command("cam1", command("http://127.0.0.1:9/v1/uploads/s3cret-upload-token", **whole))
        record = wait_for(lambda: list(tmp_path.glob("*.json")))[0]
        assert record.stat().st_mode & 0o077 == 0
        got.refuse = None
        wait_for(lambda: node.answers)
    assert "upload interrupted" in str(log.entries)
    assert "s3cret" not in str(log.entries) + str(node.answers)


def test_a_clip_plays_and_seeks_in_a_browser(
    tmp_path: Path, ring: Ring, node: Node, whole: dict[str, object], chromium: str
) -> None:
    with receiver() as got, desk(tmp_path, ring, node) as at:
        at.command("cam1", command(got.url, **whole))
        wait_for(lambda: got.complete)
        played = _play(chromium, got)
    assert played["error"] is None
    assert played["reached"] > 1
    assert played["duration"] == pytest.approx(3.0, abs=0.5)
    assert played["sought"] == pytest.approx(2.0, abs=0.1)
    assert (played["width"], played["height"]) == (1920, 1080)


def _play(chromium: str, got: Receiver) -> dict[str, float]:
    clip = base64.b64encode(got.body).decode()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        page = browser.new_page()
        page.set_content("<video muted></video>")
        found = page.evaluate(
            """async (clip) => {
                const bytes = Uint8Array.from(atob(clip), c => c.charCodeAt(0));
                const video = document.querySelector('video');
                video.src = URL.createObjectURL(new Blob([bytes], {type: 'video/mp4'}));
                await video.play();
                const until = performance.now() + 15000;
                while (video.currentTime <= 1 && !video.error && performance.now() < until)
                    await new Promise(done => setTimeout(done, 50));
                const reached = video.currentTime;
                video.pause();
                const sought = new Promise(done => video.onseeked = () => done(video.currentTime));
                video.currentTime = 2.0;
                return {reached, sought: await sought, duration: video.duration,
                        width: video.videoWidth, height: video.videoHeight,
                        error: video.error && video.error.message};
            }""",
            clip,
        )
        browser.close()
    return dict(found)
