"""Logging in to a camera: every kind of digest, redirects, refusals with a status, unusual addresses."""

from collections.abc import Callable

import pytest

from ingest.agent import config
from ingest.video.address import CameraAddress
from ingest.video.probe import Probe, probe
from models.base.errors import Invalid
from tests.support.odd_camera import OddCamera, odd_camera
from tests.support.rtsp import Footage

Footages = Callable[..., Footage]
MD5 = 'Digest realm="IPC", nonce="0af1", algorithm=MD5'
PLAIN = 'Digest realm="IPC", nonce="0af1"'
SHA = 'Digest realm="IPC", nonce="77bc", algorithm=SHA-256, qop="auth"'
SHA_BARE = 'Digest realm="IPC", nonce="77bc", algorithm="SHA-256"'
BASIC = 'Basic realm="IPC"'


def looked(camera: OddCamera, *, path: str = "/live", login: tuple[str, str] | None = ("admin", "s3cret")) -> Probe:
    user, password = login or (None, None)
    address = CameraAddress.parse(f"rtsp://127.0.0.1:{camera.port}{path}", username=user, password=password)
    return probe(address, listen_s=2, timeout_s=3)


@pytest.mark.parametrize(
    "challenges",
    [(SHA,), (SHA_BARE,), (MD5, SHA), (SHA, MD5), (BASIC, SHA), (MD5,), (PLAIN,), (BASIC,), (BASIC, MD5)],
    ids=str,
)
def test_the_right_password_works_with_every_method_of_authentication(
    footage: Footages, challenges: tuple[str, ...]
) -> None:
    filmed = footage()
    with odd_camera(filmed.units, fps=filmed.fps, challenges=challenges) as camera:
        found = looked(camera)
    assert (found.ok, found.codec, found.detail) == (True, "h264", "")
    assert camera.manners.refused == 0


@pytest.mark.parametrize("challenges", [(SHA,), (MD5, SHA), (MD5,), (BASIC,)], ids=str)
def test_a_wrong_password_is_tried_once(footage: Footages, challenges: tuple[str, ...]) -> None:
    filmed = footage()
    with odd_camera(filmed.units, fps=filmed.fps, challenges=challenges) as camera:
        found = looked(camera, login=("admin", "b4d"))
    assert (found.reason, found.accepted) == ("wrong_password", False)
    assert camera.manners.refused == 1


def test_an_unsupported_method_is_not_reported_as_a_wrong_password(footage: Footages) -> None:
    filmed = footage()
    with odd_camera(
        filmed.units, fps=filmed.fps, challenges=("Negotiate", 'Digest realm="x", algorithm=SM3')
    ) as camera:
        found = looked(camera)
    assert found.reason == "no_video"
    assert "digest sm3" in found.detail
    assert "set RTSP authentication to digest" in found.detail


def test_a_missing_user_name_is_reported(footage: Footages) -> None:
    filmed = footage()
    with odd_camera(filmed.units, fps=filmed.fps, challenges=(SHA,)) as camera:
        found = looked(camera, login=None)
    assert (found.reason, "user name" in found.detail) == ("wrong_password", True)


@pytest.mark.parametrize("method", ["DESCRIBE", "SETUP", "PLAY"])
@pytest.mark.parametrize(
    ("status", "reason", "says"),
    [
        ("403 Forbidden", "wrong_password", "权限"),
        ("404 Stream Not Found", "not_found", "码流路径"),
        ("453 Not Enough Bandwidth", "stalled", "子码流"),
        ("454 Session Not Found", "stalled", "会话"),
        ("500 Internal Server Error", "stalled", "固件"),
        ("503 Service Unavailable", "stalled", "通道"),
        ("551 Option not supported", "stalled", "551"),
    ],
)
def test_each_status_has_its_own_message(footage: Footages, method: str, status: str, reason: str, says: str) -> None:
    filmed = footage()
    with odd_camera(filmed.units, fps=filmed.fps, statuses={method: status}) as camera:
        found = looked(camera)
    assert found.reason == reason
    assert found.detail == f"the camera answers {status}"
    assert says in found.advice[0].zh


def test_redirects_are_followed_and_a_loop_ends(footage: Footages) -> None:
    filmed = footage()
    with odd_camera(filmed.units, fps=filmed.fps, challenges=(SHA,)) as camera:
        moved = f"rtsp://127.0.0.1:{camera.port}/other"
        with odd_camera(
            filmed.units, fps=filmed.fps, statuses={"DESCRIBE": "302 Moved Temporarily"}, location=moved
        ) as first:
            assert looked(first).ok
    with odd_camera(filmed.units, fps=filmed.fps, statuses={"DESCRIBE": "302 Moved Temporarily"}) as camera:
        camera.manners.location = camera.url
        found = looked(camera)
    assert (found.reason, "in a circle" in found.detail) == ("not_found", True)
    assert len([line for line in camera.manners.asked if line.startswith("DESCRIBE")]) == 1


@pytest.mark.parametrize("challenges", [(), (SHA,)], ids=str)
@pytest.mark.parametrize(
    "path",
    [
        "/user=admin&password=SECRET77&channel=1&stream=0.sdp?",
        "/user=admin_password=SECRET77_channel=1_stream=0.sdp?real_stream",
        "/live?loginuse=admin&loginpas=SECRET77",
    ],
)
def test_an_unusual_address_is_sent_unchanged_and_its_password_appears_nowhere_else(
    footage: Footages, path: str, challenges: tuple[str, ...]
) -> None:
    filmed = footage()
    with odd_camera(filmed.units, fps=filmed.fps, challenges=challenges) as camera:
        found = looked(camera, path=path)
        refusing = looked(camera, path=path, login=("admin", "b4d")) if challenges else None
    assert found.ok
    asked = {line.split(" ")[1] for line in camera.manners.asked if line.startswith(("DESCRIBE", "OPTIONS"))}
    assert asked == {f"rtsp://127.0.0.1:{camera.port}{path}"}
    assert "SECRET77" not in repr(found) + repr(refusing)
    address = CameraAddress.parse(f"rtsp://127.0.0.1:{camera.port}{path}")
    assert "SECRET77" not in address.shown + repr(address) + address.redact(f"can't open {address.url}: SECRET77")


def test_a_file_with_a_password_in_a_path_must_be_private(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("agent")
    path = folder / "agent.toml"
    path.write_text(
        '[platform]\nbroker="mqtt://h"\ntenant="t"\nsite="s"\nnode="n"\npassword_file="p"\nstate_dir="st"\n[[camera]]\n'
        'device="cam1"\nurl="rtsp://10.0.0.9/user=admin&password=SECRET77&channel=1&stream=0.sdp?"\n'
    )
    (folder / "p").write_text("x")
    (folder / "p").chmod(0o600)
    path.chmod(0o644)
    with pytest.raises(Invalid, match="can be read by others"):
        config.check_secrets(config.load(path), path=path)
    path.chmod(0o600)
    config.check_secrets(config.load(path), path=path)
