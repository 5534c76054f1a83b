"""A clip's timeline: presentation and decoding times that a player accepts, whatever the camera's clock did. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ingest.video.rtsp import Packet

TICKS = 90_000
"""Ticks of the clip's clock per second."""
MAX_STEP_S = 1.0
"""A longer step of the camera's clock is a jump: its claim is ignored and the arrival counts."""
MIN_STEP = TICKS // 1000


@dataclass(frozen=True, slots=True)
class Placed:
    """Decoding and presentation time of a packet, in ticks after the clip's beginning."""

    dts: int
    pts: int


def place(packets: Sequence[Packet], time_base: Fraction) -> list[Placed]:
    """Place packets on a timeline that starts at 0 and always grows.

    Keeps the camera's steps if they are plausible (above 0, at most `MAX_STEP_S`), so that movement is as even as it
    was filmed; else uses the step between the arrivals.
    """
    placed: list[Placed] = []
    now = 0
    for number, packet in enumerate(packets):
        if number:
            now += _step(packets[number - 1], packet, time_base)
        placed.append(Placed(now, now + _offset(packet, time_base)))
    return placed


def _step(before: Packet, packet: Packet, time_base: Fraction) -> int:
    was, now = _claim(before), _claim(packet)
    if was is not None and now is not None:
        step = (now - was) * time_base
        if 0 < step <= MAX_STEP_S:
            return round(step * TICKS)
    return max(MIN_STEP, round((packet.monotonic - before.monotonic) * TICKS))


def _claim(packet: Packet) -> int | None:
    return packet.dts if packet.dts is not None else packet.pts


def _offset(packet: Packet, time_base: Fraction) -> int:
    """Return the ticks between decoding and presentation of a picture; above 0 if the camera sends B-frames."""
    if packet.pts is None or packet.dts is None:
        return 0
    offset = (packet.pts - packet.dts) * time_base
    return round(offset * TICKS) if 0 < offset <= MAX_STEP_S else 0
