"""Write encoded packets to an MP4 without encoding them again.

The file is a plain MP4 with its index at the front (faststart), not a fragmented one. The whole clip is on disk
before it is sent, and with the index a browser knows the length and seeks at once, which in a fragmented file it
can't without reading all of it.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error
from av.container import InputContainer, OutputContainer
from av.packet import Packet as AvPacket
from av.video.stream import VideoStream

from ingest.video.nal import parameter_sets
from ingest.video.rtsp import Packet
from ingest.video.timeline import TICKS, place
from models.base.errors import Invalid

_TAGS = {"h264": "avc1", "hevc": "hvc1"}
"""hvc1 (parameter sets in the header alone) is what Safari and hardware decoders play; FFmpeg's default is hev1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Content of a clip: packets of one parameter set, the first of them a key frame."""

    codec: str
    time_base: Fraction
    extradata: bytes
    packets: Sequence[Packet]


def write_mp4(material: Material, path: Path) -> None:
    """Write the clip's file.

    Raises:
        Invalid: the packets can't be read as the codec that they claim.
    """
    try:
        _write(material, path)
    except (av.error.FFmpegError, ValueError, IndexError) as error:
        raise Invalid(f"the camera's {material.codec} can't be put into an MP4: {error}") from None


def _write(material: Material, path: Path) -> None:
    with av.open(path, "w", format="mp4", options={"movflags": "faststart"}) as file:
        stream = _stream_like(material, file)
        for packet, at in zip(material.packets, place(material.packets, material.time_base), strict=True):
            out = AvPacket(packet.data)
            out.stream, out.time_base = stream, Fraction(1, TICKS)
            out.dts, out.pts = at.dts, at.pts
            out.is_keyframe = packet.key
            file.mux(out)


def _stream_like(material: Material, file: OutputContainer) -> VideoStream:
    """Add a stream with sizes and parameter sets read from the key frame itself, because an SDP may be out of date."""
    head = material.packets[0].data
    if not parameter_sets(material.codec, head):
        head = material.extradata + head
    with av.open(io.BytesIO(head), format=material.codec) as sample:
        assert isinstance(sample, InputContainer)  # noqa: S101 - for the type checker
        stream = file.add_stream_from_template(sample.streams.video[0])
        stream.codec_context.codec_tag = _TAGS[material.codec]
        stream.time_base = Fraction(1, TICKS)
        return stream
