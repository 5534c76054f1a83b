"""The agent at a site: `mingchu agent` runs it, `mingchu camera probe` looks at one camera."""

import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from models.base.logs import configure_logs

if TYPE_CHECKING:
    from ingest.video.probe import Probe


@click.command("agent")
@click.option(
    "--config",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The agent's TOML file; docs/AGENT.md has an example.",
)
@click.option("--check", is_flag=True, help="Read the configuration, every secret and the rules, then end.")
@click.option("--log-level", default="info", show_default=True)
def agent_command(path: Path, log_level: str, *, check: bool) -> None:
    """Run the edge agent: read cameras over RTSP and send pictures and clips to the platform."""
    from ingest.agent import config, run  # noqa: PLC0415 - a role loads only what it needs

    read = config.load(path)
    if check:
        config.check_secrets(read, path=path)
        if read.edge is not None:
            from vision.edge import rules_of  # noqa: PLC0415 - loads the detector
            from vision.weights.shipped import shipped  # noqa: PLC0415 - loads the detector

            rules_of(read.edge, beside=path.parent, classes=shipped().classes)
        click.echo(f"{path}: {len(read.camera)} cameras, all in order")
        return
    configure_logs(role="agent", level=log_level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if read.edge is None:
        run.run(read, path.resolve(), stop=stop)
    else:
        from vision.edge import run_with_judge  # noqa: PLC0415 - loads the detector

        run_with_judge(read, path.resolve(), stop=stop)


@click.group("camera")
def camera_group() -> None:
    """Check cameras before you register them."""


@camera_group.command("probe")
@click.argument("url")
@click.option("--username", default=None, help="User name, if the address does not contain it.")
@click.option("--password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=None)
@click.option("--snapshot", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Write a JPEG here.")
@click.option("--seconds", default=10.0, show_default=True, help="How long to listen.")
def probe_command(
    url: str, username: str | None, password_file: Path | None, snapshot: Path | None, seconds: float
) -> None:
    """Check one camera: whether it is reachable, what it sends, and which settings to change.

    The password comes from --password-file or a prompt. A password in the address would show in the list of processes.
    """
    from ingest.agent.config import secret_of  # noqa: PLC0415 - a role loads only what it needs
    from ingest.video.address import CameraAddress  # noqa: PLC0415 - a role loads only what it needs
    from ingest.video.probe import probe  # noqa: PLC0415 - a role loads only what it needs

    password = None if password_file is None else secret_of(password_file, beside=Path.cwd())
    address = CameraAddress.parse(url, username=username, password=password)
    if address.username is not None and address.password is None:
        asked = click.prompt("密码 password", hide_input=True, default="", show_default=False)
        address = CameraAddress.parse(url, username=username, password=asked)
    found = probe(address, listen_s=seconds)
    for line in _described(found):
        click.echo(line)
    if snapshot is not None and found.snapshot is not None:
        snapshot.write_bytes(found.snapshot)
        click.echo(f"snapshot: {snapshot}")
    if not found.ok:
        sys.exit(1)


def _described(found: "Probe") -> list[str]:
    lines = [f"camera: {found.reason or 'ok'}{': ' if found.detail else ''}{found.detail}"]
    if found.ok:
        lines.append(f"video: {found.codec} {found.width}×{found.height}, {_known(found.fps, 'fps')}")
        lines.append(f"key frames: every {_known(found.key_interval_s, 's')}; {_known(found.bitrate_kbps, 'kbps')}")
        lines.append(f"first picture after {_known(found.first_frame_s, 's')}")
    if found.clock_skew_s is not None:
        lines.append(f"camera's clock: {found.clock_skew_s:+g} s")
    for advice in found.advice:
        lines += [f"→ {advice.zh}", f"  {advice.en}"]
    return lines


def _known(value: float | None, unit: str) -> str:
    return "?" if value is None else f"{value:g} {unit}"


COMMANDS = (agent_command, camera_group)
