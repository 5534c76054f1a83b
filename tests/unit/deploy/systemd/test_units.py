"""The systemd units start commands that exist, with options that they have, in an order that holds."""

import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from deploy.cli import main
from tests.support.paths import ROOT

UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
ONCE = {"mingchu-migrate.service", "mingchu-backup.service"}
"""Units of work that ends."""
SECTIONS = {
    "Unit": {"Description", "After", "Wants", "Requires"},
    "Service": {
        "Environment",
        "EnvironmentFile",
        "ExecStart",
        "NoNewPrivileges",
        "PrivateTmp",
        "ProtectHome",
        "ProtectSystem",
        "ReadWritePaths",
        "RemainAfterExit",
        "Restart",
        "RestartSec",
        "StateDirectory",
        "TimeoutStopSec",
        "Type",
        "User",
    },
    "Install": {"WantedBy"},
}


def entries(unit: Path) -> list[tuple[str, str, str]]:
    """The entries of a unit: section, name, value. A name may occur more than once."""
    section, found = "", []
    for line in unit.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.append((section, name, value))
    return found


def values(unit: Path, name: str) -> list[str]:
    return [value for _, key, value in entries(unit) if key == name]


def test_there_is_a_unit_for_each_role() -> None:
    names = {unit.name for unit in UNITS}
    assert names == {
        "mingchu-alerts@.service",
        "mingchu-api.service",
        "mingchu-backup.service",
        "mingchu-ingest@.service",
        "mingchu-migrate.service",
        "mingchu-vision@.service",
    }


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_has_known_entries_only(unit: Path) -> None:
    assert {(section, name) for section, name, _ in entries(unit) if name not in SECTIONS.get(section, ())} == set()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_a_command_with_options_that_it_has(unit: Path) -> None:
    (line,) = values(unit, "ExecStart")
    program, name, *arguments = shlex.split(line.replace("%i", "a"))
    assert program.endswith("/mingchu")
    command = main.commands[name]
    # Parsing checks the options, and runs nothing.
    assert command.make_context(name, arguments, parent=click.Context(main), resilient_parsing=False).params is not None


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_every_role_waits_for_the_schema_and_none_runs_as_root(unit: Path) -> None:
    assert values(unit, "User") == ["mingchu"]
    if unit.name not in ONCE:
        assert "mingchu-migrate.service" in " ".join(values(unit, "After"))
        assert values(unit, "Requires") == ["mingchu-migrate.service"]
        assert values(unit, "Restart") == ["always"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_no_unit_holds_a_secret(unit: Path) -> None:
    assert all("URL" not in value and "PASSWORD" not in value for value in values(unit, "Environment"))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace("/opt/mingchu/bin/mingchu", "/bin/true")
        (tmp_path / unit.name).write_text(text)
        (tmp_path / unit.name.replace("@.", "@a.")).write_text(text)
    for timer in (ROOT / "deploy" / "systemd").glob("*.timer"):
        (tmp_path / timer.name).write_text(timer.read_text(encoding="utf-8"))
    started = [str(path) for path in tmp_path.glob("*.service") if "@." not in path.name]
    ran = subprocess.run(
        ["systemd-analyze", "verify", *started, *map(str, tmp_path.glob("*.timer"))],
        capture_output=True,
        text=True,
        check=False,
    )
    told = [line for line in ran.stderr.splitlines() if "mingchu-" in line]
    assert (len(started), told) == (6, [])
