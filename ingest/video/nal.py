"""NAL units of H.264 and H.265 in Annex B form. Pure.

Types: ITU-T H.264 table 7-1 (7 = SPS, 8 = PPS), H.265 table 7-1 (32 = VPS, 33 = SPS, 34 = PPS).
"""

from collections.abc import Iterator

_START = b"\x00\x00\x01"
_PARAMETERS = {"h264": (7, 8), "hevc": (32, 33, 34)}


def units(data: bytes) -> Iterator[bytes]:
    """Return the NAL units of an access unit, without start codes: 00 00 01 67 … 00 00 00 01 68 … → 67 …, 68 …."""
    begin = data.find(_START)
    while begin >= 0:
        begin += len(_START)
        following = data.find(_START, begin)
        unit = data[begin:] if following < 0 else data[begin:following]
        # A unit never ends in 00 (§7.4.1), so a trailing 00 belongs to the next start code.
        yield unit.rstrip(b"\x00")
        begin = following


def kind(codec: str, unit: bytes) -> int:
    """Return the type of a NAL unit; -1 if it is empty."""
    if not unit:
        return -1
    return unit[0] & 0x1F if codec == "h264" else unit[0] >> 1 & 0x3F


def parameter_sets(codec: str, data: bytes) -> bytes:
    """Return the parameter sets within an access unit, in Annex B; empty if it has none."""
    found = [unit for unit in units(data) if kind(codec, unit) in _PARAMETERS[codec]]
    return b"".join(b"\x00" + _START + unit for unit in found)
