"""Make a short film of single pictures, for cameras whose node keeps no video."""

import tempfile
from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import av

from ingest.clips.stills import read_still
from models.base.errors import Invalid

LAST_SHOWN_MS = 1000
_TICKS = Fraction(1, 1000)
FAST_START = {"movflags": "faststart"}
"""Puts the index in front, so that a player can start and seek before the whole file has arrived."""
ENCODER = {"preset": "veryfast", "crf": "26"}


def slideshow(pictures: Sequence[tuple[datetime, bytes]]) -> bytes:
    """Convert JPEGs with their moments, in order, to MP4 (H.264, plays while it loads); each shows until the next.

    All pictures are scaled to the size of the first.

    Raises:
        Invalid: no pictures, or one that can't be decoded.
    """
    if not pictures:
        raise Invalid("no pictures to show")
    began = pictures[0][0]
    with mp4_file() as file, av.open(file.name, "w", format="mp4", options=FAST_START) as film:
        stream = film.add_stream("libx264", options=ENCODER)
        stream.pix_fmt, stream.time_base = "yuv420p", _TICKS
        stream.codec_context.time_base = _TICKS
        stream.codec_context.thread_count = 1
        moments = [round((at - began).total_seconds() * 1000) for at, _ in pictures]
        last = None
        for moment, (_, jpeg) in zip([*moments, moments[-1] + LAST_SHOWN_MS], [*pictures, pictures[-1]], strict=True):
            frame = _decoded(jpeg)
            if last is None:
                stream.width, stream.height = frame.width - frame.width % 2, frame.height - frame.height % 2
            elif moment <= last:
                continue
            last = moment
            frame = frame.reformat(stream.width, stream.height, "yuv420p")
            frame.pts, frame.time_base = moment, _TICKS
            film.mux(stream.encode(frame))
        film.mux(stream.encode())
        film.close()
        return Path(file.name).read_bytes()


def mp4_file() -> "tempfile._TemporaryFileWrapper[bytes]":
    """Return a temporary file: PyAV moves the index to the front by reading the file again, which memory can't."""
    return tempfile.NamedTemporaryFile(suffix=".mp4")


def _decoded(jpeg: bytes) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(read_still(jpeg), format="bgr24")
