"""What a campaign keeps on disk, so that it goes on where it stood after a pause, a kill -9 or a power cut."""

import json
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from api.client.mingchu_client import Cursor

FILE = "campaign.db"
_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS document (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS event (arrival INTEGER PRIMARY KEY, seq INTEGER NOT NULL, id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS cursor (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, epoch TEXT);
CREATE TABLE IF NOT EXISTS sample (
    segment INTEGER NOT NULL, role TEXT NOT NULL, pid INTEGER NOT NULL, at REAL NOT NULL, mib REAL NOT NULL
);
"""


class Kept:
    """`campaign.db` in the campaign's folder: a document of counters, the events that were read, samples of memory.

    Each call is one transaction and on the disk when it returns. Callable from all threads.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / FILE
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, timeout=60)
        path.chmod(0o600)  # it holds the reader's key
        self._db.executescript(_SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._db.close()

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        with self._lock, closing(self._db.execute(query)) as found:
            return found.fetchall()

    def document(self) -> dict[str, Any] | None:
        """The counters as they were last saved; None before the first time."""
        rows = self._rows("SELECT body FROM document")
        return json.loads(rows[0][0]) if rows else None

    def save(self, document: dict[str, Any]) -> None:
        with self._lock, self._db:
            self._db.execute("INSERT OR REPLACE INTO document VALUES (1, ?)", (json.dumps(document),))

    def cursor(self) -> Cursor:
        """Where the reader stands in the feed."""
        rows = self._rows("SELECT seq, epoch FROM cursor")
        return Cursor(*rows[0]) if rows else Cursor()

    def events(self) -> list[tuple[int, str]]:
        """Number and id of each event, in the order of arrival."""
        return self._rows("SELECT seq, id FROM event ORDER BY arrival")

    def advance(self, cursor: Cursor, event: tuple[int, str] | None) -> None:
        """Keep an event and the cursor behind it: neither is there without the other."""
        with self._lock, self._db:
            if event is not None:
                self._db.execute("INSERT INTO event (seq, id) VALUES (?, ?)", event)
            self._db.execute("INSERT OR REPLACE INTO cursor VALUES (1, ?, ?)", (cursor.seq, cursor.epoch))

    def samples(self) -> list[tuple[int, str, int, float, float]]:
        """Segment, role, pid, second of the campaign, and resident MiB, in order of time."""
        return self._rows("SELECT segment, role, pid, at, mib FROM sample ORDER BY rowid")

    def add_samples(self, samples: Sequence[tuple[int, str, int, float, float]]) -> None:
        with self._lock, self._db:
            self._db.executemany("INSERT INTO sample VALUES (?, ?, ?, ?, ?)", samples)
