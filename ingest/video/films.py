"""Read uploaded clips to their end and measure them, before they count as evidence."""

from dataclasses import dataclass
from pathlib import Path

import av
import av.error
from av.container import InputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from models.base.errors import NoPicture, PictureBroken, PictureTooLarge, PictureTruncated

CODECS = frozenset({"h264", "hevc"})
SIDE, PIXELS = 8192, 36_000_000
MOST_FRAMES = 6000
LONGEST_S = 180.0
_LEAST_READ = 0.5
"""Share of pictures that must be readable; a clip may begin in the middle of a group of pictures."""
_OPTIONS = {"protocol_whitelist": "file", "enable_drefs": "0"}
"""Options that stop a film from opening other files or addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """Measures of a clip: number of readable pictures, and seconds from the first picture to the end of the last."""

    codec: str
    width: int
    height: int
    frames: int
    seconds: float


def read_film(path: Path) -> Film:
    """Decode an MP4 to its end and return its measures.

    Raises:
        PictureRefused: not an MP4 with H.264 or H.265, broken or truncated, or beyond the bounds.
    """
    try:
        with av.open(str(path), "r", format="mp4", options=_OPTIONS) as film:
            return _read(film)
    except av.error.FFmpegError as error:
        words = error.strerror or type(error).__name__
        raise PictureBroken(f"this film can't be read: {words}") from None


def _read(film: InputContainer) -> Film:
    stream = _stream(film)
    packets, frames, first, last, step = 0, 0, None, 0.0, 0.0
    for packet in film.demux(stream):
        packets += packet.size > 0 and not packet.is_corrupt  # the last packet of a truncated file is corrupt
        if packets > MOST_FRAMES:
            raise PictureTooLarge(f"a film of more than {MOST_FRAMES} pictures")
        try:
            pictures = packet.decode()
        except av.error.FFmpegError:
            continue  # counted below: one damaged picture does not end the film
        frames += len(pictures)
        for at in (picture.time for picture in pictures if picture.time is not None):
            first = at if first is None else first
            step, last = (at - last if at > last > 0 else step), max(last, at)
            if last - first > LONGEST_S:
                raise PictureTooLarge(f"a film of more than {LONGEST_S:.0f} seconds")
    if packets < stream.frames:
        raise PictureTruncated(f"the film is cut off: {packets} of its {stream.frames} pictures are there")
    if first is None or frames < max(1, packets * _LEAST_READ):
        raise PictureBroken(f"the film is broken: {frames} of its {packets} pictures can be decoded")
    return Film(
        codec=stream.codec_context.name,
        width=stream.codec_context.width,
        height=stream.codec_context.height,
        frames=frames,
        seconds=round(last - first + step, 3),
    )


def _stream(film: InputContainer) -> VideoStream:
    if len(film.streams.video) != 1:
        raise NoPicture(f"a film with {len(film.streams.video)} pictures side by side, expected one")
    stream = film.streams.video[0]
    context = stream.codec_context
    assert isinstance(context, VideoCodecContext)  # noqa: S101 - for the type checker: a video stream
    if context.name not in CODECS:
        raise NoPicture(f"a film in {context.name}, expected H.264 or H.265")
    if max(context.width, context.height) > SIDE or context.width * context.height > PIXELS:
        raise PictureTooLarge(
            f"a film of {context.width}×{context.height}, expected at most {PIXELS / 1e6:.0f} M pixels"
        )
    if not context.width or not context.height:
        raise PictureBroken("the film is broken: its pictures have no size")
    # Decoding without the loop filter saves a third of the work, and nobody looks at these pictures.
    context.options = {"skip_loop_filter": "all", "max_pixels": str(PIXELS)}
    context.thread_count = 2
    return stream
