"""The agent at a site: `mingchu agent` runs it, `mingchu camera probe` looks at one camera."""

import signal
import threading
from pathlib import Path

import click

from models.logs import configure_logs


@click.command("agent")
@click.option(
    "--config",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The agent's TOML file; docs/AGENT.md has an example.",
)
@click.option("--check", is_flag=True, help="Read the configuration and every secret, then end.")
@click.option("--log-level", default="info", show_default=True)
def agent_command(path: Path, log_level: str, *, check: bool) -> None:
    """Run the edge agent: cameras over RTSP, pictures and clips to the platform."""
    from ingest.agent import config, run  # noqa: PLC0415 - a role loads only what it needs

    read = config.load(path)
    if check:
        for camera in read.camera:
            config.address_of(camera, config=path)
        config.secret_of(read.platform.password_file, beside=path.parent)
        click.echo(f"{path}: {len(read.camera)} cameras, all in order")
        return
    configure_logs(role="agent", level=log_level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run.run(read, path.resolve(), stop=stop)


COMMANDS = (agent_command,)
