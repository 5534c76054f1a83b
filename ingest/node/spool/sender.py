"""Send a spool in order, with a bounded window of unreceipted messages; restart at the oldest missing one."""

import threading
import time
from collections.abc import Callable, Sequence

from ingest.node.spool import Entry, KeptFrame, Spool

WINDOW = 1000
BATCH = 100
RESEND_AFTER_S = 10.0
LONGEST_RESEND_S = 120.0
LOOK_EVERY_S = 0.5
FRAME_EVERY_S = 0.5
"""Pace of a camera's kept pictures: vision accepts only a few frames of one camera at once."""


class Sender:
    """One sending thread, so that messages leave in the order of the spool.

    Args:
        publish: passes a message to the connection; returns whether there was one.
        publish_frame: passes a kept picture to the connection; returns whether there was one.
    """

    def __init__(
        self,
        spool: Spool,
        *,
        publish: Callable[[Entry], bool],
        publish_frame: Callable[[KeptFrame], bool],
        name: str,
    ) -> None:
        self._spool, self._publish, self._publish_frame = spool, publish, publish_frame
        self._changed = threading.Condition()
        self._news = False
        self._connected = False
        self._rewind = False
        self._stopped = False
        self._cursor = 0
        self._sent_at: dict[int, float] = {}
        self._patience_s = RESEND_AFTER_S
        self._next_frame_at = 0.0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start to send."""
        self._thread.start()

    def stop(self) -> None:
        """Stop; messages without a receipt stay in the spool."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join(5)

    def wake(self) -> None:
        """Note that the spool has a new message."""
        with self._changed:
            self._news = True
            self._changed.notify()

    def reconnected(self) -> None:
        """Note a new connection and restart with the oldest message: the old connection may have lost some."""
        with self._changed:
            self._connected = self._rewind = self._news = True
            self._changed.notify()

    def settle(self, session: int, kind: str, ranges: Sequence[tuple[int, int]]) -> None:
        """Apply a receipt: delete its messages from the spool."""
        gone = self._spool.settle(session, kind, ranges)
        with self._changed:
            for position in gone:
                self._sent_at.pop(position, None)
            if gone:
                self._patience_s = RESEND_AFTER_S
            self._news = True
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._news:
                    self._changed.wait(LOOK_EVERY_S)
                self._news = False
                if self._stopped:
                    return
                room = self._room(time.monotonic())
            if room > 0:
                self._send(room)

    def _room(self, now: float) -> int:
        """Return how many messages may be sent now. The caller holds the lock."""
        if not self._connected:
            return 0
        oldest = next(iter(self._sent_at.values()), now)
        if now - oldest > self._patience_s:
            # No receipt: intake may be down, and faster repeats do not help.
            self._rewind, self._patience_s = True, min(2 * self._patience_s, LONGEST_RESEND_S)
        if self._rewind:
            self._rewind, self._cursor = False, 0
            self._sent_at.clear()
        return min(BATCH, WINDOW - len(self._sent_at))

    def _send(self, room: int) -> None:
        entries = self._spool.after(self._cursor, limit=room)
        for entry in entries:
            with self._changed:
                if self._rewind:
                    return
                self._sent_at[entry.position] = (
                    time.monotonic()
                )  # set before sending, because the receipt may arrive at once
            if not self._publish(entry):
                with self._changed:
                    self._sent_at.pop(entry.position, None)
                return
            self._cursor = entry.position
        if entries:
            with self._changed:
                self._news = True
        else:
            self._send_frame()

    def _send_frame(self) -> None:
        """Send kept pictures when all messages have been sent."""
        now = time.monotonic()
        if now < self._next_frame_at:
            return
        frame = self._spool.next_frame()
        if frame is not None and self._publish_frame(frame):
            self._spool.drop_frame(frame.position)
            self._next_frame_at = now + FRAME_EVERY_S / max(1, len(self._spool.devices_with_frames()))
