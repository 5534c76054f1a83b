"""First contact with a camera: find out whether it speaks RTSP, and its clock's offset."""

import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from ingest.video.address import CameraAddress
from ingest.video.failure import CameraFailed

_MOST = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """The answer to OPTIONS. `clock_skew_s`: seconds by which the camera's clock is ahead of ours, if known."""

    server: str | None
    clock_skew_s: float | None


def greet(address: CameraAddress, *, timeout_s: float) -> Greeting:
    """Request a camera's options, without a password.

    Raises:
        CameraFailed: it can't be reached, does not answer, or does not speak RTSP.
    """
    try:
        line = socket.create_connection((address.host, address.port), timeout=timeout_s)
    except OSError as error:
        words = error.strerror or str(error)
        raise CameraFailed("unreachable", f"{address.host} port {address.port}: {words}") from None
    with line:
        asked = datetime.now(UTC)
        answer = _ask(line, address)
        now = datetime.now(UTC)
    head, *lines = answer.split("\r\n")
    if not head.startswith("RTSP/"):
        raise CameraFailed("no_video", f"{address.host} port {address.port} does not speak RTSP")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Greeting(server=headers.get("server"), clock_skew_s=skew(headers.get("date"), between=(asked, now)))


def _ask(line: socket.socket, address: CameraAddress) -> str:
    answer = b""
    try:
        line.sendall(f"OPTIONS {address.url} RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: mingchu\r\n\r\n".encode())
        while b"\r\n\r\n" not in answer and len(answer) < _MOST:
            more = line.recv(2048)
            if not more:
                break
            answer += more
    except TimeoutError:
        raise CameraFailed("stalled", "the camera accepts the connection and then does not answer") from None
    except OSError as error:
        raise CameraFailed("unreachable", f"the camera ended the connection: {error.strerror}") from None
    return answer.decode("latin-1")


def skew(date: str | None, *, between: tuple[datetime, datetime]) -> float | None:
    """Return seconds by which a `Date` header is ahead of the middle of request and answer.

    Returns 0.0 within the header's resolution of 1 s, and None without a readable header.
    """
    if date is None:
        return None
    try:
        told = parsedate_to_datetime(date)
    except ValueError:
        return None
    if told.tzinfo is None:
        told = told.replace(tzinfo=UTC)
    ours = between[0] + (between[1] - between[0]) / 2
    # The header has no fractions, so the camera's clock is half a second later on average.
    off = (told + timedelta(seconds=0.5) - ours).total_seconds()
    return 0.0 if abs(off) <= 1 else round(off, 1)
