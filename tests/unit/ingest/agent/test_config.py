from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy.cli import main
from deploy.tls import TlsFiles, ensure
from ingest.agent import config
from ingest.agent.camera import Patience
from ingest.agent.run import next_session
from ingest.payloads.command import ClipCommand, parse_clip
from models.base.errors import Invalid

PLATFORM = """
[platform]
broker = "mqtt://127.0.0.1:1883"
tenant = "t"
site = "s"
node = "n"
password_file = "node.secret"
state_dir = "state"
"""
LOCAL = '[local]\nbroker = "mqtt://127.0.0.1"\n'
HIKVISION = '[[vendor]]\nkind = "hikvision"\nhost = "h"\nusername = "u"\ncameras = { "1" = "cam1" }\n'
VENDOR = '[[vendor]]\nkind = "frigate"\ntopic = "frigate/events"\ncameras = { hall = "cam1" }\n'
CAMERA = '[[camera]]\ndevice = "cam1"\n'


def written(folder: Path, text: str, *, mode: int = 0o600) -> Path:
    path = folder / "agent.toml"
    path.write_text(text)
    path.chmod(mode)
    return path


def secret(folder: Path, name: str, text: str, *, mode: int = 0o600) -> None:
    (folder / name).write_text(text)
    (folder / name).chmod(mode)


def test_a_camera_takes_its_defaults_and_its_secret_from_a_file_beside_the_configuration(tmp_path: Path) -> None:
    secret(tmp_path, "cam1.url", "rtsp://admin:p%40ss@10.0.0.64/live\n")
    path = written(tmp_path, PLATFORM + CAMERA + 'url_file = "cam1.url"\n', mode=0o644)
    read = config.load(path)
    address = config.address_of(read.camera[0], config=path)
    assert (address.username, address.password, address.url) == ("admin", "p@ss", "rtsp://10.0.0.64/live")
    assert (read.camera[0].sample_fps, read.camera[0].sample, read.camera[0].ring_s) == (1.0, "auto", 60.0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (PLATFORM + CAMERA + 'url = "rtsp://c/"\ncolour = "red"\n', "camera.0.colour: unknown key"),
        (PLATFORM.replace("site", "town") + CAMERA + 'url = "rtsp://c/"\n', "platform.site: Field required"),
        (PLATFORM + CAMERA, "exactly one of url and url_file"),
        (PLATFORM + CAMERA + 'url = "rtsp://c/"\nsample_fps = 0\n', "camera.0.sample_fps"),
        (PLATFORM + 2 * (CAMERA + 'url = "rtsp://c/"\n'), "device cam1 is configured more than once"),
        (PLATFORM.replace('"n"', '"N!"'), "platform.node"),
        ("[platform", "agent.toml"),
        (PLATFORM.replace("mqtt://127.0.0.1:1883", "/foo"), "platform.broker: Value error, broker address: expected"),
        (PLATFORM.replace(":1883", ":99999"), "platform.broker"),
        (PLATFORM + '[local]\nbroker = "http://nonsense"\n', "local.broker"),
        (PLATFORM + LOCAL + VENDOR + "detect_size = [0, 0]\n", "detect_size"),
    ],
)
def test_a_wrong_configuration_names_the_key(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(Invalid) as refusal:
        config.load(written(tmp_path, text))
    assert says in str(refusal.value)


def test_a_refusal_contains_no_secret_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, PLATFORM + CAMERA + 'url = ["rtsp://admin:s3cret@c/"]\npassword = "s3cret"\n')
    with pytest.raises(Invalid) as refusal:
        config.load(path)
    assert "s3cret" not in str(refusal.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_secret_readable_by_others_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    secret(tmp_path, "node.secret", "s3cret", mode=mode)
    with pytest.raises(Invalid, match="chmod 600") as refusal:
        config.secret_of(Path("node.secret"), beside=tmp_path)
    assert "s3cret" not in str(refusal.value)


def test_a_configuration_with_a_password_must_be_private(tmp_path: Path) -> None:
    path = written(tmp_path, PLATFORM + CAMERA + 'url = "rtsp://admin:s3cret@c/"\n', mode=0o644)
    with pytest.raises(Invalid, match="chmod 600"):
        config.address_of(config.load(path).camera[0], config=path)
    path.chmod(0o600)
    assert config.address_of(config.load(path).camera[0], config=path).password == "s3cret"


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_secret_is_refused(tmp_path: Path, text: str) -> None:
    secret(tmp_path, "node.secret", text)
    with pytest.raises(Invalid, match="is empty"):
        config.secret_of(Path("node.secret"), beside=tmp_path)


def test_the_command_checks_a_configuration_without_running_it(tmp_path: Path) -> None:
    secret(tmp_path, "node.secret", "x")
    good = written(tmp_path, PLATFORM + CAMERA + 'url = "rtsp://10.0.0.64/live"\n')
    done = CliRunner().invoke(main, ["agent", "--config", str(good), "--check"])
    assert done.exit_code == 0, done.output
    assert "1 cameras" in done.output
    secret(tmp_path, "node.secret", "x", mode=0o644)
    refused = CliRunner().invoke(main, ["agent", "--config", str(good), "--check"])
    assert refused.exit_code == 1
    assert "chmod 600" in refused.output


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (LOCAL + 'password_file = "gone.local"\n', "gone.local"),
        (
            HIKVISION + 'password_file = "gone.vendor"\n',
            "gone.vendor",
        ),
        ('[edge]\nrules = "gone.toml"\n', "cannot read the rules"),
        (CAMERA + 'url = "rtsp://c/"\npassword_file = "gone.camera"\n', "gone.camera"),
    ],
)
def test_a_check_reads_every_file_that_a_run_reads(tmp_path: Path, more: str, says: str) -> None:
    secret(tmp_path, "node.secret", "x")
    done = CliRunner().invoke(main, ["agent", "--config", str(written(tmp_path, PLATFORM + more)), "--check"])
    assert done.exit_code == 1, done.output
    assert says in done.output


