from datetime import UTC, datetime, timedelta

from vision.pipeline.kept_frames import KEPT_FOR, MOST_OF_A_CAMERA, KeptFrames
from vision.pipeline.mailbox import Frame

T0 = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)


def frame(device: str, second: float, size: int = 100) -> Frame:
    at = T0 + timedelta(seconds=second)
    return Frame(device_id=device, jpeg=b"x" * size, occurred_at=at, received_at=at)


def test_the_frames_of_a_camera_between_two_moments_are_in_order() -> None:
    kept = KeptFrames()
    for second in range(20):
        kept.keep(frame("a", second))
        kept.keep(frame("b", second))
    found = kept.between("a", T0 + timedelta(seconds=5), T0 + timedelta(seconds=8))
    assert [k.at.second for k in found] == [5, 6, 7, 8]
    assert kept.between("nobody", T0, T0 + timedelta(hours=1)) == []


def test_frames_too_old_or_too_many_for_one_camera_are_dropped() -> None:
    kept = KeptFrames()
    kept.keep(frame("a", 0))
    kept.keep(frame("a", KEPT_FOR.total_seconds() + 1))
    assert len(kept.between("a", T0, T0 + timedelta(hours=1))) == 1
    for i in range(MOST_OF_A_CAMERA * 2):
        kept.keep(frame("b", i / 100))
    assert len(kept.between("b", T0, T0 + timedelta(hours=1))) == MOST_OF_A_CAMERA


def test_the_total_bytes_are_bounded_and_the_fullest_camera_loses_first() -> None:
    kept = KeptFrames(most_bytes=1000)
    kept.keep(frame("quiet", 0))
    for second in range(30):
        kept.keep(frame("busy", second))
    assert kept.bytes <= 1000
    assert len(kept.between("quiet", T0, T0 + timedelta(hours=1))) == 1


def test_a_silent_camera_is_forgotten() -> None:
    kept = KeptFrames()
    kept.keep(frame("gone", 0))
    kept.keep(frame("here", 100))
    kept.forget_silent(before=T0 + timedelta(seconds=50))
    assert (kept.bytes, kept.between("gone", T0, T0)) == (100, [])
