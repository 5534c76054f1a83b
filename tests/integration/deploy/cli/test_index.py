"""`mingchu index`: compute, freeze, correct and recompute at the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy.cli import main
from models.store import Store
from tests.support.indices import registered_long_ago
from tests.support.world import TENANT, Kitchen, seed_world

Run = Callable[..., Result]
MONTH = ("--month", "2026-02")


@pytest.fixture
def kitchen(store: Store) -> Kitchen:
    found = seed_world(store)[0]
    with store.write() as w:
        registered_long_ago(w)
    return found


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("MINGCHU_DATABASE_URL", database_url)
    monkeypatch.setenv("MINGCHU_DATA", str(tmp_path))
    return lambda *arguments: CliRunner().invoke(main, ["index", *arguments])


def test_a_month_is_computed_frozen_and_corrected(run: Run, store: Store, kitchen: Kitchen) -> None:
    assert "nothing to freeze" in run("freeze", *MONTH).output
    first = run("compute", *MONTH)
    assert first.exit_code == 0, first.output
    assert first.stdout.splitlines() == [
        f"{TENANT}  2026-02: 2 indices of enterprises, 2 new or changed",
        f"{TENANT}  2026-02: 2 indices of regions, 2 new or changed",
    ]
    assert "2 indices of enterprises, 0 new or changed" in run("compute", *MONTH, "--tenant", TENANT).stdout
    assert "2 frozen (entity)" in run("freeze", *MONTH).stdout
    assert run("freeze", *MONTH).exit_code == 1
    assert "a correction needs a reason" in run("compute", *MONTH).output
    with store.write() as w:
        w.raw.execute(
            "INSERT INTO duty_report (id, tenant_id, entity_id, region_code, kind, begin, until, state, days_due, "
            "days_signed, days_late, problems, opened_by, opened_at, signed_by, signed_at, signature) VALUES "
            "(gen_random_uuid(), %s, %s, %s, 'month', '2026-02-01', '2026-02-28', 'signed', 0, 0, 0, '[]', 'x', now(), "
            "'x', now(), %s)",
            [TENANT, kitchen.entity, kitchen.region, "0" * 64],
        )
    assert "2 new or changed" in run("compute", *MONTH, "--correct", "补录").stdout
    # Only enterprises changed: that no region has a draft is no reason to refuse.
    corrected = run("freeze", *MONTH)
    assert (corrected.exit_code, "0 frozen (region)" in corrected.stdout) == (0, True), corrected.output
    assert "6 indices, no differences" in run("recompute", *MONTH).stdout


def test_recomputing_exits_with_1_if_anything_differs(run: Run, store: Store, kitchen: Kitchen) -> None:
    run("compute", *MONTH)
    assert run("recompute", *MONTH).exit_code == 0
    with store.write() as w:
        w.raw.execute(
            "UPDATE index_snapshot SET inputs = jsonb_set(inputs, '{counts,posts}', '[2, 2]') WHERE entity_id = %s",
            [kitchen.entity],
        )
    found = run("recompute", *MONTH)
    assert found.exit_code == 1
    assert "企业a" in found.stdout
    assert "stored" in found.stdout


def test_what_is_no_period_or_was_never_computed_is_refused(run: Run, kitchen: Kitchen) -> None:
    assert "exactly one of --month and --year" in run("compute").output
    assert "exactly one of --month and --year" in run("recompute", *MONTH, "--year", "2026").output
    assert "expected a month" in run("compute", "--month", "2026-13").output
    assert "0 indices of cadres" in run("compute", "--year", "2026").output
    assert "no indices are stored for 2026-02" in run("recompute", *MONTH).output
