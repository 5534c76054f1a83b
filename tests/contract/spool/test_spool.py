"""What every spool holds to, in memory or on disk."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.node.spool import Message, Spool
from ingest.node.spool.disk import FRAMES_PER_DEVICE, DiskSpool
from ingest.node.spool.memory import MemorySpool

AT = datetime(2026, 9, 21, 8, tzinfo=UTC)


def message(seq: int, *, session: int = 1, kind: str = "reading", payload: bytes = b"p") -> Message:
    return Message(session=session, kind=kind, seq=seq, topic="mingchu/v1/t/s/n/d/reading", payload=payload)


def numbers(spool: Spool, *, after: int = 0) -> list[tuple[int, str, int]]:
    found = [entry.message for entry in spool.after(after, limit=10_000)]
    return [(one.session, one.kind, one.seq) for one in found]


@pytest.fixture(params=["memory", "disk"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Spool]]:
    made: list[Spool] = []

    def spool(*, max_bytes: int = 10**6) -> Spool:
        number = len(made)
        disk = request.param == "disk"
        made.append(
            DiskSpool(tmp_path / f"{number}.db", max_bytes=max_bytes) if disk else MemorySpool(max_bytes=max_bytes)
        )
        return made[-1]

    yield spool
    for one in made:
        one.close()


class TestSpool:
    def test_messages_come_out_in_the_order_they_went_in(self, make: Callable[..., Spool]) -> None:
        spool = make()
        for seq, kind in ((1, "reading"), (1, "event"), (2, "reading")):
            spool.add(message(seq, kind=kind))
        assert numbers(spool) == [(1, "reading", 1), (1, "event", 1), (1, "reading", 2)]
        assert len(spool) == 3

    def test_messages_leave_the_spool_unchanged(self, make: Callable[..., Spool]) -> None:
        spool = make()
        spool.add(message(7, session=2**50, payload=b"\x00\xff"))
        assert spool.after(0, limit=1)[0].message == message(7, session=2**50, payload=b"\x00\xff")

    def test_reading_on_begins_behind_the_position(self, make: Callable[..., Spool]) -> None:
        spool = make()
        for seq in range(1, 11):
            spool.add(message(seq))
        first = spool.after(0, limit=4)
        assert [entry.message.seq for entry in first] == [1, 2, 3, 4]
        assert [entry.message.seq for entry in spool.after(first[-1].position, limit=3)] == [5, 6, 7]

    def test_a_receipt_removes_its_ranges_and_nothing_else(self, make: Callable[..., Spool]) -> None:
        spool = make()
        for seq in range(1, 11):
            spool.add(message(seq))
        spool.add(message(2, session=2))
        spool.add(message(2, kind="event"))
        gone = spool.settle(1, "reading", [(1, 3), (5, 5), (9, 10**12)])
        assert len(gone) == 6
        assert numbers(spool) == [(1, "reading", seq) for seq in (4, 6, 7, 8)] + [(2, "reading", 2), (1, "event", 2)]
        assert len(spool) == 6
        assert spool.settle(1, "reading", [(1, 3)]) == []

    def test_at_the_bound_the_oldest_go_and_are_counted(self, make: Callable[..., Spool]) -> None:
        spool = make(max_bytes=100_000)
        for seq in range(1, 301):
            spool.add(message(seq, payload=b"x" * 1000))
        left = [seq for _, _, seq in numbers(spool)]
        assert left == list(range(left[0], 301))
        assert 50 <= len(left) <= 100
        assert spool.dropped == 300 - len(left)

    def test_a_message_larger_than_the_bound_still_goes_in(self, make: Callable[..., Spool]) -> None:
        spool = make(max_bytes=1000)
        spool.add(message(1))
        spool.add(message(2, payload=b"x" * 5000))
        assert numbers(spool)[-1] == (1, "reading", 2)

    def test_positions_are_never_used_twice(self, make: Callable[..., Spool]) -> None:
        spool = make()
        spool.add(message(1))
        position = spool.after(0, limit=1)[0].position
        spool.settle(1, "reading", [(1, 1)])
        spool.add(message(2))
        assert spool.after(0, limit=1)[0].position > position


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[DiskSpool]:
    spool = DiskSpool(tmp_path / "spool.db", max_bytes=100_000)
    yield spool
    spool.close()


def test_a_spool_on_disk_is_there_again_after_a_restart(tmp_path: Path) -> None:
    before = DiskSpool(tmp_path / "spool.db")
    before.add(message(1))
    before.keep_frame("cam1", AT, b"jpeg")
    held = before.held_bytes
    before.close()
    after = DiskSpool(tmp_path / "spool.db")
    assert numbers(after) == [(1, "reading", 1)]
    frame = after.next_frame()
    assert frame is not None
    assert (frame.device, frame.at, frame.jpeg) == ("cam1", AT, b"jpeg")
    assert (len(after), after.held_bytes) == (1, held)
    after.close()


def test_a_spool_that_is_damaged_is_put_aside_and_a_new_one_begun(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    path.write_bytes(b"no database at all" * 100)
    spool = DiskSpool(path)
    spool.add(message(1))
    assert numbers(spool) == [(1, "reading", 1)]
    spool.close()
    assert len(list(tmp_path.glob("spool.db.broken-*"))) == 1


def test_a_spool_that_is_damaged_while_it_is_used_is_put_aside_and_the_next_message_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    spool = DiskSpool(path)
    for seq in range(1, 200):
        spool.add(message(seq, payload=b"x" * 1000))
    spool._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    spool._db.close()
    path.write_bytes(path.read_bytes()[:4096] + os.urandom(100_000))
    spool.add(message(200))
    assert (1, "reading", 200) in numbers(spool)
    assert len(spool) == len(numbers(spool))
    spool.close()


def test_a_full_disk_loses_what_does_not_fit_and_nothing_that_is_held(tmp_path: Path) -> None:
    spool = DiskSpool(tmp_path / "spool.db")
    spool.add(message(1))
    pages = spool._db.execute("PRAGMA page_count").fetchone()[0]
    spool._db.execute(f"PRAGMA max_page_count = {pages}")
    spool.add(message(2, payload=b"x" * 100_000))
    assert (numbers(spool), spool.dropped, len(spool)) == ([(1, "reading", 1)], 1, 1)
    spool._db.execute("PRAGMA max_page_count = 100000")
    spool.add(message(3))
    assert numbers(spool) == [(1, "reading", 1), (1, "reading", 3)]
    spool.close()


def test_nobody_else_may_read_a_spool(disk: DiskSpool, tmp_path: Path) -> None:
    assert (tmp_path / "spool.db").stat().st_mode & 0o077 == 0


def test_kept_frames_go_before_any_message_when_room_is_needed(disk: DiskSpool) -> None:
    for number in range(20):
        disk.keep_frame("cam1", AT + timedelta(seconds=number), b"x" * 4000)
    for seq in range(1, 81):
        disk.add(message(seq, payload=b"x" * 1000))
    assert disk.dropped == 0
    assert len(disk) == 80
    assert disk.next_frame() is None or disk.next_frame().at > AT  # type: ignore[union-attr]
    assert disk.held_bytes <= 100_000


def test_kept_frames_come_oldest_first_and_are_bounded_per_camera(tmp_path: Path) -> None:
    disk = DiskSpool(tmp_path / "spool.db")
    for number in range(FRAMES_PER_DEVICE + 5):
        disk.keep_frame("cam1", AT + timedelta(seconds=number), b"x")
    disk.keep_frame("cam2", AT, b"y")
    first = disk.next_frame()
    assert first is not None
    assert first.at == AT + timedelta(seconds=5)
    assert disk.devices_with_frames() == {"cam1", "cam2"}
    disk.drop_frame(first.position)
    assert disk.next_frame() != first
    disk.close()
