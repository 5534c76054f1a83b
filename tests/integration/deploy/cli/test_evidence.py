"""`mingchu evidence export`, `verify` and `chain`, as an operator types them."""

import json
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from alerts.evidence.sealing import seal
from alerts.hazards import review
from deploy.cli import main
from models.catalogue.terms import Role
from models.domain.access import Actor
from models.evidence.files import EvidenceFiles
from models.store import Store
from tests.support.people import raise_alert
from tests.support.world import seed_world


def test_a_task_is_exported_checked_and_a_tampered_chain_named(
    store: Store, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINGCHU_DATABASE_URL", database_url)
    monkeypatch.setenv("MINGCHU_EVIDENCE_DIR", str(tmp_path / "evidence"))

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(main, ["evidence", *map(str, arguments)])

    at = datetime.now(UTC)
    alert = raise_alert(store, EvidenceFiles(tmp_path / "evidence"), seed_world(store)[0], at=at)
    with store.write() as w:
        _, task = review.confirm(w, alert.id, revision=1, by=Actor(name="regulator", role=Role.regulator), at=at)
    bundle = tmp_path / "bundle.zip"
    early = run("export", task.id, bundle, "--by", "王检查")
    assert early.exit_code == 1
    assert "not sealed yet" in early.output
    with store.write() as w:
        seal(w, at=at)
    assert run("export", task.id, bundle, "--by", "王检查").exit_code == 0
    checked = run("verify", bundle)
    assert checked.exit_code == 0, checked.output
    assert "OK      4 records are intact" in checked.output
    whole = bundle.read_bytes()
    bundle.write_bytes(whole[:-1] + (b"1" if whole.endswith(b"0") else b"0"))
    assert "BROKEN" in run("verify", bundle).output
    assert run("chain").exit_code == 0
    with psycopg.connect(database_url) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("UPDATE transition SET actor = 'somebody'")
    found = run("chain", "--json")
    assert found.exit_code == 1
    assert "changed since it was sealed" in json.loads(found.stdout)["broken"][0]["broken"]
