"""The test of a camera before it is connected: its results for good and faulty cameras."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy.cli import main
from deploy.embedded.ports import free_port
from ingest.video.address import CameraAddress
from ingest.video.probe import Probe, probe
from tests.support.odd_camera import AUDIO, MJPEG, odd_camera
from tests.support.rtsp import Footage, rtsp_server

Footages = Callable[..., Footage]
PASSWORD = "s3cret@/:#"


def looked(url: str, *, username: str | None = None, password: str | None = None) -> Probe:
    return probe(CameraAddress.parse(url, username=username, password=password), listen_s=6, timeout_s=2)


@pytest.mark.parametrize(("codec", "name"), [("h264", "h264"), ("h265", "hevc")])
def test_a_good_camera_is_described_and_needs_no_advice(footage: Footages, codec: str, name: str) -> None:
    with rtsp_server({"live": footage(codec=codec)}, login=("admin", PASSWORD)) as server:
        found = looked(server.url("live"), username="admin", password=PASSWORD)
    assert (found.ok, found.reachable, found.accepted, found.codec) == (True, True, True, name)
    assert (found.width, found.height) == (640, 360)
    assert found.fps == pytest.approx(25, rel=0.1)
    assert found.key_interval_s == pytest.approx(1.0, rel=0.1)
    assert found.bitrate_kbps is not None
    assert found.clock_skew_s == 0.0
    assert found.snapshot is not None
    assert found.snapshot[:2] == b"\xff\xd8"
    assert found.advice == ()
    assert PASSWORD not in repr(found)


def test_a_wrong_password_is_distinguished_from_a_wrong_path_without_repeating_either(footage: Footages) -> None:
    with rtsp_server({"live": footage()}, login=("admin", PASSWORD)) as server:
        wrong = looked(server.url("live"), username="admin", password="oth3r-secret")
        missing = looked(server.url("life"), username="admin", password=PASSWORD)
    assert (wrong.reason, wrong.accepted) == ("wrong_password", False)
    assert missing.reason == "not_found"
    assert "密码" in wrong.advice[0].zh
    assert "/Streaming/Channels/101" in missing.advice[0].zh
    assert "oth3r" not in repr(wrong)
    assert PASSWORD not in repr(missing)


@pytest.mark.parametrize(
    ("manners", "reason", "says"),
    [
        ({"udp_only": True}, "no_video", "TCP"),
        ({"mute": True}, "stalled", "restart"),
        ({"speaks_http": True}, "no_video", "RTSP port"),
        ({"sends": False}, "no_video", "no picture"),
        ({"media": AUDIO}, "no_video", "no picture"),
        ({"media": MJPEG}, "unsupported_codec", "H.264"),
    ],
)
def test_every_failure_states_what_to_do(footage: Footages, manners: dict[str, object], reason: str, says: str) -> None:
    filmed = footage()
    with odd_camera(filmed.units, fps=filmed.fps, **manners) as camera:
        found = looked(camera.url)
    assert (found.ok, found.reachable, found.reason) == (False, True, reason)
    assert says in found.advice[0].en
    assert found.advice[0].zh


def test_an_address_without_a_host_is_unreachable() -> None:
    found = looked(f"rtsp://127.0.0.1:{free_port()}/live")
    assert (found.reachable, found.reason, found.accepted) == (False, "unreachable", None)
    assert "554" in found.advice[0].zh


def test_rare_key_frames_and_a_wrong_clock_get_advice(footage: Footages) -> None:
    filmed = footage(gop=125, seconds=10)
    with odd_camera(filmed.units, fps=filmed.fps, clock_ahead_s=-3600) as camera:
        found = probe(CameraAddress.parse(camera.url), listen_s=12, timeout_s=2)
    assert found.ok
    assert found.key_interval_s == pytest.approx(5.0, rel=0.1)
    assert found.clock_skew_s == pytest.approx(-3600, abs=2)
    assert [("智能编码" in line.zh, "NTP" in line.zh) for line in found.advice] == [(True, False), (False, True)]


def test_the_command_prints_what_it_found_and_writes_the_picture(footage: Footages, tmp_path: Path) -> None:
    secret, picture = tmp_path / "secret", tmp_path / "look.jpg"
    secret.write_text(PASSWORD)
    secret.chmod(0o600)
    with rtsp_server({"live": footage()}, login=("admin", PASSWORD)) as server:
        arguments = ["camera", "probe", server.url("live"), "--username", "admin", "--password-file", str(secret)]
        done = CliRunner().invoke(main, [*arguments, "--snapshot", str(picture), "--seconds", "5"])
        refused = CliRunner().invoke(main, ["camera", "probe", server.url("live", login="admin:b4d"), "--seconds", "5"])
    assert done.exit_code == 0, done.output
    assert "640×360" in done.output
    assert "h264" in done.output
    assert picture.read_bytes()[:2] == b"\xff\xd8"
    assert PASSWORD not in done.output
    assert refused.exit_code == 1
    assert "密码" in refused.output
    assert "b4d" not in refused.output
