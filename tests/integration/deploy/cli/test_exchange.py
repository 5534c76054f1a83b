"""`mingchu exchange`: a province's files at the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy.cli import exchange, main
from models.base.jsonio import loads
from models.store import Store
from tests.support.world import TENANT, seed_world

Run = Callable[..., Result]
OF = ("--tenant", TENANT)


@pytest.fixture
def run(store: Store, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    seed_world(store)
    monkeypatch.setenv("MINGCHU_DATABASE_URL", database_url)
    monkeypatch.setenv("MINGCHU_DATA", str(tmp_path / "data"))
    return lambda *arguments: CliRunner().invoke(main, ["exchange", *map(str, arguments)])


def test_what_is_exported_compares_as_the_same(run: Run, tmp_path: Path) -> None:
    for ending in ("csv", "xlsx", "json"):
        out = tmp_path / f"entities.{ending}"
        assert run("export", "entities", out, *OF).exit_code == 0
        seen = run("check", "entities", out, *OF)
        assert (seen.exit_code, seen.stdout.strip()) == (
            0,
            "0 new (新增), 0 changed (变更), 2 same (一致), 0 unknown (无法对应), 0 invalid (有误)",
        )
    one = run("export", "entities", tmp_path / "a.json", *OF, "--region", "330602")
    assert one.exit_code == 0, one.output
    assert [row["name"] for row in loads((tmp_path / "a.json").read_text())] == ["企业a"]
    assert (
        "expected a name that ends with .csv, .xlsx, .json" in run("export", "entities", tmp_path / "x.doc", *OF).output
    )


def test_a_file_is_applied_in_parts_and_again_without_a_change(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "BATCH", 2)
    path = tmp_path / "干部.csv"
    rows = [f"干部{number},书记,village,33060200{number},\n" for number in range(1, 6)]
    path.write_text("姓名,职务,层级,区划代码,联系电话\n" + "".join(rows) + "无名,,,330602,\n")
    seen = run("check", "cadres", path, *OF)
    assert (seen.exit_code, "5 new" in seen.stdout) == (1, True), seen.output
    assert "line 7: invalid 无名 330602: post: '', expected a value for a new row" in seen.stderr
    done = run("apply", "cadres", path, *OF, "--reason", "组织部 11 月名单")
    assert "5 new (新增), 0 changed (变更), 0 same (一致), 0 unknown (无法对应), 1 invalid (有误)" in done.stdout
    assert "0 new (新增), 0 changed (变更), 5 same (一致)" in run("apply", "cadres", path, *OF, "--reason", "x").stdout
