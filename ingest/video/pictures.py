"""Convert encoded packets to JPEG pictures, from YUV to YUV without a detour over RGB."""

from fractions import Fraction

import av
import av.error
from av.codec.context import CodecContext
from av.packet import Packet as AvPacket
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from ingest.video.rtsp import StreamInfo
from ingest.video.sampling import Decode

MAX_WIDTH = 960
MAX_JPEG_BYTES = 512 * 1024
MOST_PIXELS = 36_000_000
"""Most pixels of a picture; no camera has more, and a stream that claims more is not decoded."""
_QUALITIES = (4, 8, 16, 31)
"""Quantisers of FFmpeg's mjpeg, tried until the picture fits."""
_LAMBDA = 118  # FF_QP2LAMBDA


class PictureMaker:
    """Decodes the packets that a `Sampler` selected. One per connection, because parameter sets belong to it."""

    def __init__(self, info: StreamInfo) -> None:
        decoder = CodecContext.create(info.codec, "r")
        assert isinstance(decoder, VideoCodecContext)  # noqa: S101 - for the type checker: both codecs are video
        decoder.thread_count = 1
        decoder.options = {"max_pixels": str(MOST_PIXELS)}
        if info.extradata:
            decoder.extradata = info.extradata
        self._decoder = decoder
        self._encoders: dict[tuple[int, int, int], VideoCodecContext] = {}

    def jpeg(self, wanted: Decode) -> bytes | None:
        """Return the picture of the last packet, at most 960 wide and 512 KiB; None if nothing could be decoded."""
        frame = self._decode(wanted)
        if frame is None:
            return None
        width, height = fitted(frame.width, frame.height)
        small = frame.reformat(width=width, height=height, format="yuvj420p", dst_color_range="JPEG")
        for quality in _QUALITIES:
            data = self._encode(small, quality)
            if len(data) <= MAX_JPEG_BYTES:
                return data
        return None

    def _decode(self, wanted: Decode) -> VideoFrame | None:
        last: VideoFrame | None = None
        try:
            for packet in wanted.packets:
                for frame in self._decoder.decode(AvPacket(packet.data)):
                    last = frame
            if wanted.alone:
                for frame in self._decoder.decode(None):
                    last = frame
                self._decoder.flush_buffers()
        except av.error.FFmpegError:
            self._decoder.flush_buffers()  # a damaged packet: continue with the next key frame
        return last

    def _encode(self, frame: VideoFrame, quality: int) -> bytes:
        encoder = self._encoder(frame.width, frame.height, quality)
        frame.pts = None
        return b"".join(bytes(packet) for packet in encoder.encode(frame))

    def _encoder(self, width: int, height: int, quality: int) -> VideoCodecContext:
        found = self._encoders.get((width, height, quality))
        if found is None:
            found = CodecContext.create("mjpeg", "w")
            assert isinstance(found, VideoCodecContext)  # noqa: S101 - for the type checker
            found.width, found.height, found.pix_fmt = width, height, "yuvj420p"
            found.time_base, found.thread_count = Fraction(1, 25), 1
            found.qscale = True
            found.global_quality = quality * _LAMBDA
            self._encoders = {(width, height, quality): found}
        return found


def fitted(width: int, height: int) -> tuple[int, int]:
    """Return the size in which a picture is sent: (1920, 1080) → (960, 540). Both even, as 4:2:0 requires."""
    if width > MAX_WIDTH:
        width, height = MAX_WIDTH, round(height * MAX_WIDTH / width)
    return max(2, width // 2 * 2), max(2, height // 2 * 2)
