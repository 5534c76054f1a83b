"""The last frames of one camera in full resolution, as they came, for a second look."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from vision.pictures.decode import MAX_SIDE, Picture, decode_if_whole

KEPT_S: Final = 10.0
"""Seconds for which frames are kept: the longest window of a rule with a second look."""
MOST: Final = 40
"""Most frames kept of a camera. They are the bytes that clips are made of (`KeptFrames`), not copies."""


@dataclass(slots=True)
class Recent:
    """Frames as (at_s, JPEG), oldest first."""

    frames: deque[tuple[float, bytes]] = field(default_factory=lambda: deque(maxlen=MOST))

    def keep(self, at_s: float, jpeg: bytes) -> None:
        """Keep a frame, and drop those that are too old."""
        self.frames.append((at_s, jpeg))
        while at_s - self.frames[0][0] > KEPT_S:
            self.frames.popleft()

    def picture_at(self, at_s: float) -> Picture | None:
        """Return the frame of a moment, (H, W, 3) in full resolution; None if it is gone or broken."""
        jpeg = next((jpeg for kept_s, jpeg in self.frames if kept_s == at_s), None)
        return None if jpeg is None else decode_if_whole(jpeg, long_side=MAX_SIDE)
