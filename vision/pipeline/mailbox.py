"""Frames that wait for the judge: a few per camera; the oldest is dropped when there are too many."""

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import datetime

DEPTH = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One JPEG on its way to the judge; `occurred_at` is the camera's claim."""

    device_id: str
    jpeg: bytes
    occurred_at: datetime
    received_at: datetime


class Mailbox:
    """A queue bounded by cameras × depth; a camera that is too fast only loses its own oldest frames."""

    def __init__(self, *, depth: int = DEPTH) -> None:
        self._depth = depth
        self._waiting: OrderedDict[str, deque[Frame]] = OrderedDict()
        self._changed = threading.Condition()
        self.dropped = 0
        self.taken = 0

    def put(self, frame: Frame) -> bool:
        """Add a frame; return False if the camera's oldest was dropped for it."""
        with self._changed:
            frames = self._waiting.setdefault(frame.device_id, deque())
            fits = len(frames) < self._depth
            if not fits:
                frames.popleft()
                self.dropped += 1
            frames.append(frame)
            self._changed.notify()
            return fits

    def take(self, at_most: int, *, timeout_s: float) -> list[Frame]:
        """Return the oldest frame of each of up to `at_most` cameras, the longest waiting camera first."""
        with self._changed:
            if not self._waiting:
                self._changed.wait(timeout_s)
            taken: list[Frame] = []
            for device_id in list(self._waiting)[:at_most]:
                frames = self._waiting.pop(device_id)
                taken.append(frames.popleft())
                self.taken += 1
                if frames:
                    self._waiting[device_id] = frames  # to the end of the queue
            return taken

    def __len__(self) -> int:
        with self._changed:
            return sum(map(len, self._waiting.values()))