def test_every_birth_has_a_larger_number_even_if_the_clock_goes_back_or_the_file_is_lost(tmp_path: Path) -> None:
    now = datetime(2026, 9, 21, tzinfo=UTC)
    first = next_session(tmp_path / "session", now=now)
    second = next_session(tmp_path / "session", now=datetime(2020, 1, 1, tzinfo=UTC))
    assert second == first + 1
    assert next_session(tmp_path / "elsewhere", now=datetime(2026, 9, 22, tzinfo=UTC)) > second


def test_waits_grow_to_their_bound_and_are_spread() -> None:
    patience = Patience()
    waits = [[patience.wait_s(n, "unreachable") for _ in range(20)] for n in (1, 3, 30)]
    assert all(0.75 <= wait <= 1.25 for wait in waits[0])
    assert all(3 <= wait <= 5 for wait in waits[1])
    assert all(22.5 <= wait <= 37.5 for wait in waits[2])
    assert len(set(waits[0])) > 1


COMMAND = (
    '{"id":"0198a9c0-0000-7000-8000-000000000001","expires_at":"2026-09-21T08:05:00Z",'
    '"from":"2026-09-21T08:00:00Z","to":"2026-09-21T08:00:20Z","upload_url":"http://h:1/v1/uploads/s3cret"}'
)


def test_a_clip_command_is_read_and_keeps_its_token_out_of_its_repr() -> None:
    command = parse_clip(COMMAND.encode())
    assert (command.end - command.start).total_seconds() == 20
    assert str(command.upload_url) == "http://h:1/v1/uploads/s3cret"
    assert "s3cret" not in repr(command)
    assert isinstance(command, ClipCommand)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("08:00:20", "07:59:59", "after `from`"),
        ("08:00:20", "09:00:20", "900 s"),
        ("08:00:20Z", "08:00:20", "to"),
        ("http://h:1", "ftp://h:1", "upload_url"),
        ('"expires_at"', '"expires"', "expires_at"),
    ],
)
def test_an_impossible_clip_command_is_refused_without_repeating_its_token(old: str, new: str, says: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_clip(COMMAND.replace(old, new).encode())
    assert says in str(refusal.value)
    assert "s3cret" not in str(refusal.value)


def test_an_authority_is_a_certificate_or_refused(tmp_path: Path) -> None:
    files = TlsFiles(tmp_path / "tls")
    ensure(files, ("localhost",), at=datetime.now(UTC))
    secret(tmp_path, "node.secret", "x")
    pem = files.authority.read_text()
    read = config.load(written(tmp_path, PLATFORM + f"ca = '''\n{pem}'''\n"))
    assert read.platform.ca == pem
    with pytest.raises(Invalid, match=r"platform\.ca.*BEGIN CERTIFICATE"):
        config.load(written(tmp_path, PLATFORM + 'ca = "no certificate"\n'))
