"""Cameras for tests: footage encoded once per session, played by gst-rtsp-server in a separate process."""

import json
import os
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

from deploy.embedded.ports import free_port
from tests.support.waiting import GENEROUS_S

SYSTEM_PYTHON = "/usr/bin/python3"
SERVER = Path(__file__).with_name("rtsp_server.py")
Gray = npt.NDArray[np.uint8]
_ENCODERS = {"h264": "libx264", "h265": "libx265"}
# superfast: like cameras, with CABAC and deblocking, which ultrafast omits.
_OPTIONS = {
    "h264": {
        "preset": "superfast",
        "tune": "zerolatency",
        "x264-params": "scenecut=0:repeat-headers=1:threads=1:sliced-threads=0",
    },
    "h265": {"preset": "superfast", "tune": "zerolatency", "x265-params": "scenecut=0:repeat-headers=1:log-level=none"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Footage:
    """A file of encoded access units for the server."""

    path: Path
    codec: str
    width: int
    height: int
    fps: int
    gop: int
    units: tuple[bytes, ...]


def make_footage(
    folder: Path,
    *,
    codec: str = "h264",
    width: int = 640,
    height: int = 360,
    fps: int = 25,
    gop: int = 25,
    seconds: int = 4,
    bitrate_kbps: int = 800,
    grain: int = 0,
) -> Footage:
    """Encode a moving block; `gop` is the number of frames from key frame to key frame.

    `grain` is the amplitude of noise that changes with every frame, as a sensor's does: it makes the encoder
    spend its bit rate, and the decoder work.
    """
    context = av.CodecContext.create(_ENCODERS[codec], "w")
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base, context.framerate = Fraction(1, fps), Fraction(fps)
    context.bit_rate, context.gop_size = bitrate_kbps * 1000, gop
    context.options = _OPTIONS[codec]
    units: list[bytes] = []
    for number in range(seconds * fps):
        picture = _grained(_picture(number, width, height), grain, seed=number)
        frame = av.VideoFrame.from_ndarray(picture, format="gray8").reformat(format="yuv420p")
        frame.pts = number
        units += [bytes(packet) for packet in context.encode(frame)]
    units += [bytes(packet) for packet in context.encode(None)]
    path = folder / f"{codec}-{width}x{height}-{fps}-{gop}-{bitrate_kbps}-{grain}.units"
    about = json.dumps({"codec": codec, "fps": fps}).encode() + b"\n"
    path.write_bytes(about + b"".join(struct.pack(">I", len(unit)) + unit for unit in units))
    return Footage(path=path, codec=codec, width=width, height=height, fps=fps, gop=gop, units=tuple(units))


def _grained(picture: Gray, grain: int, *, seed: int) -> Gray:
    if not grain:
        return picture
    noise = np.random.default_rng(seed).integers(-grain, grain + 1, picture.shape, dtype=np.int16)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def _picture(number: int, width: int, height: int) -> Gray:
    rows, columns = np.mgrid[0:height, 0:width]
    picture = ((rows * 3 + columns * 2 + number * 5) % 160).astype(np.uint8)
    left = number * 7 % (width - 40)
    picture[40:80, left : left + 40] = 255
    return picture


@dataclass(slots=True)
class RtspServer:
    """A running gst-rtsp-server."""

    port: int
    process: "subprocess.Popen[str]"

    def url(self, mount: str, *, login: str = "") -> str:
        return f"rtsp://{login}{'@' if login else ''}127.0.0.1:{self.port}/{mount}"

    def play(self, mount: str, footage: Footage) -> None:
        """Continue a mount with other footage."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"play {mount} {footage.path}\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        """Kill the server, as when a camera is unplugged."""
        self.process.kill()
        self.process.wait(GENEROUS_S)


def require_gst() -> None:
    """Skip where gst-rtsp-server is missing, but never in CI."""
    probe = "import gi; gi.require_version('GstRtspServer', '1.0')"
    if Path(SYSTEM_PYTHON).exists() and subprocess.run([SYSTEM_PYTHON, "-c", probe], check=False).returncode == 0:
        return
    if os.environ.get("CI"):
        pytest.fail("CI is expected to have gst-rtsp-server")
    pytest.skip("needs gst-rtsp-server (Debian: gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-bad)")


@contextmanager
def rtsp_server(
    mounts: dict[str, Footage], *, login: tuple[str, str] | None = None, port: int | None = None
) -> Iterator[RtspServer]:
    """Serve footage under each mount; with `login` every mount requires digest authentication."""
    require_gst()
    port = port or free_port()
    extra = f",user={login[0]},password={login[1]}" if login else ""
    arguments = [f"{name}={footage.path}{extra}" for name, footage in mounts.items()]
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    process = subprocess.Popen(
        [SYSTEM_PYTHON, str(SERVER), str(port), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        assert process.stdout.readline().strip() == "ready"
        yield RtspServer(port, process)
    finally:
        process.kill()
        process.wait(GENEROUS_S)
        process.stdin.close()
        process.stdout.close()
