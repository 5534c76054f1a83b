"""A spool on disk: SQLite in WAL mode. A kill -9, a power cut and a restart lose no added message."""

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from ingest.node.spool import Entry, KeptFrame, Message

log = structlog.get_logger()

MAX_BYTES = 256 * 2**20
FRAMES_PER_DEVICE = 180
"""Half an hour at one in ten seconds; more would delay new messages while the kept frames are sent."""
LOW_WATER = 0.95
"""Share of the bound to which a full spool is emptied, so that not every message must make room."""
PER_MESSAGE = 120
"""Bytes of a row besides its payload and topic (measured: 95–115)."""
_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA journal_size_limit = 4194304;
CREATE TABLE IF NOT EXISTS message (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    session INTEGER NOT NULL,
    kind TEXT NOT NULL,
    seq INTEGER NOT NULL,
    topic TEXT NOT NULL,
    payload BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS message_number ON message (session, kind, seq);
CREATE TABLE IF NOT EXISTS frame (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    device TEXT NOT NULL,
    at REAL NOT NULL,
    jpeg BLOB NOT NULL
);
"""


class DiskSpool:
    """A spool bounded by the bytes of its content.

    An unreadable file is renamed and a new one created: an agent that does not start would lose more.
    """

    def __init__(self, path: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self._path, self._max_bytes = path, max_bytes
        self._lock = threading.Lock()
        self.dropped = 0
        self._begin()

    def _begin(self) -> None:
        self._db = _opened(self._path)
        self._count()

    def _count(self) -> None:
        self._messages, self._message_bytes = self._sums("message", "length(payload) + length(topic)")
        self._frames, self._frame_bytes = self._sums("frame", "length(jpeg)")

    def __len__(self) -> int:
        return self._messages

    @property
    def held_bytes(self) -> int:
        """Bytes of the content."""
        return self._message_bytes + self._frame_bytes

    def add(self, message: Message) -> None:
        """Add a message; if there is no room, drop frames first, then the oldest messages."""
        if not self._write(lambda: self._insert(message)):
            self.dropped += 1

    def after(self, position: int, *, limit: int) -> list[Entry]:
        """Return the next messages after `position`."""
        query = (
            "SELECT position, session, kind, seq, topic, payload FROM message "
            "WHERE position > ? ORDER BY position LIMIT ?"
        )
        rows = self._read(query, position, limit)
        return [
            Entry(at, Message(session=session, kind=kind, seq=seq, topic=topic, payload=payload))
            for at, session, kind, seq, topic, payload in rows
        ]

    def settle(self, session: int, kind: str, ranges: Sequence[tuple[int, int]]) -> list[int]:
        """Delete messages that the platform has stored; return their positions."""
        gone: list[int] = []

        def delete() -> None:
            for low, high in ranges:
                few = "session = ? AND kind = ? AND seq BETWEEN ? AND ?"
                gone.extend(self._delete_messages(few, session, kind, low, high))

        return gone if self._write(delete) else []

    def keep_frame(self, device: str, at: datetime, jpeg: bytes) -> bool:
        """Keep a picture; if there is no room, drop the oldest ones. Return whether it was kept."""
        return self._write(lambda: self._insert_frame(device, at, jpeg))

    def next_frame(self) -> KeptFrame | None:
        """Return the oldest kept picture; None if there is none."""
        rows = self._read("SELECT position, device, at, jpeg FROM frame ORDER BY position LIMIT 1")
        if not rows:
            return None
        row = rows[0]
        return KeptFrame(position=row[0], device=row[1], at=datetime.fromtimestamp(row[2], UTC), jpeg=row[3])

    def drop_frame(self, position: int) -> None:
        """Delete a kept picture that was sent."""
        self._write(lambda: self._delete_frames("position = ?", position))

    def devices_with_frames(self) -> frozenset[str]:
        """Return the devices whose pictures are kept."""
        if not self._frames:
            return frozenset()
        return frozenset(device for (device,) in self._read("SELECT DISTINCT device FROM frame"))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _sums(self, table: str, length: str) -> tuple[int, int]:
        number, total = self._db.execute(f"SELECT count(*), coalesce(sum({length}), 0) FROM {table}").fetchone()
        return number, total + number * PER_MESSAGE

    def _insert(self, message: Message) -> None:
        self._db.execute(
            "INSERT INTO message (session, kind, seq, topic, payload) VALUES (?, ?, ?, ?, ?)",
            (message.session, message.kind, message.seq, message.topic, message.payload),
        )
        self._messages += 1
        self._message_bytes += len(message.payload) + len(message.topic) + PER_MESSAGE
        self._keep_bound()

    def _insert_frame(self, device: str, at: datetime, jpeg: bytes) -> None:
        self._db.execute("INSERT INTO frame (device, at, jpeg) VALUES (?, ?, ?)", (device, at.timestamp(), jpeg))
        self._frames += 1
        self._frame_bytes += len(jpeg) + PER_MESSAGE
        newest = "SELECT position FROM frame WHERE device = ? ORDER BY position DESC LIMIT ?"
        self._delete_frames(f"device = ? AND position NOT IN ({newest})", device, device, FRAMES_PER_DEVICE)
        self._keep_bound()

    def _read(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return rows; none if the file can't be read, because the caller asks again."""
        with self._lock:
            try:
                return self._db.execute(query, values).fetchall()
            except sqlite3.DatabaseError as error:
                self._mend(error)
                return []

    def _write(self, change: Callable[[], None]) -> bool:
        """Make a change in its own transaction; if it fails, make room and retry once. Return whether it succeeded."""
        with self._lock:
            for room in (0, self.held_bytes // 10):
                try:
                    with self._db:
                        self._make_room(room)
                        change()
                except sqlite3.DatabaseError as error:
                    self._mend(error)
                else:
                    return True
        return False

    def _mend(self, error: sqlite3.DatabaseError) -> None:
        """Recover after a failure: count the content again, and rename a damaged file. The next call may succeed."""
        log.warning("spool can't be used", error=str(error))
        try:
            if isinstance(error, sqlite3.OperationalError):  # for example a full disk: the file itself is sound
                self._count()
            else:
                self._db.close()
                self._begin()
        except sqlite3.DatabaseError as again:
            log.warning("spool can't be repaired yet", error=str(again))

    def _make_room(self, wanted: int) -> None:
        before = self.held_bytes
        while self._frames and before - self.held_bytes < wanted:
            self._delete_frames("position IN (SELECT position FROM frame ORDER BY position LIMIT 10)")
        while self._messages > 1 and before - self.held_bytes < wanted:
            few = min(10, self._messages - 1)
            oldest = f"position IN (SELECT position FROM message ORDER BY position LIMIT {few})"
            self.dropped += len(self._delete_messages(oldest))

    def _keep_bound(self) -> None:
        if self.held_bytes > self._max_bytes:
            self._make_room(self.held_bytes - int(self._max_bytes * LOW_WATER))

    def _delete_messages(self, where: str, *values: object) -> list[int]:
        query = f"DELETE FROM message WHERE {where} RETURNING position, length(payload) + length(topic)"
        rows = self._db.execute(query, values).fetchall()
        self._messages -= len(rows)
        self._message_bytes -= sum(length + PER_MESSAGE for _, length in rows)
        return [position for position, _ in rows]

    def _delete_frames(self, where: str, *values: object) -> None:
        rows = self._db.execute(f"DELETE FROM frame WHERE {where} RETURNING length(jpeg)", values).fetchall()
        self._frames -= len(rows)
        self._frame_bytes -= sum(length + PER_MESSAGE for (length,) in rows)


def _opened(path: Path) -> sqlite3.Connection:
    try:
        return _open(path)
    except sqlite3.OperationalError:
        raise  # no room, no permission, or another agent: the file itself may be sound
    except sqlite3.DatabaseError as error:
        aside = f"{path.name}.broken-{int(time.time())}"
        log.warning("spool is damaged and is renamed", error=str(error), aside=aside)
        for tail in ("", "-wal"):
            found = path.with_name(path.name + tail)
            if found.exists():
                found.replace(path.with_name(aside + tail))
        path.with_name(path.name + "-shm").unlink(missing_ok=True)
        return _open(path)


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path, check_same_thread=False, timeout=10)
    try:
        db.executescript(_SCHEMA)
        _check(db)
    except BaseException:
        db.close()
        raise
    path.chmod(0o600)
    return db


def _check(db: sqlite3.Connection) -> None:
    if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise sqlite3.DatabaseError("its check fails")
