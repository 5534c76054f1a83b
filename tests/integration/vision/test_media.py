"""Clips of kept frames and copies of evidence, with the real detector and a real database."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from ingest.simulator.kitchen import KitchenCamera
from ingest.video.reencode import reencode
from ingest.video.slideshow import slideshow
from models.base.clock import SystemClock
from models.base.errors import Invalid
from models.base.ids import uuid7
from models.catalogue.terms import ClipState, CopyKind, EvidenceKind
from models.domain.clips import span_of
from models.domain.evidence import Evidence
from models.evidence.files import EvidenceFiles
from models.store import Store, clips, evidence, violations
from tests.support.people import picture, raise_alert
from tests.support.world import TENANT, Kitchen, seed_world
from vision.engines.detector import Detector
from vision.engines.openvino import OpenVinoEngine
from vision.pictures.media import MediaMaker
from vision.pictures.redaction import thresholds
from vision.pipeline.kept_frames import KeptFrames
from vision.pipeline.mailbox import Frame
from vision.weights.shipped import shipped


def redactor() -> Detector:
    entry = shipped()
    return Detector(entry, OpenVinoEngine(entry, threads=1), thresholds=thresholds(entry.classes))


@pytest.fixture
def kitchen(store: Store) -> Kitchen:
    return seed_world(store)[0]


@pytest.fixture
def files(tmp_path: Path) -> EvidenceFiles:
    return EvidenceFiles(tmp_path)


@pytest.fixture
def kept() -> KeptFrames:
    return KeptFrames()


@pytest.fixture
def maker(store: Store, files: EvidenceFiles, kept: KeptFrames) -> MediaMaker:
    return MediaMaker(store=store, files=files, kept=kept, detector=redactor, clock=SystemClock(), tenant=TENANT)


def frames_of(film: bytes) -> list[np.ndarray]:
    with av.open(io.BytesIO(film), "r") as opened:
        assert opened.streams.video[0].codec_context.name == "h264"
        return [frame.to_ndarray(format="bgr24") for frame in opened.decode(video=0)]


def wish(store: Store, files: EvidenceFiles, kitchen: Kitchen, *, ends_at: datetime) -> clips.ClipRequest:
    alert = raise_alert(store, files, kitchen)
    with store.write() as w:
        violation = violations.violations(w, limit=1, alert_id=alert.id)[0]
        span = span_of(started_at=ends_at - timedelta(seconds=10), judged_at=ends_at - timedelta(seconds=10))
        clips.ask(w, violation_id=violation.id, device_id=kitchen.camera, span=span, ends_at=ends_at, at=ends_at)
        clip = clips.of_violation(w, violation.id)
        assert clip is not None
        clips.use_frames(w, clip.id, error="the node can't", at=ends_at)
    return clip


def test_a_clip_is_made_from_kept_frames_and_marked(
    store: Store, files: EvidenceFiles, kitchen: Kitchen, kept: KeptFrames, maker: MediaMaker
) -> None:
    end = datetime.now(UTC) - timedelta(seconds=2)
    for i in range(20):
        at = end - timedelta(seconds=19 - i)
        kept.keep(Frame(device_id=kitchen.camera, jpeg=picture(f"{i}"), occurred_at=at, received_at=at))
    clip = wish(store, files, kitchen, ends_at=end)
    maker.look()
    with store.read() as r:
        made = clips.of_violation(r, clip.violation_id)
        assert made is not None
        assert made.state is ClipState.ready
        assert made.evidence_id is not None
        piece = evidence.evidence(r, made.evidence_id)
    assert piece is not None
    assert piece.kind is EvidenceKind.clip_frames
    assert (piece.detail["by"], piece.detail["frames"]) == ("platform", 16)
    assert piece.ends_at is not None
    assert (piece.ends_at - piece.captured_at).total_seconds() == pytest.approx(15, abs=0.1)
    assert len(frames_of(files.get(piece.sha256))) == 17  # the last is held for a second


def test_without_frames_there_is_no_clip_and_a_reason(
    store: Store, files: EvidenceFiles, kitchen: Kitchen, maker: MediaMaker
) -> None:
    clip = wish(store, files, kitchen, ends_at=datetime.now(UTC) - timedelta(seconds=2))
    maker.look()
    with store.read() as r:
        made = clips.of_violation(r, clip.violation_id)
    assert made is not None
    assert made.state is ClipState.failed
    assert "no frames were kept" in (made.error or "")


def evidence_of(
    store: Store, files: EvidenceFiles, kitchen: Kitchen, content: bytes, *, kind: EvidenceKind, mime: str
) -> Evidence:
    piece = Evidence(
        id=uuid7(),
        tenant_id=TENANT,
        entity_id=kitchen.entity,
        region_code=kitchen.region,
        kind=kind,
        sha256=files.put(content),
        bytes=len(content),
        mime=mime,
        captured_at=datetime.now(UTC),
    )
    with store.write() as w:
        evidence.add_evidence(w, piece)
    return piece


def copied(store: Store, files: EvidenceFiles, maker: MediaMaker, piece: Evidence, kind: CopyKind) -> bytes:
    with store.write() as w:
        clips.want_copy(w, piece.id, kind=kind, at=datetime.now(UTC))
    maker.look()
    with store.read() as r:
        copy = clips.copy_of(r, piece.id, kind=kind)
    assert copy is not None
    assert copy.state == "ready", copy.error
    assert copy.sha256 is not None
    return files.get(copy.sha256)


def test_no_head_is_sharp_in_the_redacted_still_and_the_rest_stays(
    store: Store, files: EvidenceFiles, kitchen: Kitchen, maker: MediaMaker
) -> None:
    camera = KitchenCamera(seed=3, name="R", cooks=2)
    drawn, truths = camera.render(4.0, wall_clock=datetime(2026, 9, 1, 2, tzinfo=UTC))
    heads = [t for t in truths if t.name.startswith("head")]
    assert heads
    still = bytes(cv2.imencode(".jpg", drawn)[1])
    piece = evidence_of(store, files, kitchen, still, kind=EvidenceKind.still_clean, mime="image/jpeg")
    shown = cv2.imdecode(
        np.frombuffer(copied(store, files, maker, piece, CopyKind.redacted), np.uint8), cv2.IMREAD_COLOR
    )
    assert shown is not None
    height, width = drawn.shape[:2]
    for head in heads:
        x0, x1 = int((head.cx - head.w / 2) * width), int((head.cx + head.w / 2) * width)
        y0, y1 = int((head.cy - head.h / 2) * height), int((head.cy + head.h / 2) * height)
        before = cv2.Laplacian(drawn[y0:y1, x0:x1], cv2.CV_64F).var()
        after = cv2.Laplacian(np.asarray(shown)[y0:y1, x0:x1], cv2.CV_64F).var()
        assert after < before * 0.6
    corner = (slice(0, 80), slice(0, 120))
    assert np.abs(drawn[corner].astype(int) - np.asarray(shown)[corner]).mean() < 6


def hevc(seconds: float) -> bytes:
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as film:
        stream = film.add_stream("libx265", rate=10, options={"preset": "ultrafast", "x265-params": "log-level=none"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for i in range(int(seconds * 10)):
            drawn = np.full((240, 320, 3), i * 5 % 255, np.uint8)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(drawn, format="bgr24")))
        film.mux(stream.encode())
    return target.getvalue()


def test_an_h265_clip_gets_a_copy_that_browsers_play_as_long_as_the_original(
    store: Store, files: EvidenceFiles, kitchen: Kitchen, maker: MediaMaker
) -> None:
    piece = evidence_of(store, files, kitchen, hevc(3), kind=EvidenceKind.clip, mime="video/mp4")
    copy = copied(store, files, maker, piece, CopyKind.review)
    assert len(frames_of(copy)) == 30
    with av.open(io.BytesIO(copy), "r") as opened:
        assert opened.duration == pytest.approx(3_000_000, rel=0.05)


def test_a_film_is_redacted_frame_by_frame(
    store: Store, files: EvidenceFiles, kitchen: Kitchen, maker: MediaMaker
) -> None:
    camera = KitchenCamera(seed=3, name="R", cooks=2)
    wall = datetime(2026, 9, 1, 2, tzinfo=UTC)
    stills = [bytes(cv2.imencode(".jpg", camera.render(i / 2, wall_clock=wall)[0])[1]) for i in range(4)]
    film = slideshow([(wall + timedelta(seconds=i / 2), still) for i, still in enumerate(stills)])
    piece = evidence_of(store, files, kitchen, film, kind=EvidenceKind.clip_frames, mime="video/mp4")
    copy = copied(store, files, maker, piece, CopyKind.redacted)
    changed = [
        np.abs(a.astype(int) - b).max(axis=2) > 40 for a, b in zip(frames_of(film), frames_of(copy), strict=True)
    ]
    assert all(part.any() for part in changed)


def test_an_invalid_film_can_not_be_copied_and_the_reason_is_stored(
    store: Store, files: EvidenceFiles, kitchen: Kitchen, maker: MediaMaker
) -> None:
    piece = evidence_of(store, files, kitchen, b"not a film", kind=EvidenceKind.clip, mime="video/mp4")
    with store.write() as w:
        clips.want_copy(w, piece.id, kind=CopyKind.review, at=datetime.now(UTC))
    maker.look()
    with store.read() as r:
        copy = clips.copy_of(r, piece.id, kind=CopyKind.review)
    assert copy is not None
    assert copy.state == "pending"  # it is retried
    assert "can't be read" in (copy.error or "")


def test_no_pictures_make_no_film() -> None:
    with pytest.raises(Invalid, match="no pictures"):
        slideshow([])
    with pytest.raises(Invalid):
        reencode(b"")
