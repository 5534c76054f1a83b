"""Select the packets to decode for the wanted rate of pictures. Pure."""

from collections import deque
from dataclasses import dataclass
from typing import Literal

from ingest.video.rtsp import Packet

Mode = Literal["auto", "key", "all"]
_SLACK = 1.25
"""Key frames rarer than the wanted rate by this factor still count as frequent enough."""
_MAX_PENDING_BYTES = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Decode:
    """Packets to decode in order; only the last picture is kept. `alone`: a single key frame that needs no others."""

    packets: tuple[Packet, ...]
    alone: bool


class Sampler:
    """Selects packets offered in the order of arrival; packets that it does not return are never decoded.

    With key frames alone, a 25 fps stream costs a twenty-fifth of full decoding or less. If key frames are too rare,
    the packets since the last key frame wait undecoded until a picture is due, so packets after the last due picture of
    a group are still skipped.
    """

    def __init__(self, *, fps: float, mode: Mode = "auto") -> None:
        self._every, self._mode = 1 / fps, mode
        self._due = float("-inf")
        self._pending: list[Packet] = []
        self._pending_bytes = 0
        self._whole = False
        """Whether the decoder can continue from its current state."""
        self._last_key: float | None = None
        self._intervals: deque[float] = deque(maxlen=3)

    @property
    def key_interval_s(self) -> float | None:
        """Longest of the last intervals between key frames in seconds; None before the second key frame."""
        return max(self._intervals, default=None)

    def offer(self, packet: Packet) -> Decode | None:
        """Take the next packet; return the packets to decode now, None if none are due."""
        now = packet.monotonic
        if packet.key:
            self._note_key(now)
        if self._keys_suffice(now):
            self._pending, self._whole = [], False
            return self._alone(packet, now) if packet.key else None
        return self._with_others(packet, now)

    def _note_key(self, now: float) -> None:
        if self._last_key is not None:
            self._intervals.append(now - self._last_key)
        self._last_key = now

    def _keys_suffice(self, now: float) -> bool:
        if self._mode != "auto":
            return self._mode == "key"
        if self._last_key is None:
            return True
        waiting = now - self._last_key
        return max(self.key_interval_s or 0.0, waiting) <= self._every * _SLACK

    def _alone(self, packet: Packet, now: float) -> Decode | None:
        early = min(0.4 * self._every, (self.key_interval_s or 0.0) / 2)
        if now < self._due - early:
            return None
        self._due = max(self._due + self._every, now + self._every / 2)
        return Decode((packet,), alone=True)

    def _with_others(self, packet: Packet, now: float) -> Decode | None:
        if packet.key:
            self._pending, self._pending_bytes, self._whole = [], 0, True
        if not self._whole:
            return None
        self._pending.append(packet)
        self._pending_bytes += len(packet.data)
        if self._pending_bytes > _MAX_PENDING_BYTES:
            self._pending, self._whole = [], False
            return None
        if now < self._due:
            return None
        self._due = max(self._due + self._every, now + self._every / 2)
        due, self._pending, self._pending_bytes = tuple(self._pending), [], 0
        return Decode(due, alone=False)
