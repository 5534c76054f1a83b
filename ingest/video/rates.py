"""Measure the rates of a camera's stream from its received packets. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from ingest.video.rtsp import Packet

_OVER_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Rates of a camera's stream over the last seconds; `key_interval_s` is None before the second key frame."""

    fps: float
    bitrate_kbps: float
    key_interval_s: float | None

    @classmethod
    def over(cls, packets: Sequence[Packet]) -> Self | None:
        """Measure packets; return None if there are too few."""
        if len(packets) < 2:  # noqa: PLR2004 - a rate needs two moments
            return None
        recent = [p for p in packets if packets[-1].monotonic - p.monotonic <= _OVER_S]
        seconds = recent[-1].monotonic - recent[0].monotonic
        if seconds <= 0:
            return None
        keys = [p.monotonic for p in packets if p.key]
        return cls(
            fps=round((len(recent) - 1) / seconds, 2),
            bitrate_kbps=round(sum(len(p.data) for p in recent[1:]) * 8 / 1000 / seconds, 1),
            key_interval_s=round((keys[-1] - keys[0]) / (len(keys) - 1), 3) if len(keys) > 1 else None,
        )
