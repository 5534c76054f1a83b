"""RTSP by FFmpeg: over TCP, with deadlines; yields the encoded packets on arrival."""

import contextlib
import errno
import socket
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import av
import av.error
import av.logging
from av.container import InputContainer
from av.packet import Packet as AvPacket
from av.video.stream import VideoStream

from ingest.payloads.status import Reason
from ingest.video.address import CameraAddress
from ingest.video.door import Relay, knock
from ingest.video.failure import CameraFailed, CameraRefused
from models.base.addresses import Reach

av.logging.set_level(None)  # FFmpeg's own lines repeat addresses with their passwords

OPEN_S = 10.0
READ_S = 10.0
SAME_MOMENT_S = 0.02
CODECS = ("h264", "hevc")


class UdpOnly(CameraFailed):
    """The camera refuses RTP over TCP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamInfo:
    """Properties of a connection's stream. `extradata` are the parameter sets of the SDP, Annex B, possibly empty."""

    codec: str
    width: int
    height: int
    time_base: Fraction
    extradata: bytes


@dataclass(frozen=True, slots=True)
class Packet:
    """One encoded access unit, or a part of one. `at` is our wall clock at arrival, in seconds since 1970.

    `pts` is the camera's claim in units of the stream's time base: None before the first synchronisation, and it may
    jump.
    """

    at: float
    monotonic: float
    pts: int | None
    dts: int | None
    key: bool
    data: bytes


@dataclass(slots=True)
class RtspConnection:
    """An open connection."""

    info: StreamInfo
    address: CameraAddress
    _container: InputContainer
    _stream: VideoStream

    def packets(self) -> Iterator[Packet]:
        """Yield the camera's packets until the stream ends.

        Raises:
            CameraFailed: nothing arrived for `READ_S`, or the connection ended.
        """
        return whole_units(self._parts())

    def _parts(self) -> Iterator[Packet]:
        came = 0
        try:
            for packet in self._container.demux(self._stream):
                if packet.size == 0:
                    break
                came += 1
                yield _packet(packet)
        except av.error.FFmpegError as error:
            raise CameraFailed(
                "stalled" if came else "no_video", self.address.redact(f"reading ended: {_words(error)}")
            ) from None
        raise CameraFailed("stalled" if came else "no_video", "the camera ended the connection")


def whole_units(parts: Iterable[Packet]) -> Iterator[Packet]:
    """Join parts that arrive at once and claim the same moment: FFmpeg may deliver the slices of a picture singly."""
    held: Packet | None = None
    for part in parts:
        if held is None:
            held = part
        elif part.pts is not None and part.pts == held.pts and part.monotonic - held.monotonic < SAME_MOMENT_S:
            held = replace(held, data=held.data + part.data)
        else:
            yield held
            held = part
    if held is not None:
        yield held


def _packet(packet: "AvPacket[VideoStream]") -> Packet:
    return Packet(time.time(), time.monotonic(), packet.pts, packet.dts, packet.is_keyframe, bytes(packet))


@contextlib.contextmanager
def connect(
    address: CameraAddress, *, open_s: float = OPEN_S, read_s: float = READ_S, within: Reach | None = None
) -> Iterator[RtspConnection]:
    """Open a camera by RTSP over TCP; `within` limits the targets of redirects.

    Raises:
        CameraFailed: with the reason a person can act on; its text holds no address with a password.
    """
    with contextlib.ExitStack() as stack:
        container = _opened(address, stack, open_s=open_s, read_s=read_s, within=within)
        yield RtspConnection(*_video(container, address))


def _opened(
    address: CameraAddress, stack: contextlib.ExitStack, *, open_s: float, read_s: float, within: Reach | None
) -> InputContainer:
    """Open a camera directly, or by a relay if FFmpeg can't log in, report a refusal, or follow redirects safely."""
    if address.url.startswith("rtsps:") and within is None:
        reach(address, timeout_s=open_s)
        return stack.enter_context(
            contextlib.closing(_open(address, address.login_url(), open_s=open_s, read_s=read_s))
        )
    door = knock(address, timeout_s=open_s, within=within)
    if door.direct and within is None:  # FFmpeg follows any redirect
        try:
            container = _open(address, door.address.login_url(), open_s=open_s, read_s=read_s)
            return stack.enter_context(contextlib.closing(container))
        except CameraFailed as failure:
            if isinstance(failure, UdpOnly) or failure.reason == "stalled":
                raise
    relay = stack.enter_context(Relay(door, open_s))
    try:
        return stack.enter_context(contextlib.closing(_open(address, relay.url, open_s=open_s, read_s=read_s)))
    except CameraFailed:
        if relay.refused is not None:
            raise CameraRefused(*relay.refused) from None
        raise


def reach(address: CameraAddress, *, timeout_s: float) -> None:
    """Connect to the port, to distinguish a dead address from a camera that does not answer.

    Raises:
        CameraFailed: `unreachable`.
    """
    try:
        socket.create_connection((address.host, address.port), timeout=timeout_s).close()
    except OSError as error:
        words = error.strerror or str(error)
        raise CameraFailed("unreachable", f"{address.host} port {address.port}: {words}") from None


def _open(address: CameraAddress, url: str, *, open_s: float, read_s: float) -> InputContainer:
    options = {
        "rtsp_transport": "tcp",
        "allowed_media_types": "video",
        "fflags": "nobuffer",
        "timeout": str(int(max(open_s, read_s) * 1_000_000)),
    }
    began = time.monotonic()
    try:
        return av.open(url, options=options, timeout=(open_s, read_s))
    except av.error.FFmpegError as error:
        words = address.redact(_words(error))
        if error.errno == errno.EPROTONOSUPPORT:
            raise UdpOnly("no_video", "the camera refuses RTP over TCP") from None
        # FFmpeg reports a silent server as "invalid data"; the elapsed time tells the difference.
        waited = time.monotonic() - began >= open_s
        raise CameraFailed("stalled" if waited else _reason(error), words) from None


def _video(
    container: InputContainer, address: CameraAddress
) -> tuple[StreamInfo, CameraAddress, InputContainer, VideoStream]:
    if not container.streams.video:
        raise CameraFailed("no_video", "the stream holds no video")
    stream = container.streams.video[0]
    context = stream.codec_context
    if context.name not in CODECS:
        raise CameraFailed("unsupported_codec", f"the camera sends {context.name}, expected H.264 or H.265")
    if stream.time_base is None or not context.width:
        raise CameraFailed("no_video", "the camera announces a picture but sends no readable one")
    info = StreamInfo(
        codec=context.name,
        width=context.width,
        height=context.height,
        time_base=stream.time_base,
        extradata=context.extradata or b"",
    )
    return info, address, container, stream


def _words(error: av.error.FFmpegError) -> str:
    return error.strerror or type(error).__name__


def _reason(error: av.error.FFmpegError) -> Reason:
    if isinstance(error, av.error.HTTPUnauthorizedError | av.error.HTTPForbiddenError):
        return "wrong_password"
    if isinstance(error, av.error.HTTPNotFoundError | av.error.HTTPBadRequestError | av.error.HTTPOtherClientError):
        return "not_found"
    if isinstance(error, av.error.ExitError | av.error.TimeoutError):
        return "stalled"
    return "no_video"
