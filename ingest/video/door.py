"""Log in to a camera: its answer to the first request, and a relay on loopback where FFmpeg can't log in.

The relay answers the camera's challenges, so FFmpeg needs no password, and notes the status of a refusal.
"""

import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from ingest.video.address import CameraAddress
from ingest.video.failure import CameraFailed, CameraRefused
from ingest.video.login import Challenge, Login, challenges, chosen, ffmpeg_speaks
from ingest.video.talk import Line, Message, NotRtsp
from models.base.addresses import Reach
from models.base.errors import Invalid, NotAllowed

MOST_REDIRECTS = 4
_OK, _REDIRECT, _REFUSED, _UNAUTHORISED = 200, 300, 400, 401
_AGENT = ("User-Agent", "mingchu")


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """The way to a camera's stream.

    Attributes:
        address: its address, after redirects.
        offered: the log-in schemes that it offers.
        direct: FFmpeg can connect to it by itself.
    """

    address: CameraAddress
    offered: tuple[Challenge, ...] = ()
    direct: bool = True


def knock(address: CameraAddress, *, timeout_s: float, within: Reach | None = None) -> Door:
    """Request the stream from a camera, as a viewer would, and log in; leave unreadable answers to FFmpeg.

    `within` limits the targets of redirects; the connection goes to the very address that was checked.

    Raises:
        CameraFailed: unreachable, silent, or a refusal with its status.
    """
    seen: list[str] = []
    for _ in range(MOST_REDIRECTS):
        seen.append(address.url)
        door, moved = _ask(address, timeout_s=timeout_s)
        if moved is None:
            return door
        address = _followed(address, moved)
        if within is not None:
            address = _checked(address, within)
        if address.url in seen:
            break
    raise CameraFailed("not_found", "the camera redirects in a circle; give the address of the stream")


def _followed(address: CameraAddress, moved: str) -> CameraAddress:
    """Return the target of a redirect; another host does not get this camera's password."""
    if "://" not in moved:
        moved = f"{address.url.partition('://')[0]}://{urlsplit(address.url).netloc}/{moved.lstrip('/')}"
    target = CameraAddress.parse(moved)
    if target.host == address.host:
        return replace(address, url=target.url)
    return target


def _checked(address: CameraAddress, within: Reach) -> CameraAddress:
    """Return the address with its IP number, if redirects may lead there."""
    try:
        number = within.number_of(address.host)
    except (Invalid, NotAllowed):
        raise CameraFailed(
            "unreachable", "the camera redirects to an address that may not be probed from here"
        ) from None
    parts = urlsplit(address.url)
    host = f"[{number}]" if ":" in number else number
    netloc = host if parts.port is None else f"{host}:{parts.port}"
    behind = address.url.partition("://")[2].partition(parts.netloc)[2]
    return replace(address, url=f"{parts.scheme}://{netloc}{behind}")


def _ask(address: CameraAddress, *, timeout_s: float) -> tuple[Door, str | None]:
    """Send one request; return the door, and the target of a redirect or None."""
    deadline = time.monotonic() + timeout_s
    try:
        with _connected(address, timeout_s=timeout_s) as line:
            talk = Line(line, deadline)
            answer = _describe(talk, address, number=1, login=None)
            offered = tuple(challenges(answer.all("WWW-Authenticate")))
            if answer.status == _UNAUTHORISED:
                login = _login(address, offered)
                answer = _describe(talk, address, number=2, login=login)
                if answer.status == _UNAUTHORISED and any(
                    one.stale for one in challenges(answer.all("WWW-Authenticate"))
                ):
                    login = _login(address, challenges(answer.all("WWW-Authenticate")))
                    answer = _describe(talk, address, number=3, login=login)
    except TimeoutError:
        raise CameraFailed("stalled", "the camera accepts the connection and then does not answer") from None
    except (NotRtsp, OSError):
        return Door(address=address), None
    if _REDIRECT <= answer.status < _REFUSED and answer.all("Location"):
        return Door(address=address), answer.all("Location")[0]
    if answer.status >= _REDIRECT:
        raise CameraRefused(answer.status, _refusal(answer, address))
    return Door(address=address, offered=offered, direct=ffmpeg_speaks(offered)), None


def _connected(address: CameraAddress, *, timeout_s: float) -> socket.socket:
    try:
        line = socket.create_connection((address.host, address.port), timeout=timeout_s)
        return _by_tls(line) if address.url.startswith("rtsps:") else line
    except OSError as error:
        words = error.strerror or str(error)
        raise CameraFailed("unreachable", f"{address.host} port {address.port}: {words}") from None


