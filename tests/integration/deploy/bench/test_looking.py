"""The bench of second looks really looks, at the share of frames that it prints."""

import numpy as np
import pytest

from deploy.bench.vision import LOOKED_AT, SECONDS, LookFigures, Looking, Touring, draw_frames
from deploy.bench.vision import _Sent as Sent
from tests.support.counting import counted
from vision.closeups.opening import open_shipped
from vision.closeups.second_look import LOOKS
from vision.judging.detections import Detections
from vision.pictures.decode import decode
from vision.rounds.opening import open_rounds
from vision.weights.shipped import shipped


def test_every_fiftieth_frame_is_looked_at_by_the_real_network() -> None:
    cameras = draw_frames()[:2]
    looking, before = Looking(open_shipped(threads=1), cameras), counted(LOOKS)
    frames = 4 * SECONDS * len(cameras)
    for number in range(frames):
        looking.at(Sent(number % 2, number, cameras[number % 2][number % SECONDS]))
    assert looking.done == int(frames * LOOKED_AT)
    assert counted(LOOKS) - before == looking.done


def test_what_is_lost_is_a_share_of_the_cameras() -> None:
    figures = LookFigures(
        plain=200.0, looked=180.0, share=0.02, rounds=170.0, share_on_rounds=0.05, share_near_heads=0.02
    )
    assert (figures.lost, figures.lost_to_both) == (pytest.approx(0.1), pytest.approx(0.15))


def test_every_twentieth_frame_is_looked_over_by_the_real_network() -> None:
    cameras = draw_frames()[:2]
    tour, nobody = Touring(open_rounds(shipped(), threads=1)), Detections.empty()
    for second in range(41):
        frames = [
            (Sent(number, second, b""), decode(cameras[number][second % SECONDS], long_side=512)) for number in range(2)
        ]
        tour.join(frames, [nobody] * 2)
    assert (tour.passed, tour.done, tour.near) == (82, 6, 0)


def test_once_a_minute_each_camera_that_shows_a_head_is_looked_at_near_heads() -> None:
    cameras = draw_frames()[:2]
    head = Detections(
        boxes=np.array([[0.4, 0.3, 0.44, 0.4]], np.float32), scores=np.array([0.9], np.float32), names=("head_covered",)
    )
    tour = Touring(open_rounds(shipped(), threads=1))
    for second in range(61):
        frames = [
            (sent := Sent(number, second, cameras[number][0]), decode(sent.jpeg, long_side=512)) for number in range(2)
        ]
        tour.join(frames, [head] * 2)
    assert (tour.passed, tour.near) == (122, 4)
    assert tour.share_near_heads == 4 / 122
