"""`mingchu code`: shipped values, values in force, overrides begun and ended at the command line."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy.cli import main
from models.catalogue.codes import SENSOR_CODES, VIOLATION_CODES
from models.store import Store
from tests.support.overrides import rows
from tests.support.paths import ROOT
from tests.support.world import TENANT, Kitchen, seed_world

Run = Callable[..., Result]


@pytest.fixture
def kitchen(store: Store) -> Kitchen:
    return seed_world(store)[0]


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("MINGCHU_DATABASE_URL", database_url)
    monkeypatch.setenv("MINGCHU_DATA", str(tmp_path))
    return lambda *arguments: CliRunner().invoke(main, ["code", *arguments])


def shown(run: Run, *arguments: str) -> dict[str, dict[str, object]]:
    done = run("show", *arguments, "--json")
    assert done.exit_code == 0, done.output
    values: dict[str, dict[str, object]] = json.loads(done.stdout)["values"]
    return values


def test_the_list_is_a_table_and_json(run: Run) -> None:
    table = run("list").stdout
    assert [line.split()[0] for line in table.splitlines()] == [*VIOLATION_CODES, *SENSOR_CODES]
    listed = json.loads(run("list", "--json").stdout)
    assert [one["code"] for one in listed] == [*VIOLATION_CODES, *SENSOR_CODES]
    assert listed[0]["values"]["severity"] == {
        "value": "minor",
        "level": "catalogue",
        "override_id": None,
        "law": False,
    }


def test_the_tables_are_written_between_their_marks(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    text = (ROOT / "docs" / "CATALOGUE.md").read_text(encoding="utf-8")
    page.write_text(text.replace("| `rodent` |", "| `mouse` |"), encoding="utf-8")
    assert run("list", "--markdown", "--write", str(page)).exit_code == 0
    assert page.read_text(encoding="utf-8") == text
    page.write_text("no marks", encoding="utf-8")
    assert "expected two lines" in run("list", "--markdown", "--write", str(page)).output


def test_an_override_is_begun_shown_and_ended(run: Run, kitchen: Kitchen, store: Store) -> None:
    begun = run(
        *(
            "override",
            "fridge_temp",
            "--device",
            kitchen.fridge,
            "--warn",
            "6",
            "--alarm",
            "7",
            "--limit",
            "warn_low=-1",
        ),
        *(
            "--severity",
            "critical",
            "--deadline",
            "2",
            "--reason",
            "疫苗",
            "--until",
            f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%dT%H:%M:%S}+00:00",
        ),
    )
    assert begun.exit_code == 0, begun.output
    override_id = begun.stdout.strip()
    values = shown(run, "fridge_temp", "--device", kitchen.fridge)
    own = {"level": "device", "override_id": override_id}
    assert values["limits.warn"] == own | {"value": 6.0, "law": True}
    assert values["limits.alarm"] == own | {"value": 7.0, "law": True}
    assert values["limits.warn_low"] == own | {"value": -1.0, "law": False}
    assert values["deadline"] == own | {"value": 7200.0, "law": False}
    assert values["limits.alarm_far"]["level"] == "catalogue"
    assert shown(run, "fridge_temp")["limits.warn"]["value"] == 8.0
    text = run("show", "fridge_temp", "--device", kitchen.fridge).stdout
    assert f"device override {override_id} by cli: 疫苗" in text
    assert f"override {override_id} of device:{kitchen.fridge} by cli" in text
    assert run("end", override_id, "--reason", "搬走").exit_code == 0
    assert shown(run, "fridge_temp", "--device", kitchen.fridge)["limits.warn"]["value"] == 8.0
    assert (
        f'cli end {override_id}: {{"deadline":7200.0,"severity":"critical"'
        in run("show", "fridge_temp", "--tenant", TENANT).stdout
    )
    assert run("end", override_id, "--reason", "again").exit_code == 1
    assert rows(store, "SELECT action, actor, reason FROM code_override_log ORDER BY id") == [
        ("begin", "cli", "疫苗"),
        ("end", "cli", "搬走"),
    ]


def test_an_override_is_for_a_region_an_enterprise_or_the_tenant(run: Run, kitchen: Kitchen) -> None:
    why = ("--reason", "试点")
    assert run("override", "phone_use", "--tenant", TENANT, "--off", *why).exit_code == 0
    assert run("override", "phone_use", "--tenant", TENANT, "--region", kitchen.region, "--on", *why).exit_code == 0
    assert shown(run, "phone_use", "--tenant", TENANT)["watched"]["value"] is False
    assert shown(run, "phone_use", "--device", kitchen.camera)["watched"]["value"] is True
    hours = ("--hours", "06:00-20:00", *why)
    assert run("override", "phone_use", "--entity", str(kitchen.entity), *hours).exit_code == 0
    assert shown(run, "phone_use", "--entity", str(kitchen.entity))["hours"]["value"] == "06:00-20:00"
    assert shown(run, "phone_use", "--tenant", TENANT, "--region", "330603")["watched"]["level"] == "tenant"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("override", "rodent", "--off", "--reason", "x"), "name a place"),
        (("override", "rodent", "--tenant", TENANT, "--reason", "x"), "nothing is changed"),
        (("override", "mouse", "--tenant", TENANT, "--off", "--reason", "x"), "unknown code"),
        (("override", "rodent", "--tenant", TENANT, "--off"), "Missing option '--reason'"),
        (("override", "rodent", "--device", "nowhere", "--off", "--reason", "x"), "no device"),
        (("override", "rodent", "--tenant", TENANT, "--hours", "never", "--reason", "x"), "span of local time"),
        (("override", "rodent", "--tenant", TENANT, "--off", "--reason", "x", "--until", "soon"), "expected a time"),
        (("override", "fridge_temp", "--tenant", TENANT, "--limit", "warn", "--reason", "x"), "expected NAME=VALUE"),
        (("override", "fridge_temp", "--tenant", TENANT, "--alarm", "5", "--reason", "x"), "wrong order"),
        (("show", "fridge_temp", "--region", "33"), "--region needs --tenant"),
        (("end", "00000000-0000-0000-0000-000000000000", "--reason", "x"), "no override"),
    ],
    ids=str,
)
def test_a_wrong_command_states_what_was_expected(
    run: Run, kitchen: Kitchen, arguments: tuple[str, ...], said: str
) -> None:
    done = run(*arguments)
    assert done.exit_code != 0
    assert said in done.output
    assert "Traceback" not in done.output
