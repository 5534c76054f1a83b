"""A look at a camera is no way into the platform's network: each hop is checked, and nothing tells what is there."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from api import onboarding
from api.onboarding import Look, checked_host
from ingest.video.address import CameraAddress
from ingest.video.probe import look
from models.base.addresses import Reach
from models.base.errors import NotAllowed
from tests.support.http import Rig
from tests.support.workshop import NOTHING, Bench

SDP = (
    b"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=x\r\nt=0 0\r\n"
    b"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:t\r\n"
)


@dataclass(slots=True)
class Liar:
    """An RTSP server that answers each method, and the n-th time it comes, as it is told: (status, location)."""

    answers: dict[tuple[str, int], tuple[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/live"

    def answer(self, request: str) -> bytes:
        method = request.split(" ", 1)[0]
        self.asked.append(method)
        number = self.asked.count(method)
        cseq = next((line for line in request.split("\r\n") if line.lower().startswith("cseq")), "CSeq: 1")
        status, location = self.answers.get((method, number), ("200 OK", ""))
        head = [f"RTSP/1.0 {status}", cseq, "Public: OPTIONS, DESCRIBE, SETUP, PLAY"]
        head += [f"Location: {location}"] if location else []
        body = SDP if method == "DESCRIBE" and status.startswith("200") else b""
        if body:
            head += ["Content-Type: application/sdp", f"Content-Length: {len(body)}"]
        return "\r\n".join([*head, "", ""]).encode() + body


@contextmanager
def serving(liar: Liar) -> Iterator[Liar]:
    server = socket.create_server(("127.0.0.1", 0))
    liar.port = server.getsockname()[1]

    def serve(line: socket.socket) -> None:
        held = b""
        with line, suppress(OSError):
            while more := line.recv(4096):
                held += more
                while b"\r\n\r\n" in held:
                    request, _, held = held.partition(b"\r\n\r\n")
                    line.sendall(liar.answer(request.decode("latin-1")))

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield liar
    server.shutdown(socket.SHUT_RDWR)
    server.close()


MOVED = "302 Moved Temporarily"


@pytest.mark.parametrize(
    "when",
    [("DESCRIBE", 1), ("DESCRIBE", 2), ("DESCRIBE", 3), ("OPTIONS", 1), ("OPTIONS", 2), ("SETUP", 1), ("PLAY", 1)],
    ids=lambda when: f"{when[0]} {when[1]}",
)
def test_no_redirect_leads_to_this_machine(when: tuple[str, int]) -> None:
    with serving(Liar()) as inside, serving(Liar()) as liar:
        liar.answers[when] = MOVED, inside.url
        found = look(CameraAddress.parse(liar.url), listen_s=1, timeout_s=2, within=Reach())
    assert not found.ok
    assert inside.asked == []
    assert liar.asked != []


@pytest.mark.parametrize("status", ["300 Choices", "301 Moved", "303 See Other", "305 Use Proxy", "307 Elsewhere"])
def test_whatever_it_is_called(status: str) -> None:
    with serving(Liar()) as inside, serving(Liar()) as liar:
        liar.answers = {("DESCRIBE", number): (status, inside.url) for number in range(1, 9)}
        look(CameraAddress.parse(liar.url), listen_s=1, timeout_s=2, within=Reach())
    assert inside.asked == []


def test_from_ones_own_machine_a_redirect_is_followed() -> None:
    with serving(Liar()) as inside, serving(Liar()) as liar:
        liar.answers[("DESCRIBE", 1)] = MOVED, inside.url
        look(CameraAddress.parse(liar.url), listen_s=1, timeout_s=2)
    assert "DESCRIBE" in inside.asked


def own_addresses() -> list[str]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        with suppress(OSError):
            one.connect(("192.0.2.1", 9))  # nothing is sent
        return [one.getsockname()[0]]


CLOSED = (
    *("127.0.0.1", "127.1", "0.0.0.0", "0.1.2.3", "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.8"),  # noqa: S104
    *("198.18.0.1", "240.0.0.1", "255.255.255.255", "224.0.0.1", "2130706433", "0x7f000001", "017700000001"),
    *("::1", "::ffff:127.0.0.1", "::ffff:100.64.0.1", "fe80::1", "64:ff9b::7f00:1", "2002:7f00:1::1", "::", "ff02::1"),
)


@pytest.mark.parametrize("host", [*CLOSED, *own_addresses(), "localhost"])
def test_addresses_of_the_platform_or_reserved_ones_are_not_tested(host: str) -> None:
    with pytest.raises(NotAllowed):
        checked_host(host, loopback=False)


@pytest.mark.parametrize("host", ["192.168.1.64", "10.0.0.8", "172.16.3.4", "203.0.114.9", "fd00::64"])
def test_where_cameras_are_is(host: str) -> None:
    assert checked_host(host, loopback=False) == host


def test_the_broker_is_not_looked_at(rig: Rig) -> None:
    rig.app.state.mingchu.workshop = Bench(broker_url="mqtts://192.168.7.7:8883")
    answer = rig.post("/v1/camera-looks", rig.keys.enterprise_a, json={"url": "rtsp://192.168.7.7:8883/"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


class Places(Bench):
    """What the probe says of a closed port, a silent one, and one where something else answers."""

    def look_at(self, url: str, username: str | None, password: str | None) -> Look:
        del username, password
        reason, detail = {
            "1": ("unreachable", "192.168.1.64 port 1: Connection refused"),
            "2": ("stalled", "the camera accepts the connection and then does not answer"),
            "3": ("no_video", "192.168.1.64 port 3 does not speak RTSP"),
        }[url.partition("64:")[2][:1]]
        found = {"reachable": reason != "unreachable", "accepted": None, "reason": reason, "detail": detail, **NOTHING}
        return Look(found=found, advice=((detail, detail),), snapshot=None, greeted=False)


def test_every_address_without_a_camera_has_the_same_answer_and_duration(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(onboarding.time, "sleep", waited.append)
    rig.app.state.mingchu.workshop = Places()

    def told(key: str) -> list[Any]:
        urls = (f"rtsp://192.168.1.64:{port}/x" for port in (1, 2, 3))
        return [rig.post("/v1/camera-looks", key, json={"url": url}).json() for url in urls]

    first, *others = told(rig.keys.enterprise_a)
    assert all(other == first for other in others)
    assert (first["reason"], first["reachable"]) == ("unreachable", False)
    assert [round(seconds) for seconds in waited] == [round(onboarding.ANSWERED_AFTER_S)] * 3
    assert len({answer["detail"] for answer in told(rig.keys.admin)}) == 3
