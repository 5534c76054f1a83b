"""The last frames of every camera, for clips that no node uploads."""

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from vision.pipeline.mailbox import Frame

KEPT_FOR = timedelta(seconds=45)
MOST_OF_A_CAMERA = 96
MOST_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """One received frame."""

    at: datetime
    jpeg: bytes


class KeptFrames:
    """Frames, bounded by age, by number per camera, and by total bytes: then the fullest camera loses its oldest."""

    def __init__(self, *, most_bytes: int = MOST_BYTES) -> None:
        self._of: dict[str, deque[Kept]] = {}
        self._bytes, self._most = 0, most_bytes
        self._lock = threading.Lock()

    def keep(self, frame: Frame) -> None:
        """Keep a frame, and drop those that are too old."""
        with self._lock:
            frames = self._of.setdefault(frame.device_id, deque())
            frames.append(Kept(frame.received_at, frame.jpeg))
            self._bytes += len(frame.jpeg)
            while len(frames) > MOST_OF_A_CAMERA or frame.received_at - frames[0].at > KEPT_FOR:
                self._drop_oldest(frames)
            while self._bytes > self._most:
                self._drop_oldest(max(self._of.values(), key=len))

    def between(self, device_id: str, start: datetime, end: datetime) -> list[Kept]:
        """Return the frames of a camera received in [start, end], oldest first."""
        with self._lock:
            return [kept for kept in self._of.get(device_id, ()) if start <= kept.at <= end]

    def newest(self, *, since: datetime) -> dict[str, Kept]:
        """Return the last frame of every camera that has sent one since a moment, by camera."""
        with self._lock:
            return {name: frames[-1] for name, frames in self._of.items() if frames and frames[-1].at >= since}

    def forget_silent(self, *, before: datetime) -> None:
        """Drop the frames of cameras that have sent nothing since `before`."""
        with self._lock:
            for device_id in [name for name, frames in self._of.items() if not frames or frames[-1].at < before]:
                self._bytes -= sum(len(kept.jpeg) for kept in self._of.pop(device_id))

    @property
    def bytes(self) -> int:
        """Return the size of all kept frames in bytes."""
        return self._bytes

    def _drop_oldest(self, frames: deque[Kept]) -> None:
        self._bytes -= len(frames.popleft().jpeg)
