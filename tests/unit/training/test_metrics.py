"""Decoding, suppression and average precision, by hand-made examples."""

import numpy as np
import pytest

from vision.training.metrics import (
    ClassRecord,
    Detections,
    average_precision,
    collect,
    detections,
    iou,
    letterbox,
    threshold,
)


def found(*rows: tuple[float, float, float, float, float]) -> Detections:
    table = np.array(rows, np.float32).reshape(-1, 5)
    return Detections(boxes=table[:, :4], scores=table[:, 4], classes=np.zeros(len(table), np.int64))


def test_iou_of_half_overlapping_boxes_is_a_third() -> None:
    a = np.array([[0, 0, 2, 2]], np.float32)
    b = np.array([[1, 0, 3, 2], [5, 5, 6, 6]], np.float32)
    assert iou(a, b) == pytest.approx(np.array([[1 / 3, 0]]))


def test_two_boxes_on_one_thing_become_one_detection() -> None:
    head = np.zeros((4 + 2, 3), np.float32)
    head[:4] = np.array([[10, 10, 4, 4], [10.2, 10, 4, 4], [30, 30, 4, 4]]).T
    head[4] = (0.9, 0.8, 0.7)
    kept = detections(head)
    assert kept.scores.tolist() == pytest.approx([0.9, 0.7])
    assert kept.boxes[0].tolist() == pytest.approx([8, 8, 12, 12])


def test_classes_do_not_suppress_each_other() -> None:
    head = np.zeros((4 + 2, 1), np.float32)
    head[:, 0] = (10, 10, 4, 4, 0.9, 0.8)
    assert detections(head).classes.tolist() == [0, 1]


def test_every_box_found_is_a_perfect_average() -> None:
    record = ClassRecord()
    collect(record, found((0, 0, 2, 2, 0.9)), 0, np.array([[0, 0, 2, 2]], np.float32))
    assert average_precision(record) == pytest.approx(1.0)


def test_a_second_detection_of_one_box_is_false() -> None:
    record = ClassRecord()
    truth = np.array([[0, 0, 2, 2]], np.float32)
    collect(record, found((0, 0, 2, 2, 0.9), (0, 0, 2, 1.9, 0.8)), 0, truth)
    assert record.hits == [True, False]


def test_half_of_the_boxes_found_is_half_an_average() -> None:
    record = ClassRecord()
    truth = np.array([[0, 0, 2, 2], [8, 8, 9, 9]], np.float32)
    collect(record, found((0, 0, 2, 2, 0.9)), 0, truth)
    assert average_precision(record) == pytest.approx(0.505, abs=0.01)


def test_the_threshold_is_the_lowest_score_that_keeps_the_precision() -> None:
    record = ClassRecord(scores=[0.9, 0.8, 0.7, 0.6], hits=[True, True, False, False], boxes=2)
    assert threshold(record, precision=0.9) == pytest.approx(0.8)
    assert threshold(ClassRecord(scores=[0.5], hits=[False], boxes=1)) is None


def test_letterbox_keeps_the_shape_and_pads_with_114() -> None:
    boxed, scale, left, top = letterbox(np.full((54, 96, 3), 255, np.uint8), 416)
    assert boxed.shape == (416, 416, 3)
    assert (left, top) == (0, 91)
    assert scale == pytest.approx(416 / 96)
    assert boxed[0, 0].tolist() == [114, 114, 114]
