"""Work in the background ends: made, or failed with a reason that people see; its thread outlives all of it."""

import threading
from datetime import UTC, datetime, timedelta

import cv2
import pytest

from models.base.clock import SteppedClock
from models.base.ids import uuid7
from models.catalogue.terms import ClipState, CopyKind, EvidenceKind
from models.domain.evidence import Evidence
from models.store import clips, evidence
from models.store.clips import MOST_TRIES
from tests.attacks.uploads.conftest import confirmed, photo
from tests.attacks.uploads.test_clips import ask
from tests.support.http import Rig
from tests.support.jpegs import jpeg, many_scans, scene
from tests.support.people import raise_alert
from tests.support.scripted import ENTRY, Scripted
from tests.support.waiting import GENEROUS_S
from tests.support.world import TENANT, Kitchen
from vision.engines.detector import Detector
from vision.pictures import media
from vision.pictures.media import MediaMaker
from vision.pipeline.kept_frames import KeptFrames
from vision.pipeline.mailbox import Frame

NOW = datetime.now(UTC)


def scripted() -> Detector:
    return Detector(ENTRY, Scripted())


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(datetime.now(UTC))


@pytest.fixture
def kept() -> KeptFrames:
    return KeptFrames()


@pytest.fixture
def maker(rig: Rig, kept: KeptFrames, clock: SteppedClock) -> MediaMaker:
    return MediaMaker(store=rig.store, files=rig.files, kept=kept, detector=scripted, clock=clock, tenant=TENANT)


def planted(rig: Rig, kitchen: Kitchen, kind: EvidenceKind, content: bytes, mime: str) -> Evidence:
    """A piece of evidence as it would stand there from before anything was checked, with the wish for a copy."""
    piece = Evidence(
        id=uuid7(),
        tenant_id=TENANT,
        entity_id=kitchen.entity,
        region_code=kitchen.region,
        kind=kind,
        sha256=rig.files.put(content),
        bytes=len(content),
        mime=mime,
        captured_at=NOW,
    )
    with rig.store.write() as w:
        evidence.add_evidence(w, piece)
        clips.want_copy(w, piece.id, kind=CopyKind.redacted, at=NOW)
    return piece


BAD = {
    "three bytes": (EvidenceKind.photo_after, b"\xff\xd8\xff", "image/jpeg"),
    "a bomb": (EvidenceKind.photo_after, many_scans(1600, 1200, 4000), "image/jpeg"),
    "a bomb as a still": (EvidenceKind.still_clean, many_scans(1600, 1200, 4000), "image/jpeg"),
    "half a still": (EvidenceKind.still_clean, b"\xff\xd8\xff\xe0", "image/jpeg"),
    "html as a clip": (EvidenceKind.clip, b"\x00\x00\x00\x18ftypisom<html>", "video/mp4"),
    "nothing as a clip of frames": (EvidenceKind.clip_frames, b"\x00", "video/mp4"),
}


@pytest.mark.parametrize(("kind", "content", "mime"), BAD.values(), ids=BAD)
def test_a_copy_that_cannot_be_made_fails_after_some_attempts_with_the_reason(
    rig: Rig, maker: MediaMaker, clock: SteppedClock, kind: EvidenceKind, content: bytes, mime: str
) -> None:
    bad = planted(rig, rig.b, kind, content, mime)
    good = planted(rig, rig.a, EvidenceKind.still_clean, jpeg(), "image/jpeg")
    for _ in range(2 * MOST_TRIES):
        while maker.look():
            pass
        clock.advance(timedelta(minutes=10))
    with rig.store.read() as r:
        failed, made = (clips.copy_of(r, piece.id, kind=CopyKind.redacted) for piece in (bad, good))
    assert failed is not None
    assert made is not None
    assert (failed.state, failed.attempts, made.state) == ("failed", MOST_TRIES, "ready")
    assert failed.error
    shown = rig.get(f"/v1/evidence/{bad.id}", rig.keys.regulator_b).json()["copies"]
    assert [(c["kind"], c["state"], c["attempts"]) for c in shown] == [("redacted", "failed", MOST_TRIES)]
    answer = rig.get(f"/v1/evidence/{bad.id}/content", rig.keys.platform_b, copy="redacted")
    assert (answer.status_code, answer.json()["code"]) == (404, "copy_failed")
    assert failed.error[:20] in answer.json()["detail"]


def test_a_maker_that_dies_at_each_try_ends_too(rig: Rig, maker: MediaMaker, clock: SteppedClock) -> None:
    bad = planted(rig, rig.a, EvidenceKind.still_clean, jpeg(), "image/jpeg")
    for _ in range(MOST_TRIES):  # taken, and never heard of again: the process was killed
        with rig.store.write() as w:
            assert clips.take_copies(w, tenant_id=None, at=clock.now(), limit=10)
        clock.advance(timedelta(minutes=10))
    assert maker.look() == 0
    with rig.store.read() as r:
        known = clips.copy_of(r, bad.id, kind=CopyKind.redacted)
    assert known is not None
    assert (known.state, known.attempts) == ("failed", MOST_TRIES)


