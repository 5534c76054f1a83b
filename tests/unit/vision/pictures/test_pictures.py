"""Frames: waiting, decoding, the gate, evidence pictures; and the entry of the weights."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.base.errors import EvidenceDamaged, Invalid, WeightsRefused
from models.evidence.files import EvidenceFiles
from vision.judging.detections import Detections, iou
from vision.pictures.decode import Picture, decode, encode, jpeg_size, letterbox
from vision.pictures.gate import REFRESH_S, MotionGate
from vision.pictures.marked import annotated
from vision.pipeline.mailbox import Frame, Mailbox
from vision.weights.shipped import load, shipped

AT = datetime(2026, 9, 1, tzinfo=UTC)


def frame(device: str, number: int) -> Frame:
    return Frame(device_id=device, jpeg=bytes([number]), occurred_at=AT, received_at=AT)


def picture(width: int = 640, height: int = 360, *, grey: int = 90) -> NDArray[np.uint8]:
    return np.full((height, width, 3), grey, np.uint8)


def test_a_camera_that_is_too_fast_loses_its_own_oldest_frames() -> None:
    box = Mailbox(depth=3)
    fits = [box.put(frame("fast", i)) for i in range(5)]
    box.put(frame("slow", 9))
    assert (fits, box.dropped, len(box)) == ([True, True, True, False, False], 2, 4)
    taken = box.take(8, timeout_s=0) + box.take(8, timeout_s=0)
    assert [(f.device_id, f.jpeg[0]) for f in taken] == [("fast", 2), ("slow", 9), ("fast", 3)]


def test_every_camera_gets_its_turn() -> None:
    box = Mailbox()
    for i in range(3):
        for device in "abcd":
            box.put(frame(device, i))
    order = [f.device_id for _ in range(6) for f in box.take(2, timeout_s=0)]
    assert order == list("abcdabcdabcd")


def test_an_empty_mailbox_gives_nothing_after_the_wait() -> None:
    assert Mailbox().take(8, timeout_s=0.01) == []


@pytest.mark.parametrize("size", [(640, 360), (1920, 1080), (33, 77)])
def test_the_size_is_read_without_decoding(size: tuple[int, int]) -> None:
    assert jpeg_size(encode(picture(*size))) == size


def test_a_large_frame_is_decoded_at_what_is_needed() -> None:
    assert decode(encode(picture(1920, 1080)), long_side=960).shape == (540, 960, 3)
    assert decode(encode(picture(3840, 2160)), long_side=960).shape == (540, 960, 3)
    assert decode(encode(picture(1280, 720)), long_side=960).shape == (720, 1280, 3)


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (b"", "not a JPEG"),
        (b"GIF89a", "not a JPEG"),
        (b"\xff\xd8\xff\xe0", "no size"),
        (b"\xff\xd8\xff" + b"x" * 600_000, "600003 bytes"),
        (encode(picture())[:400], "decoded|no size"),
    ],
)
def test_an_invalid_frame_is_refused_with_a_reason(payload: bytes, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        decode(payload, long_side=960)


@given(st.binary(max_size=300))
def test_the_decoder_decodes_or_refuses_any_bytes(payload: bytes) -> None:
    with pytest.raises(Invalid):
        decode(b"\xff\xd8\xff" + payload, long_side=960)


@given(st.integers(2, 2000), st.integers(2, 2000))
def test_a_letterbox_keeps_proportions(width: int, height: int) -> None:
    square, scale, (left, top) = letterbox(picture(width, height), 64)
    assert square.shape == (64, 64, 3)
    assert min(left, top) == 0
    assert abs(max(width, height) * scale - 64) < 1e-6


@given(st.integers(2, 2000), st.integers(2, 2000))
def test_a_rectangle_is_as_small_as_its_stride_allows(width: int, height: int) -> None:
    canvas, scale, (left, top) = letterbox(picture(width, height), 64, stride=32)
    assert canvas.shape[0] % 32 == canvas.shape[1] % 32 == 0
    assert max(canvas.shape) == 64
    assert -0.5 <= canvas.shape[1] - width * scale - 2 * left < 33
    assert -0.5 <= canvas.shape[0] - height * scale - 2 * top < 33


def test_a_16_to_9_frame_needs_no_padding() -> None:
    canvas, scale, padding = letterbox(picture(1280, 720), 512, stride=32)
    assert (canvas.shape, scale, padding) == ((288, 512, 3), 0.4, (0, 0))


def test_the_gate_passes_changes_and_refreshes_regularly() -> None:
    gate = MotionGate()
    moved = picture()
    moved[100:200, 100:200] = 250
    noisy = picture() + np.random.default_rng(1).integers(0, 6, (360, 640, 3), np.uint8)
    assert gate.wants(picture(), at_s=0)
    assert not gate.wants(noisy, at_s=1)
    assert gate.wants(moved, at_s=2)
    assert not gate.wants(moved, at_s=3)
    assert gate.wants(moved, at_s=3 + REFRESH_S)


def test_slow_change_adds_up_until_the_gate_opens() -> None:
    gate = MotionGate()
    assert gate.wants(picture(grey=90), at_s=0)
    assert [gate.wants(picture(grey=90 + 4 * i), at_s=i / 10) for i in range(1, 5)] == [False, False, False, True]


def drawn_of(boxes: Detections, *, title: str) -> Picture:
    drawn = cv2.imdecode(np.frombuffer(annotated(picture(), boxes, title=title), np.uint8), cv2.IMREAD_COLOR)
    assert drawn is not None
    return np.asarray(drawn, np.uint8)


def test_evidence_names_what_it_shows_in_chinese() -> None:
    """A character that a font lacks is a box of its own: two names then look alike."""
    place, score = np.array([[0.25, 0.25, 0.5, 0.5]], np.float32), np.ones(1, np.float32)
    first, second, third = (
        drawn_of(Detections(boxes=place, scores=score, names=(name,)), title=title)[60:90, 160:300].astype(int)
        for name, title in (("head_bare", "甲"), ("no_mask", "甲"), ("no_mask", "乙"))
    )
    assert np.abs(first - second).max() > 100
    assert np.abs(second - third).max() < 40
    white = (first.min(axis=2) > 200).sum()
    assert white > 100, "characters on a red ground"


def test_evidence_shows_the_boxes_on_the_same_picture() -> None:
    boxes = Detections(
        boxes=np.array([[0.25, 0.25, 0.5, 0.5]], np.float32), scores=np.ones(1, np.float32), names=("head_bare",)
    )
    drawn = drawn_of(boxes, title="未戴工作帽")
    assert drawn.shape == (360, 640, 3)
    assert drawn[90, 240, 2] > 180  # the red edge of the box
    assert abs(int(drawn[20, 600, 0]) - 90) < 6  # the rest is unchanged


def test_iou_of_overlapping_and_disjoint_boxes() -> None:
    a = np.array([[0, 0, 1, 1]], np.float32)
    b = np.array([[0, 0, 1, 0.5], [2, 2, 3, 3]], np.float32)
    np.testing.assert_allclose(iou(a, b), [[0.5, 0.0]])


def test_detections_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="expected boxes"):
        Detections(boxes=np.zeros((2, 4), np.float32), scores=np.zeros(1, np.float32), names=("a",))


def test_the_shipped_weights_match_their_entry() -> None:
    entry = shipped()
    assert len(entry.classes) == len(set(entry.classes)) == 19
    assert set(entry.thresholds) <= set(entry.classes)
    assert sum((entry.folder / name).stat().st_size for name in entry.sha256) < 12_000_000


def test_changed_weights_are_refused(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(shipped().folder, tmp_path / "weights"))
    with (folder / "model.bin").open("r+b") as file:
        file.write(b"\x00\x01")
    with pytest.raises(WeightsRefused, match=r"model\.bin has sha256"):
        load(folder)
    (folder / "model.bin").unlink()
    with pytest.raises(WeightsRefused, match="missing"):
        load(folder)
    (folder / "meta.json").write_text(json.dumps({"name": "x"}))
    with pytest.raises(WeightsRefused, match=r"meta\.json"):
        load(folder)


def test_a_changed_evidence_file_is_not_returned(tmp_path: Path) -> None:
    files = EvidenceFiles(tmp_path)
    sha256 = files.put(b"picture")
    assert files.put(b"picture") == sha256
    assert files.get(sha256) == b"picture"
    (tmp_path / sha256[:2] / sha256[2:4] / sha256).write_bytes(b"another")
    with pytest.raises(EvidenceDamaged):
        files.get(sha256)
    with pytest.raises(Invalid):
        files.get("../../etc/passwd")
