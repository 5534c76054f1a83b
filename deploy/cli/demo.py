"""`mingchu demo`: run the whole platform with simulated kitchens."""

import os
import re
import sys
import threading
from pathlib import Path
from typing import Any, Literal

import click

from deploy.cli.options import data_option, demo_data_option, places_of
from deploy.demo.conductor import Conductor
from deploy.demo.plan import FOOTAGE_HOLD_S, Plan, default_plan, footage_plan, repeated
from deploy.demo.report import DemoReport
from deploy.demo.seed import seed
from deploy.embedded.folder import DataLock, default_data_dir, prepare_data_dir, temporary_data_dir
from deploy.places import Places
from deploy.stack import Stack, StackOptions, prepare_stack
from ingest.simulator.script import Faults
from models.base.errors import Invalid
from models.base.jsonio import dumps
from models.base.settings import PlatformSettings
from models.store import Store

RULES = Path(__file__).parent.parent / "demo" / "rules.toml"
DRAIN_RESERVE_S = 25.0
SHORTEST_S = 100.0
_DURATION = re.compile(r"(\d+)(s|m)?")
_FAULTS = Faults(gap=0.01, duplicate=0.05, late=0.02, garbage=0.02, oversize=0.002, skew_s=2)


def _seconds(_ctx: click.Context, _param: click.Parameter, text: str | None) -> float | None:
    if text is None:
        return None
    match = _DURATION.fullmatch(text)
    if match is None:
        raise click.BadParameter(f"{text!r}: expected seconds or minutes, like 120s or 2m")
    return float(match[1]) * (60 if match[2] == "m" else 1)


@click.command("demo")
@demo_data_option
@click.option(
    "--for", "seconds", callback=_seconds, default=None, help="Stop after this time (120s) and print a report."
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
@click.option("--port", type=int, default=None, help="Console port (default: 8080 or a free one).")
@click.option(
    "--footage",
    type=click.Path(exists=True, path_type=Path),
    default=None,
    help="Play these real pictures or this video.",
)
@click.option("--faults", is_flag=True, help="Let the simulated nodes send gaps, duplicates, late data and garbage.")
@click.option("--broker", type=click.Choice(["auto", "mosquitto", "iotcore"]), default="auto", show_default=True)
@click.option("--verbose", is_flag=True, help="Show the log of every process.")
def demo_command(
    data_dir: Path | None,
    seconds: float | None,
    port: int | None,
    footage: Path | None,
    broker: str,
    *,
    as_json: bool,
    faults: bool,
    verbose: bool,
) -> None:
    """Run the platform with simulated kitchens: pictures, tasks, feed. Needs no account and no camera."""
    plan, play_s = _settle(footage, seconds)
    options: dict[str, Any] = {"plan": plan, "play_s": play_s, "port": port, "footage": footage, "faults": faults}
    options |= {"broker": broker, "verbose": verbose}
    if seconds is not None and data_dir is not None and (data_dir / "postgres").exists():
        raise Invalid(f"--for compares sent with stored data, but {data_dir} is in use: name a new folder")
    if seconds is None or data_dir is not None:
        places = places_of(data_dir or default_data_dir().with_name("mingchu-demo"))
        conductor = _run(places, **options)
    else:
        with temporary_data_dir() as folder:
            conductor = _run(Places(folder), **options)
    if conductor.failure:
        raise click.ClickException(conductor.failure)
    if conductor.report is not None:
        _show(conductor.report, as_json=as_json)
        if conductor.report.problems:
            sys.exit(1)


def _settle(footage: Path | None, seconds: float | None) -> tuple[Plan, float | None]:
    """Return the plan and the fleet's playing time in seconds (None: no limit). Real stills play to their end."""
    if footage is not None:
        plan = footage_plan(footage)
        longest = max(len(camera.script.footage) for site in plan.sites for camera in site.cameras)
        return plan, longest * FOOTAGE_HOLD_S if seconds is None else seconds - DRAIN_RESERVE_S
    if seconds is not None and seconds < SHORTEST_S:
        raise Invalid(f"--for {seconds:g}s: the script needs at least {SHORTEST_S:g}s")
    return (repeated(default_plan()), None) if seconds is None else (default_plan(), seconds - DRAIN_RESERVE_S)


def _run(
    places: Places,
    *,
    plan: Plan,
    play_s: float | None,
    port: int | None,
    footage: Path | None,
    faults: bool,
    broker: Literal["auto", "mosquitto", "iotcore"],
    verbose: bool,
) -> Conductor:
    prepare_data_dir(places.data_dir)
    with DataLock(places.data_dir) as lock, Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        stack = prepare_stack(StackOptions(data_dir=places.data_dir, console_port=port, rules=RULES, broker=broker))
        ledger = places.data_dir / "run" / "simulator.json"
        ledger.unlink(missing_ok=True)
        _add_demo_children(stack, ledger, footage=footage, play_s=play_s, faults=faults)
        supervisor = stack.supervisor(lock, stream=None if verbose else nowhere)
        conductor = Conductor(
            places=places,
            endpoints=stack.endpoints,
            plan=plan,
            supervisor=supervisor,
            ledger=ledger,
            play_s=play_s,
            footage=footage is not None,
        )
        click.echo(f"starting on {places.data_dir} …", err=True)
        threading.Thread(target=conductor.run, name="conductor", daemon=True).start()
        supervisor.run()
        conductor.stop.set()
    return conductor


def _add_demo_children(stack: Stack, ledger: Path, *, footage: Path | None, play_s: float | None, faults: bool) -> None:
    arguments = ["--faults"] if faults else []
    if footage is not None:
        arguments += ["--footage", str(footage.resolve())]
    if play_s is not None:
        arguments += ["--play", str(play_s)]
    script = str(stack.places.secrets / "fleet.json")
    needs = ("seed", "ingest", "vision", "alerts", "api")
    # The role computes indices when it starts, and again only after ten minutes: the past has to be there.
    stack.before_alerts = ("seed",)
    stack.extra += [
        stack.role("seed", arguments, after=("migrate",), once=True),
        stack.role("simulate", (script, "--ledger", str(ledger)), after=needs),
    ]


@click.command("seed", hidden=True)
@click.option("--footage", type=click.Path(exists=True, path_type=Path), default=None)
@click.option("--play", "play_s", type=float, default=None)
@click.option("--faults", is_flag=True)
@data_option
def seed_command(footage: Path | None, play_s: float | None, data_dir: Path | None, *, faults: bool) -> None:
    """Register the demo's enterprises, devices and users."""
    if footage is not None:
        plan = footage_plan(footage)
    else:
        plan = repeated(default_plan()) if play_s is None else default_plan()
    with Store(PlatformSettings.read().direct_url, size=1) as store:
        seed(store, places_of(data_dir), plan, faults=_FAULTS if faults else Faults(), duration_s=play_s)


def _show(report: DemoReport, *, as_json: bool) -> None:
    if as_json:
        click.echo(dumps(report.as_json()))
        return
    for name, value in report.as_json().items():
        if name not in {"situations", "problems"}:
            click.echo(f"{name:20} {value}")
    for situation in report.situations:
        told = "not alerted" if situation.latency_s is None else f"alerted after {situation.latency_s} s"
        click.echo(f"  {situation.code:16} {situation.site:16} {told}")
    for problem in report.problems:
        click.echo(f"✗ {problem}")


COMMANDS = (demo_command, seed_command)
