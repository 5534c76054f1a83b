"""The last seconds of a camera's encoded stream, in memory, bounded by time and bytes."""

import threading
from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby

from ingest.video.nal import parameter_sets
from ingest.video.rates import Rates
from ingest.video.remux import Material
from ingest.video.rtsp import Packet, StreamInfo
from models.base.clock import rfc3339
from models.base.errors import NotFound


@dataclass(frozen=True, slots=True)
class _Held:
    """A packet in the ring. Packets with different `setting` can't be in one clip."""

    packet: Packet
    info: StreamInfo
    setting: tuple[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A piece of the ring: the material to write, and the wall time of its first and last packet."""

    material: Material
    start: datetime
    end: datetime


class Ring:
    """A ring that always begins with a key frame and drops whole groups of pictures.

    Args:
        seconds: minimum length to keep, as far as `max_bytes` allows.
    """

    def __init__(self, *, seconds: float, max_bytes: int) -> None:
        self._seconds, self._max_bytes = seconds, max_bytes
        self._lock = threading.Lock()
        self._held: deque[_Held] = deque()
        self._keys: deque[float] = deque()
        self._bytes = 0
        self._info: StreamInfo | None = None
        self._setting: tuple[str, bytes] | None = None
        self._fresh = True

    @property
    def held_bytes(self) -> int:
        """Bytes in the ring now."""
        return self._bytes

    def connected(self, info: StreamInfo) -> None:
        """Note a new connection: its packets count from its first key frame on."""
        with self._lock:
            self._info, self._fresh = info, True

    def append(self, packet: Packet) -> None:
        """Add a packet; drop the oldest group of pictures when it is no longer needed."""
        with self._lock:
            if self._info is None or (self._fresh and not packet.key):
                return
            if packet.key:
                self._setting = (
                    self._info.codec,
                    parameter_sets(self._info.codec, packet.data) or self._info.extradata,
                )
                self._keys.append(packet.monotonic)
            if self._fresh:
                # Timestamps of different connections can't be compared, so the clip uses the arrival times.
                packet, self._fresh = replace(packet, pts=None, dts=None), False
            if self._setting is None:
                return
            self._held.append(_Held(packet, self._info, self._setting))
            self._bytes += len(packet.data)
            self._evict(packet.monotonic)

    def _evict(self, now: float) -> None:
        while len(self._keys) > 1 and (self._keys[1] <= now - self._seconds or self._bytes > self._max_bytes):
            self._drop_group()
        if self._bytes > self._max_bytes:  # one group exceeds the bound; without its key frame it is useless
            self._held.clear()
            self._keys.clear()
            self._bytes, self._fresh = 0, True

    def _drop_group(self) -> None:
        self._keys.popleft()
        dropped = self._held.popleft()
        self._bytes -= len(dropped.packet.data)
        while self._held and not self._held[0].packet.key:
            self._bytes -= len(self._held.popleft().packet.data)

    def rates(self) -> Rates | None:
        """Return the rates of the camera's stream; None if the ring holds too little."""
        with self._lock:
            packets = [held.packet for held in self._held]
        return Rates.over(packets)

    def packets(self) -> list[Packet]:
        """Return all packets, oldest first."""
        with self._lock:
            return [held.packet for held in self._held]

    def cut(self, start: datetime, end: datetime) -> Cut:
        """Return the part that covers [start, end] of our clock, from the key frame at or before `start`.

        If the picture's format changed within, returns the longer part. If the ring holds only a part of the time,
        returns that part.

        Raises:
            NotFound: the ring holds nothing of it; the message names what it holds.
        """
        with self._lock:
            held = list(self._held)
        if not held:
            raise NotFound("the camera has sent nothing yet that could be cut")
        wanted = _window(held, start.timestamp(), end.timestamp())
        if not wanted:
            first, last = (_moment(one.packet.at) for one in (held[0], held[-1]))
            raise NotFound(f"the ring reaches back to {rfc3339(first)} only and ends at {rfc3339(last)}")
        part = max((list(run) for _, run in groupby(wanted, key=lambda one: one.setting)), key=_length)
        return Cut(material=_material(part), start=_moment(part[0].packet.at), end=_moment(part[-1].packet.at))


def _window(held: list[_Held], start: float, end: float) -> list[_Held]:
    first = 0
    for number, one in enumerate(held):
        if one.packet.at > start:
            break
        if one.packet.key:
            first = number
    wanted = [one for one in held[first:] if one.packet.at <= end]
    return wanted if wanted and wanted[-1].packet.at >= start else []


def _length(run: list[_Held]) -> float:
    return run[-1].packet.at - run[0].packet.at


def _material(part: list[_Held]) -> Material:
    info = part[0].info
    return Material(
        codec=info.codec,
        time_base=info.time_base,
        extradata=info.extradata,
        packets=tuple(one.packet for one in part),
    )


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
