"""Encode a film again as H.264: because browsers can't play it, or to hide something in it."""

import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from ingest.video.slideshow import ENCODER, FAST_START, mp4_file
from models.base.errors import Invalid

WIDEST = 1280
MOST_FRAMES = 3000
_TICKS = Fraction(1, 90_000)
Edit = Callable[[int, NDArray[np.uint8]], NDArray[np.uint8]]


def reencode(film: bytes, *, edit: Edit | None = None) -> bytes:
    """Convert any film to MP4 with H.264, at most 1280 px wide, with its own times.

    Args:
        film: the bytes of a container that FFmpeg reads.
        edit: takes each frame's number and BGR picture (H, W, 3), returns the picture to show instead.

    Raises:
        Invalid: not a film, or one of more than 3,000 frames.
    """
    with mp4_file() as file:
        try:
            with (
                av.open(io.BytesIO(film), "r") as source,
                av.open(file.name, "w", format="mp4", options=FAST_START) as made,
            ):
                _copy(source, made, edit)
        except av.FFmpegError as error:
            raise Invalid(f"this film can't be read: {error.strerror or type(error).__name__}") from error
        return Path(file.name).read_bytes()


def _copy(source: av.container.InputContainer, made: av.container.OutputContainer, edit: Edit | None) -> None:
    if not source.streams.video:
        raise Invalid("there is no video in this film")
    pictures = source.streams.video[0]
    pictures.codec_context.thread_count = 1
    stream = made.add_stream("libx264", options=ENCODER)
    stream.pix_fmt, stream.time_base = "yuv420p", _TICKS
    stream.codec_context.time_base = _TICKS
    stream.codec_context.thread_count = 1
    first = last = None
    for number, frame in enumerate(source.decode(pictures)):
        if number >= MOST_FRAMES:
            raise Invalid(f"this film has more than {MOST_FRAMES} frames")
        if first is None:
            first = frame.time or 0.0
            stream.width, stream.height = _size(frame.width, frame.height)
        small = frame.reformat(stream.width, stream.height, "yuv420p" if edit is None else "bgr24")
        if edit is not None:
            small = av.VideoFrame.from_ndarray(
                edit(number, np.asarray(small.to_ndarray(), np.uint8)), format="bgr24"
            ).reformat(format="yuv420p")
        moment = round(((frame.time or 0.0) - first) / _TICKS)
        if last is not None and moment <= last:
            continue
        small.pts, small.time_base, last = moment, _TICKS, moment
        made.mux(stream.encode(small))
    if last is None:
        raise Invalid("there is no picture in this film")
    made.mux(stream.encode())


def _size(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, WIDEST / width)
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)
