"""A spool in memory: for simulated nodes and for nodes without a disk. A restart loses it."""

import threading
from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from ingest.node.spool import Entry, KeptFrame, Message

MAX_MESSAGES = 50_000
MAX_BYTES = 64 * 2**20


class MemorySpool:
    """A spool bounded by number and bytes. Keeps no frames: an old frame is worth less than the memory."""

    def __init__(self, *, max_messages: int = MAX_MESSAGES, max_bytes: int = MAX_BYTES) -> None:
        self._max_messages, self._max_bytes = max_messages, max_bytes
        self._lock = threading.Lock()
        self._entries: dict[int, Message] = {}
        self._positions: dict[tuple[int, str, int], int] = {}
        self._last = self._bytes = 0
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, message: Message) -> None:
        """Add a message; if there is no room, drop the oldest."""
        with self._lock:
            self._last += 1
            self._entries[self._last] = message
            self._positions[message.session, message.kind, message.seq] = self._last
            self._bytes += len(message.payload)
            while len(self._entries) > 1 and (len(self._entries) > self._max_messages or self._bytes > self._max_bytes):
                self._remove(next(iter(self._entries)))
                self.dropped += 1

    def after(self, position: int, *, limit: int) -> list[Entry]:
        """Return the next messages after `position`."""
        with self._lock:
            behind = (Entry(at, message) for at, message in self._entries.items() if at > position)
            return list(islice(behind, limit))

    def settle(self, session: int, kind: str, ranges: Sequence[tuple[int, int]]) -> list[int]:
        """Delete messages that the platform has stored; return their positions."""
        with self._lock:
            known = [self._positions[key] for key in self._keys_in(session, kind, ranges)]
            for position in known:
                self._remove(position)
        return known

    def _keys_in(self, session: int, kind: str, ranges: Sequence[tuple[int, int]]) -> list[tuple[int, str, int]]:
        found: list[tuple[int, str, int]] = []
        for low, high in ranges:
            if high - low < len(self._positions):
                found += [
                    (session, kind, seq) for seq in range(low, high + 1) if (session, kind, seq) in self._positions
                ]
            else:  # a range may exceed the stored numbers
                found += [key for key in self._positions if key[:2] == (session, kind) and low <= key[2] <= high]
        return list(dict.fromkeys(found))

    def _remove(self, position: int) -> None:
        message = self._entries.pop(position)
        self._bytes -= len(message.payload)
        # A number used twice belongs to the later message.
        key = (message.session, message.kind, message.seq)
        if self._positions.get(key) == position:
            del self._positions[key]

    def keep_frame(self, device: str, at: datetime, jpeg: bytes) -> bool:  # noqa: ARG002 - signature of Spool
        """Return False: no frame is kept."""
        return False

    def next_frame(self) -> KeptFrame | None:
        """Return None: no frame is kept."""
        return None

    def drop_frame(self, position: int) -> None:
        """Do nothing: no frame is kept."""

    def devices_with_frames(self) -> frozenset[str]:
        """Return an empty set: no frame is kept."""
        return frozenset()

    def close(self) -> None:
        """Do nothing: memory needs no release."""