def _by_tls(line: socket.socket) -> socket.socket:
    """Wrap the connection in TLS without checking the certificate, as FFmpeg does: cameras sign their own."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(line)


def _login(address: CameraAddress, offered: "tuple[Challenge, ...] | list[Challenge]") -> Login:
    if address.username is None:
        raise CameraRefused(_UNAUTHORISED, "the camera requires a user name and a password")
    challenge = chosen(offered)
    if challenge is None:
        ways = ", ".join(f"{one.scheme} {one.algorithm}".strip() for one in offered) or "nothing"
        raise CameraFailed(
            "no_video",
            f"the camera offers only unsupported log-ins ({ways[:120]}); set RTSP authentication to digest",
        )
    return Login(address.username, address.password or "", challenge)


def _describe(talk: Line, address: CameraAddress, *, number: int, login: Login | None) -> Message:
    headers = [("CSeq", str(number)), _AGENT, ("Accept", "application/sdp")]
    if login is not None:
        headers.append(("Authorization", login.header("DESCRIBE", address.url)))
    talk.socket.sendall(Message(f"DESCRIBE {address.url} RTSP/1.0", headers).encoded())
    return talk.answer()


def _refusal(answer: Message, address: CameraAddress) -> str:
    words = answer.first.split(" ", 2)[2:]
    return address.redact(f"the camera answers {answer.status} {' '.join(words)[:80]}".strip())


@dataclass(slots=True)
class Relay:
    """One connection of FFmpeg to a camera, relayed on loopback, with the log-in answered.

    Attributes:
        refused: status and words of the last request that the camera refused.
    """

    door: Door
    timeout_s: float
    refused: tuple[int, str] | None = None
    _server: socket.socket = field(init=False)
    _thread: threading.Thread = field(init=False)
    _login: Login | None = None
    _closed: bool = False
    _lines: list[socket.socket] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._server = socket.create_server(("127.0.0.1", 0), backlog=1)
        self._server.settimeout(self.timeout_s)
        self._thread = threading.Thread(target=self._run, name="rtsp-relay", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        for one in [self._server, *self._lines]:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._thread.join(self.timeout_s)

    @property
    def url(self) -> str:
        """The address for FFmpeg: this machine, and a path without information."""
        return f"{self._local}/stream"

    @property
    def _local(self) -> str:
        return f"rtsp://127.0.0.1:{self._server.getsockname()[1]}"

    @property
    def _camera(self) -> str:
        parts = urlsplit(self.door.address.url)
        return f"{parts.scheme}://{parts.netloc}"

    def _run(self) -> None:
        with suppress(OSError, NotRtsp, CameraFailed):
            viewer, _ = self._server.accept()
            self._lines.append(viewer)
            camera = _connected(self.door.address, timeout_s=self.timeout_s)
            self._lines.append(camera)
            viewer.settimeout(None)
            self._serve(Line(viewer), Line(camera))
        for line in self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _serve(self, viewer: Line, camera: Line) -> None:
        """Relay requests and answers until the stream plays, then relay all bytes unchanged."""
        while not self._closed:
            request = viewer.message()
            if isinstance(request, bytes):
                camera.socket.sendall(request)
                continue
            method = request.first.split(" ", 1)[0]
            answer = self._asked(camera, viewer, request)
            viewer.socket.sendall(answer.encoded())
            if method == "PLAY" and answer.status == _OK:
                viewer.socket.sendall(camera.rest())
                camera.socket.settimeout(None)
                pump = threading.Thread(target=_pump, args=(camera.socket, viewer.socket), daemon=True)
                pump.start()
                self._listen(viewer, camera.socket)
                pump.join(self.timeout_s)
                return

    def _asked(self, camera: Line, viewer: Line, request: Message) -> Message:
        answer = self._once(camera, viewer, request)
        if answer.status == _UNAUTHORISED and self.door.address.username is not None:
            challenge = chosen(challenges(answer.all("WWW-Authenticate")))
            if challenge is not None:
                self._login = Login(self.door.address.username, self.door.address.password or "", challenge)
                answer = self._once(camera, viewer, request)
        if answer.status >= _REDIRECT:
            self.refused = answer.status, _refusal(answer, self.door.address)
        if _REDIRECT <= answer.status < _REFUSED:  # `knock` followed redirects; FFmpeg would follow any
            return Message("RTSP/1.0 404 Not Found", [("CSeq", value) for value in answer.all("CSeq")])
        return answer

    def _once(self, camera: Line, viewer: Line, request: Message) -> Message:
        camera.deadline = time.monotonic() + self.timeout_s
        camera.socket.sendall(self._for_camera(request).encoded())
        while isinstance(found := camera.message(), bytes):
            viewer.socket.sendall(found)
        return found

    def _listen(self, viewer: Line, camera: socket.socket) -> None:
        while not self._closed:
            found = viewer.message()
            camera.sendall(found if isinstance(found, bytes) else self._for_camera(found).encoded())

    def _for_camera(self, request: Message) -> Message:
        method, uri, version = (*request.first.split(" ", 2), "", "")[:3]
        if uri.startswith(self._local):
            rest = uri.removeprefix(self.url)
            uri = self.door.address.url + rest if uri != rest else self._camera + uri.removeprefix(self._local)
        headers = [(name, value) for name, value in request.headers if name.lower() != "authorization"]
        if self._login is not None:
            headers.append(("Authorization", self._login.header(method, uri)))
        return Message(f"{method} {uri} {version}", headers, request.body)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(262_144):
            sink.sendall(data)
    for line in (source, sink):
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
