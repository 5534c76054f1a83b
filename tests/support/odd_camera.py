"""A camera that misbehaves on demand: a small RTSP server of our own, H.264 over TCP.

gst-rtsp-server is the correct camera; this one does what no correct server does.
"""

import base64
import hashlib
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate

from ingest.video import nal

_LARGEST = 60_000


@dataclass(slots=True)
class Manners:
    """The behaviour of the camera. Moments are in seconds after PLAY; jumps are (moment, seconds of the RTP clock)."""

    mute: bool = False
    speaks_http: bool = False
    udp_only: bool = False
    media: str = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n"
    sends: bool = True
    silent_after_s: float | None = None
    cut_after_s: float | None = None
    first_unit: int = 0
    jumps: tuple[tuple[float, float], ...] = ()
    clock_ahead_s: float | None = None
    challenges: tuple[str, ...] = ()
    login: tuple[str, str] = ("admin", "s3cret")
    statuses: dict[str, str] = field(default_factory=dict)
    location: str | None = None
    connections: int = field(default=0)
    asked: list[str] = field(default_factory=list)
    refused: int = field(default=0)


AUDIO = "m=audio 0 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
MJPEG = "m=video 0 RTP/AVP 26\r\n"


class OddCamera:
    """Plays access units for ever to each client; `manners` may change at any time."""

    def __init__(self, units: tuple[bytes, ...], *, fps: int, manners: Manners) -> None:
        self.units, self.fps, self.manners = units, fps, manners
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(0.1)
        self.port: int = self._server.getsockname()[1]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/live"

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self._server.close()

    def _accept(self) -> None:
        while not self._stop.is_set():
            with suppress(TimeoutError):
                client, _ = self._server.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        client.settimeout(0.2)
        with client, suppress(OSError):
            while not self._stop.is_set():
                request = self._request(client)
                if not request:
                    return
                if self.manners.mute:
                    continue
                method = request.split(" ", 1)[0]
                client.sendall(self._answer(method, request).encode())
                if method == "PLAY":
                    self.manners.connections += 1
                    self._play(client)
                    return

    def _request(self, client: socket.socket) -> str:
        got = b""
        while b"\r\n\r\n" not in got and not self._stop.is_set():
            with suppress(TimeoutError):
                more = client.recv(4096)
                if not more:
                    return ""
                got += more
        return got.decode("latin-1")

    def _answer(self, method: str, request: str) -> str:
        if self.manners.speaks_http:
            return "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
        lines = [line for line in request.split("\r\n") if line.lower().startswith("cseq")]
        if self.manners.clock_ahead_s is not None:
            lines.append(f"Date: {formatdate(time.time() + self.manners.clock_ahead_s, usegmt=True)}")
        body, status = "", "200 OK"
        self.manners.asked.append(request.split("\r\n", 1)[0])
        if method in self.manners.statuses:
            where = [] if self.manners.location is None else [f"Location: {self.manners.location}"]
            return "\r\n".join([f"RTSP/1.0 {self.manners.statuses[method]}", *lines, *where, "", ""])
        if self.manners.challenges and method != "OPTIONS" and not self._let_in(method, request):
            ways = [f"WWW-Authenticate: {challenge}" for challenge in self.manners.challenges]
            return "\r\n".join(["RTSP/1.0 401 Unauthorized", *lines, *ways, "", ""])
        if method == "OPTIONS":
            lines.append("Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER")
        elif method == "DESCRIBE":
            body = f"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=odd\r\nt=0 0\r\n{self.manners.media}a=control:track1\r\n"
            lines += ["Content-Type: application/sdp", f"Content-Length: {len(body)}"]
        elif method == "SETUP" and self.manners.udp_only:
            status = "461 Unsupported Transport"
        elif method == "SETUP":
            lines += ["Transport: RTP/AVP/TCP;unicast;interleaved=0-1", "Session: 1"]
        return "\r\n".join([f"RTSP/1.0 {status}", *lines, "", body])

    def _let_in(self, method: str, request: str) -> bool:
        """Return whether the log-in of a request is right (RFC 7616)."""
        given = next((line for line in request.split("\r\n") if line.lower().startswith("authorization:")), "")
        if not given:
            return False
        user, password = self.manners.login
        if "Basic" in given:
            right = given.endswith(base64.b64encode(f"{user}:{password}".encode()).decode())
        else:
            right = _digest_is_right(given, method, user, password)
        self.manners.refused += not right
        return right

    def _play(self, client: socket.socket) -> None:
        began, number, sequence = time.monotonic(), 0, 0
        while not self._stop.wait(max(0.0, began + number / self.fps - time.monotonic())):
            now, manners = time.monotonic() - began, self.manners
            if manners.cut_after_s is not None and now >= manners.cut_after_s:
                return
            quiet = not manners.sends or (manners.silent_after_s is not None and now >= manners.silent_after_s)
            if not quiet:
                jumped = sum(by for at, by in manners.jumps if now >= at)
                clock = int((number / self.fps + jumped + 1000) * 90_000) & 0xFFFFFFFF
                unit = self.units[(manners.first_unit + number) % len(self.units)]
                for last, payload in _payloads(unit):
                    client.sendall(_packet(payload, sequence, clock, last=last))
                    sequence += 1
            number += 1


def _digest_is_right(given: str, method: str, user: str, password: str) -> bool:
    said = {name: quoted or bare for name, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', given)}
    name = {"sha-256": "sha256", "md5": "md5"}[said.get("algorithm", "MD5").lower()]

    def hashed(*parts: str) -> str:
        return hashlib.new(name, ":".join(parts).encode()).hexdigest()

    one, two = hashed(user, said["realm"], password), hashed(method, said["uri"])
    middle = [said["nonce"], said["nc"], said["cnonce"], "auth"] if "qop" in said else [said["nonce"]]
    return said["username"] == user and said["response"] == hashed(one, *middle, two)


def _payloads(unit: bytes) -> Iterator[tuple[bool, bytes]]:
    """RTP payloads of an access unit (RFC 6184): single NAL units, larger ones in FU-A fragments."""
    parts = list(nal.units(unit))
    for position, part in enumerate(parts):
        final = position == len(parts) - 1
        if len(part) <= _LARGEST:
            yield final, part
            continue
        indicator, kind = part[0] & 0xE0 | 28, part[0] & 0x1F
        pieces = [part[i : i + _LARGEST] for i in range(1, len(part), _LARGEST)]
        for number, piece in enumerate(pieces):
            start, end = number == 0, number == len(pieces) - 1
            yield final and end, bytes([indicator, start << 7 | end << 6 | kind]) + piece


def _packet(payload: bytes, sequence: int, clock: int, *, last: bool) -> bytes:
    header = struct.pack(">BBHII", 0x80, last << 7 | 96, sequence & 0xFFFF, clock, 0x6D696E67)
    return struct.pack(">cBH", b"$", 0, len(header) + len(payload)) + header + payload


@contextmanager
def odd_camera(units: tuple[bytes, ...], *, fps: int, **manners: object) -> Iterator[OddCamera]:
    """A camera for a test."""
    camera = OddCamera(units, fps=fps, manners=Manners(**manners))  # type: ignore[arg-type]
    try:
        yield camera
    finally:
        camera.close()
