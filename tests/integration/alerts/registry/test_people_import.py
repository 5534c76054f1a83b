"""People and their places from files as offices have them: encodings, workbooks, and a reason for each refused line."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from alerts.registry.people_import import PeopleOutcome, import_people, read_people
from deploy.cli import main
from models.base.errors import Invalid
from models.store import Store, people, registry
from tests.support.workbooks import workbook
from tests.support.world import TENANT, Kitchen, seed_world

AT = datetime(2026, 9, 1, 8, tzinfo=UTC)
HEAD = "统一社会信用代码,姓名,岗位,厨房编号,责任区域"


@pytest.fixture
def kitchen(store: Store) -> Kitchen:
    return seed_world(store)[0]


@pytest.fixture
def code(store: Store, kitchen: Kitchen) -> str:
    with store.read() as r:
        entity = registry.entity(r, kitchen.entity)
    assert entity is not None
    return entity.credit_code


def run(store: Store, path: Path) -> PeopleOutcome:
    outcome, lines = PeopleOutcome(), read_people(path)
    assert list(import_people(store, lines, tenant=TENANT, at=AT, outcome=outcome)) == [number for number, _ in lines]
    return outcome


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_people_are_named_and_placed_once_whatever_the_encoding(
    store: Store, kitchen: Kitchen, code: str, tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "people.csv"
    rows = [HEAD, f"{code},赵总监,食品安全总监,,", f"{code},李安全,安全员,{kitchen.site},烹饪区"]
    path.write_bytes("\r\n".join(rows).encode(encoding))
    first, second = run(store, path), run(store, path)
    assert (first.named, first.placed, first.rejected) == (2, 1, [])
    assert (second.named, second.placed, second.unchanged) == (0, 0, 2)
    with store.read() as r:
        (line,) = people.lines(r, entity_id=kitchen.entity)
    assert (line.site_id, line.zone) == (kitchen.site, "cooking")


def test_a_workbook_is_read_as_well(store: Store, code: str, tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"
    workbook(path, [["人员名单"], [*HEAD.split(",")], [code, "钱负责", "负责人", "", ""]])
    assert run(store, path).named == 1


def test_each_refused_line_has_its_number_and_reason_and_stops_no_other(
    store: Store, code: str, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    rows = [
        HEAD,
        f"{code},甲,厨师长,,",
        "91330000000000000X,乙,安全员,,",
        f"{code},,安全员,,",
        f"{code},丙,安全员,nowhere,",
        f"{code},丁,安全员,,客厅",
        f"{code},戊,安全员,,,,多余",
        f"{code},己,安全员,,",
        f"{code},己,负责人,,",
    ]
    path.write_text("\n".join(rows), "utf-8")
    outcome = run(store, path)
    said = dict(outcome.rejected)
    assert outcome.named == 1
    assert sorted(said) == [2, 3, 4, 5, 6, 7, 9]
    for number, word in ((2, "post"), (3, "credit_code"), (4, "name"), (5, "nowhere"), (6, "zone"), (7, "cells")):
        assert word in said[number], said[number]
    assert "already" in said[9]
    with store.read() as r:
        assert not [row for row in registry.entities_of_tenant(r, TENANT) if "丙" in row.name]


def test_a_refused_place_names_nobody(store: Store, kitchen: Kitchen, code: str, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(f"{HEAD}\n{code},丙,安全员,nowhere,", "utf-8")
    run(store, path)
    with store.read() as r:
        assert "丙" not in {person.name for person in people.people(r, entity_id=kitchen.entity)}


def test_another_tenants_enterprise_is_not_touched(store: Store, code: str, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(f"{HEAD}\n{code},丙,安全员,,", "utf-8")
    outcome = PeopleOutcome()
    list(import_people(store, read_people(path), tenant="elsewhere", at=AT, outcome=outcome))
    assert (outcome.named, len(outcome.rejected)) == (0, 1)


def test_a_file_without_the_columns_says_what_it_found(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("a,b,c\n1,2,3", "utf-8")
    with pytest.raises(Invalid, match="credit_code"):
        read_people(path)


def test_the_command_reports_and_ends_with_an_error(
    store: Store, code: str, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert store
    monkeypatch.setenv("MINGCHU_DATABASE_URL", database_url)
    path = tmp_path / "people.csv"
    path.write_text(f"{HEAD}\n{code},丙,安全员,,\n{code},丁,厨师长,,", "utf-8")
    done = CliRunner().invoke(main, ["people", "import", str(path), "--tenant", TENANT, "--data", str(tmp_path / "d")])
    assert done.exit_code == 1, done.output
    assert "1 people named" in done.output
    assert "line 3: rejected: post '厨师长'" in done.output