def test_a_clip_of_frames_that_cannot_be_made_ends(
    rig: Rig, maker: MediaMaker, kept: KeptFrames, clock: SteppedClock
) -> None:
    clip = ask(rig)
    with rig.store.write() as w:
        clips.use_frames(w, clip.id, error="offline", at=clock.now())
    broken = Frame(device_id=clip.device_id, jpeg=b"\xff\xd8\xff", occurred_at=clip.ends_at, received_at=clip.ends_at)
    kept.keep(broken)
    clock.advance(timedelta(seconds=5))
    for _ in range(2 * MOST_TRIES):
        while maker.look():
            pass
        kept.keep(broken)
        clock.advance(timedelta(seconds=50))
    with rig.store.read() as r:
        known = clips.of_violation(r, clip.violation_id)
    assert known is not None
    assert known.state is ClipState.failed
    assert known.error


def test_the_thread_survives_errors_of_opencv(
    rig: Rig, maker: MediaMaker, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the library throws can't be made to order, so one door is made to throw it."""
    real, thrown = media.redacted_still, threading.Event()

    def throws_once(content: bytes, detector: Detector) -> bytes:
        if not thrown.is_set():
            thrown.set()
            raise cv2.error("(-215:Assertion failed) !ssize.empty()")
        return real(content, detector)

    monkeypatch.setattr(media, "redacted_still", throws_once)
    stop = threading.Event()
    first = planted(rig, rig.a, EvidenceKind.still_clean, jpeg(), "image/jpeg")
    thread = threading.Thread(target=maker.run, kwargs={"stop": stop})
    thread.start()
    assert thrown.wait(GENEROUS_S)
    second = planted(rig, rig.a, EvidenceKind.still_clean, jpeg(scene(200, 100)), "image/jpeg")
    made = None
    while made is None or made.state != "ready":
        assert thread.is_alive()
        with rig.store.read() as r:
            made = clips.copy_of(r, second.id, kind=CopyKind.redacted)
    with rig.store.read() as r:
        waiting = clips.copy_of(r, first.id, kind=CopyKind.redacted)
    stop.set()
    thread.join(GENEROUS_S)
    assert waiting is not None
    assert (waiting.state, waiting.attempts) == ("pending", 1)
    assert "ssize" in (waiting.error or "")


def test_a_copy_that_no_process_makes_does_not_stay_not_ready_forever(rig: Rig) -> None:
    piece = planted(rig, rig.a, EvidenceKind.still_clean, jpeg(), "image/jpeg")
    path = f"/v1/evidence/{piece.id}/content"
    assert rig.get(path, rig.keys.enterprise_a).json()["code"] == "not_ready"
    with rig.store.write() as w:
        w.raw.execute("UPDATE evidence_copy SET wanted_at = now() - interval '1 day'")
    answer = rig.get(path, rig.keys.enterprise_a)
    assert (answer.status_code, answer.json()["code"]) == (504, "copy_overdue")


def test_an_owner_reads_on_the_page_why_there_is_no_picture(rig: Rig) -> None:
    task = confirmed(rig)
    with rig.store.write() as w:
        w.raw.execute("UPDATE evidence_copy SET state = 'failed', error = 'the picture is broken', attempts = 3")
        w.raw.execute(
            "INSERT INTO evidence_copy (evidence_id, kind, tenant_id, entity_id, region_code, next_at, state, error) "
            "SELECT id, 'redacted', tenant_id, entity_id, region_code, now(), 'failed', 'the picture is broken' "
            "FROM evidence ON CONFLICT DO NOTHING"
        )
    path = f"/console/tasks/{task['id']}"
    assert "人脸模糊副本未能生成" in rig.browser("enterprise-a").get(path).text
    assert "人脸模糊副本未能生成" not in rig.browser("regulator-a").get(path).text


def test_a_large_photo_has_a_redacted_copy(rig: Rig, maker: MediaMaker, clock: SteppedClock) -> None:
    task = confirmed(rig, kitchen=rig.b, reviewer=rig.keys.regulator_b)
    taken = photo(rig, task, jpeg(scene(6000, 4500)), rig.keys.enterprise_b)
    assert taken.status_code == 200, taken.text
    path = f"/v1/evidence/{taken.json()['id']}/content"
    assert rig.get(path, rig.keys.platform_b).json()["code"] == "not_ready"
    clock.advance(timedelta(minutes=1))
    while maker.look():
        pass
    assert rig.get(path, rig.keys.platform_b).status_code == 200


def test_raised_alerts_still_have_their_copies(rig: Rig, maker: MediaMaker, clock: SteppedClock) -> None:
    alert = raise_alert(rig.store, rig.files, rig.a)
    with rig.store.write() as w:
        for piece in alert.evidence_ids:
            clips.want_copy(w, piece, kind=CopyKind.redacted, at=clock.now())
    while maker.look():
        pass
    path = f"/v1/evidence/{alert.evidence_ids[0]}/content"
    assert rig.get(path, rig.keys.enterprise_a).status_code == 200
