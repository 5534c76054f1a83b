"""docs/OPERATIONS.md names only what exists: commands, options, metrics, settings, alerts, addresses."""

import json
import re
import shlex
from collections.abc import Iterator

import click
import pytest

from deploy.cli import main
from tests.support.paths import ROOT
from tests.support.shipped import declared
from tests.unit.deploy.prometheus.test_alerts import rules

TEXT = (ROOT / "docs" / "OPERATIONS.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "docs" / "SETTINGS.md").read_text(encoding="utf-8")


def commands() -> Iterator[str]:
    """Every `mingchu …` between back quotes, and every line of a block that begins so."""
    blocks = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    for line in "".join(blocks).splitlines():
        if line.strip().startswith("mingchu "):
            yield line.split(" #")[0].strip()
    rest = re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL)
    for said in re.findall(r"`([^`]+)`", rest):
        if said.startswith("mingchu "):
            yield " ".join(said.split())


@pytest.mark.parametrize("said", sorted(set(commands())))
def test_every_command_and_option_exists(said: str) -> None:
    words = shlex.split(said)[1:]
    command: click.Command = main
    while words and isinstance(command, click.Group) and not (command.invoke_without_command and words[0][0] == "-"):
        name = words.pop(0)
        assert name in command.commands, f"no command {name!r}"
        command = command.commands[name]
    assert not isinstance(command, click.Group) or command.invoke_without_command, f"`{said}` is not complete"
    known = {name for option in command.params for name in option.opts if isinstance(option, click.Option)}
    assert [word for word in words if word.startswith("-") and word not in known] == []


def test_every_metric_setting_and_alert_exists() -> None:
    metrics = set(re.findall(r"\bmingchu_[a-z_]+\b", TEXT)) - {"mingchu_api_login", "mingchu_worker_login"}
    assert metrics - declared() == set()
    assert len(metrics) >= 15
    settings = set(re.findall(r"\bMINGCHU_[A-Z_]+\b", TEXT))
    assert {name for name in settings if f"`{name}`" not in SETTINGS} == set()
    alerts = set(re.findall(r"\bMingchu[A-Z]\w+\b", TEXT))
    assert alerts - {rule["alert"] for rule in rules()} == set()


def test_every_alert_of_prometheus_has_its_chapter() -> None:
    assert [rule["alert"] for rule in rules() if rule["alert"] not in TEXT] == []


def test_every_address_exists() -> None:
    named = set(re.findall(r"`(?:GET|POST) (/[^`?]+)`", TEXT))
    assert len(named) >= 6
    contract = json.loads((ROOT / "tests" / "contract" / "api" / "openapi.json").read_text(encoding="utf-8"))
    assert named - set(contract["paths"]) == set()
