"""Read the structure of a JPEG the way libjpeg does, before anything is decoded. Pure.

A decoder uses the first frame header (SOF) that its own marker search finds, even behind fill bytes, garbage, or
segments that look like pictures. So a bound on size or work is effective only if it is checked on that header, and on
every scan that the decoder will process.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from models.base.errors import NoPicture, PictureBroken, PictureTooCostly, PictureTooLarge, PictureTruncated

START, END = b"\xff\xd8", b"\xff\xd9"
_SIGNATURE = b"\xff\xd8\xff"
_SOI, _EOI, _SOS, _DNL, _DRI = 0xD8, 0xD9, 0xDA, 0xDC, 0xDD
_DHT, _DAC, _DQT, _COM = 0xC4, 0xCC, 0xDB, 0xFE
_APPS = range(0xE0, 0xF0)
_RESTARTS = range(0xD0, 0xD8)
_TEM = 0x01
_SKIPPED = frozenset({_DHT, _DAC, _DQT, _DNL, _DRI, _COM, *_APPS})
_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})
"""Baseline, extended and progressive, by Huffman or arithmetic coding: what libjpeg-turbo decodes to 8 bits."""
_PROGRESSIVE = frozenset({0xC2, 0xCA})
_BITS = 8
_MARKER = re.compile(rb"\xff+([^\x00\xff])")
_ENDS_SCAN = re.compile(rb"\xff+([\xc0-\xcf\xd8-\xfe])")
"""The end of a scan's coded data; stuffed zeros, restarts and reserved codes belong to the data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Jpeg:
    """The structure that the decoder will find.

    Attributes:
        passes: number of components processed, over all scans; pixels × passes is the decoder's work.
        end: offset after the end marker; None if that is missing.
    """

    width: int
    height: int
    components: int
    progressive: bool
    scans: int
    passes: int
    end: int | None

    @property
    def ended(self) -> bool:
        """Whether the end marker is present."""
        return self.end is not None

    @property
    def pixels(self) -> int:
        """Width × height."""
        return self.width * self.height


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Limits for a JPEG. `work` is pixels × passes."""

    side: int
    pixels: int
    scans: int
    work: int

    def check(self, found: Jpeg) -> None:
        """Refuse a JPEG beyond the limits.

        Raises:
            PictureTooLarge: too many pixels.
            PictureTooCostly: so many scans that decoding takes far longer than usual for the size.
        """
        if max(found.width, found.height) > self.side or found.pixels > self.pixels:
            raise PictureTooLarge(
                f"a picture of {found.width}×{found.height}, expected sides of 1–{self.side} "
                f"and at most {self.pixels / 1e6:.1f} million pixels"
            )
        if found.scans > self.scans or found.pixels * found.passes > self.work:
            raise PictureTooCostly(
                f"a JPEG of {found.width}×{found.height} in {found.scans} scans, expected at most {self.scans}, "
                f"and at most {self.work / 1e6:.0f} million pixels over all of them"
            )


@dataclass(slots=True)
class _Frame:
    width: int
    height: int
    components: int
    progressive: bool


@dataclass(slots=True)
class _Scans:
    scans: int = 0
    passes: int = 0
    end: int | None = None

    def add(self, components: int, *, most: int) -> None:
        self.scans, self.passes = self.scans + 1, self.passes + components
        if self.scans > most:
            raise PictureTooCostly(f"a JPEG in more than {most} scans")


def read_jpeg(content: bytes, *, most_scans: int = 1000) -> Jpeg:
    """Read the structure of a JPEG up to its end marker; what follows (a second picture, padding) is ignored.

    The coded data of a picture in one scan is not searched, because a decoder refuses a second scan there.

    Raises:
        NoPicture: the content is no JPEG.
        PictureBroken: libjpeg refuses the structure, or it ends before its first scan.
        PictureTooCostly: the JPEG has more than `most_scans` scans.
    """
    if not content.startswith(_SIGNATURE):
        raise NoPicture("this is not a JPEG: expected FF D8 FF at its beginning")
    frame, seen = None, _Scans()
    for marker, body, position in _segments(content):
        if marker == _EOI:
            seen.end = position
        elif marker in _FRAMES:
            frame = _frame(marker, body, before=frame)
        elif marker == _SOS:
            if frame is None:
                raise PictureBroken("a broken JPEG: a scan before the size of the picture")
            seen.add(_components_of_scan(body, frame), most=most_scans)
            if _is_alone(seen.passes, frame):
                found = content.find(END, position)  # coded data holds no such bytes
                seen.end = None if found < 0 else found + len(END)
                break
    if frame is None:
        raise PictureBroken("a broken JPEG: no size in its header")
    if not seen.scans:
        raise PictureTruncated("a JPEG that can't be decoded: it ends before its picture begins")
    return Jpeg(
        width=frame.width,
        height=frame.height,
        components=frame.components,
        progressive=frame.progressive,
        scans=seen.scans,
        passes=seen.passes,
        end=seen.end,
    )


def _is_alone(passes: int, frame: _Frame) -> bool:
    """Return whether the first scan holds the whole picture; libjpeg then accepts no second scan."""
    return not frame.progressive and passes == frame.components


def _segments(content: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Yield every relevant marker with its body and the body's end, up to the end marker or the end of the bytes."""
    position, pattern = len(START), _MARKER
    while (found := pattern.search(content, position)) is not None:
        marker, begin = found[1][0], found.end()
        if marker == _EOI:
            yield marker, b"", begin
            return
        if marker in _RESTARTS or marker == _TEM:
            position = begin
            continue
        if marker == _SOI or not (marker in _SKIPPED or marker in _FRAMES or marker == _SOS):
            raise PictureBroken(f"a broken JPEG: a decoder does not accept marker FF {marker:02X} here")
        length = int.from_bytes(content[begin : begin + 2], "big")
        if length < 2 or begin + length > len(content):  # noqa: PLR2004 - the length counts its own two bytes
            return
        position = begin + length
        pattern = _ENDS_SCAN if marker == _SOS else _MARKER
        yield marker, content[begin + 2 : position], position


def _frame(marker: int, body: bytes, *, before: _Frame | None) -> _Frame:
    if before is not None:
        raise PictureBroken("a broken JPEG: two sizes in one picture")
    if len(body) < 6 or len(body) != 6 + 3 * body[5]:  # noqa: PLR2004 - precision, sides, count; three bytes each
        raise PictureBroken("a broken JPEG: a size that can't be read")
    width, height = int.from_bytes(body[3:5], "big"), int.from_bytes(body[1:3], "big")
    if body[0] != _BITS:
        raise PictureBroken(f"a JPEG with {body[0]} bits a colour, expected 8")
    if not height or not width or not body[5]:
        raise PictureBroken("a broken JPEG: no size in its header (a height that comes after the picture is not read)")
    return _Frame(width, height, body[5], marker in _PROGRESSIVE)


def _components_of_scan(body: bytes, frame: _Frame) -> int:
    count = body[0] if body else 0
    if not 1 <= count <= min(4, frame.components) or len(body) != 4 + 2 * count:
        raise PictureBroken("a broken JPEG: a scan that can't be read")
    return count
