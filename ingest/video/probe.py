"""Probe one camera before it is registered: whether it sends pictures, and which settings to change."""

import base64
import time
from dataclasses import asdict, dataclass, replace
from multiprocessing.connection import Connection
from typing import Any

from ingest.payloads.status import Reason
from ingest.video import children
from ingest.video.address import CameraAddress
from ingest.video.advice import Advice, about_failure, about_stream
from ingest.video.failure import CameraFailed, CameraRefused
from ingest.video.greeting import greet
from ingest.video.pictures import PictureMaker
from ingest.video.rates import Rates
from ingest.video.rtsp import Packet, RtspConnection, UdpOnly, connect
from ingest.video.sampling import Decode
from models.base.addresses import Reach
from models.base.jsonio import dumps, loads

LISTEN_S = 10.0
TIMEOUT_S = 8.0
_KEYS_WANTED = 4
_FORBIDDEN = 403


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """The result of a probe. Unknown values are None.

    `accepted`: whether the log-in was accepted. `first_frame_s`: seconds from connecting to the first picture.
    `clock_skew_s`: seconds by which the camera's clock is ahead of ours. `snapshot`: a JPEG. `greeted`: whether an RTSP
    server answered.
    """

    reachable: bool
    accepted: bool | None = None
    reason: Reason | None = None
    detail: str = ""
    codec: str | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    key_interval_s: float | None = None
    bitrate_kbps: float | None = None
    first_frame_s: float | None = None
    clock_skew_s: float | None = None
    server: str | None = None
    snapshot: bytes | None = None
    advice: tuple[Advice, ...] = ()
    greeted: bool = False

    @property
    def ok(self) -> bool:
        """Whether the camera sends pictures."""
        return self.reason is None


def probe(
    address: CameraAddress, *, listen_s: float = LISTEN_S, timeout_s: float = TIMEOUT_S, within: Reach | None = None
) -> Probe:
    """Probe a camera in a process of its own; it takes at most 3 × `timeout_s` + `listen_s` whatever the camera does.

    Never raises because of the camera; the result never holds the password. `within` limits the targets of redirects;
    None allows any, for users who probe from their own machine.
    """
    process, connection = children.start(_look_and_tell, address, listen_s, timeout_s, within, name="probe")
    try:
        if connection.poll(3 * timeout_s + listen_s):
            return _read(connection.recv_bytes())
        return _failed(CameraFailed("stalled", "the camera did not finish in time"))
    except EOFError:
        return _failed(CameraFailed("no_video", "the camera's data can't be read"))
    finally:
        children.end(process, connection)


def _look_and_tell(
    asker: Connection, address: CameraAddress, listen_s: float, timeout_s: float, within: Reach | None
) -> None:
    children.live_and_die_with(asker)
    found = look(address, listen_s=listen_s, timeout_s=timeout_s, within=within)
    body = asdict(found)
    if found.snapshot is not None:
        body["snapshot"] = base64.b64encode(found.snapshot).decode()
    asker.send_bytes(dumps(body).encode())


def _read(data: bytes) -> Probe:
    body: dict[str, Any] = loads(data)
    snapshot = body.pop("snapshot")
    advice = tuple(Advice(**line) for line in body.pop("advice"))
    return Probe(**body, snapshot=None if snapshot is None else base64.b64decode(snapshot), advice=advice)


def look(address: CameraAddress, *, listen_s: float, timeout_s: float, within: Reach | None = None) -> Probe:
    """Probe a camera in this process."""
    skew = server = None
    greeted = False
    try:
        greeting = greet(address, timeout_s=timeout_s)
        skew, server, greeted = greeting.clock_skew_s, greeting.server, True
        began = time.monotonic()
        with connect(address, open_s=timeout_s, read_s=timeout_s, within=within) as connection:
            return _listen(connection, began=began, listen_s=listen_s, skew=skew, server=server)
    except CameraFailed as failure:
        return replace(_failed(failure, skew=skew, server=server), greeted=greeted)


def _failed(failure: CameraFailed, *, skew: float | None = None, server: str | None = None) -> Probe:
    accepted = {"wrong_password": False, "unsupported_codec": True}.get(failure.reason)
    if isinstance(failure, CameraRefused) and failure.status == _FORBIDDEN:
        accepted = True
    return Probe(
        reachable=failure.reason != "unreachable",
        accepted=accepted,
        reason=failure.reason,
        detail=str(failure),
        clock_skew_s=skew,
        server=server,
        advice=about_failure(
            failure.reason,
            udp_only=isinstance(failure, UdpOnly),
            status=failure.status if isinstance(failure, CameraRefused) else None,
        ),
    )


def _listen(
    connection: RtspConnection, *, began: float, listen_s: float, skew: float | None, server: str | None
) -> Probe:
    info, pictures = connection.info, PictureMaker(connection.info)
    packets: list[Packet] = []
    snapshot, first_frame_s, keys = None, None, 0
    for packet in connection.packets():
        packets.append(packet)
        keys += packet.key
        if packet.key and snapshot is None:
            snapshot = pictures.jpeg(Decode((packet,), alone=True))
            first_frame_s = round(time.monotonic() - began, 2)
        if packet.monotonic - packets[0].monotonic >= listen_s or keys > _KEYS_WANTED:
            break
    if snapshot is None:
        raise CameraFailed("no_video", "the camera sent no key frame that can be decoded")
    listened = packets[-1].monotonic - packets[0].monotonic
    rates = Rates.over(_steady(packets))
    fps, bitrate, interval = (None,) * 3 if rates is None else (rates.fps, rates.bitrate_kbps, rates.key_interval_s)
    return Probe(
        reachable=True,
        greeted=True,
        accepted=True,
        codec=info.codec,
        width=info.width,
        height=info.height,
        fps=fps,
        bitrate_kbps=bitrate,
        key_interval_s=interval,
        first_frame_s=first_frame_s,
        clock_skew_s=skew,
        server=server,
        snapshot=snapshot,
        advice=about_stream(
            fps=fps, bitrate_kbps=bitrate, key_interval_s=interval, listened_s=listened, clock_skew_s=skew
        ),
    )


def _steady(packets: list[Packet]) -> list[Packet]:
    """Return the packets without the first burst, which piled up while the stream was opened."""
    begin = packets[0].monotonic
    later = [packet for packet in packets if packet.monotonic - begin > 0.5]  # noqa: PLR2004 - half a second
    return later if len(later) > 1 else packets
