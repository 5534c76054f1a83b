"""`mingchu secrets` and `mingchu user first`."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result

from deploy.cli import main
from deploy.doctor.checks import examine
from deploy.places import Places
from models.base.sealed import FILE, KEYS, MARK, make_keys
from models.catalogue.terms import Role
from models.store import Store
from tests.support.people import add_user
from tests.support.world import TENANT, seed_world

Run = Callable[..., Result]


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    (tmp_path / "secrets").mkdir()
    path = tmp_path / "secrets" / "database-keys"
    make_keys(path)
    return path


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("MINGCHU_DATABASE_URL", database_url)
    for name in (FILE, KEYS, "MINGCHU_PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)
    return lambda *words: CliRunner().invoke(main, [*words, "--data", str(tmp_path)])


@pytest.fixture
def secrets(store: Store) -> None:
    """A webhook with two secrets and a second factor, in clear as before there was a key."""
    seed_world(store)
    add_user(store, "regulator", Role.regulator, region="330602")
    with store.write() as w:
        w.raw.execute("RESET ROLE")
        w.raw.execute("UPDATE app_user SET totp_secret = 'GEHEIM'")
        w.raw.execute(
            "INSERT INTO webhook_endpoint (id, tenant_id, region_code, url, types, description, secret, old_secret, "
            "cursor, created_by, created_at) VALUES (%s, %s, '3306', 'https://x.cn/h', '{}', '', 'whsec_1', 'whsec_0', "
            "0, 'x', now())",
            [uuid4(), TENANT],
        )


def stored(store: Store) -> list[str]:
    with store.read() as r:
        found = r.raw.execute(
            "SELECT secret FROM webhook_endpoint UNION ALL SELECT old_secret FROM webhook_endpoint "
            "UNION ALL SELECT totp_secret FROM app_user"
        )
        return [str(text) for (text,) in found]


@pytest.mark.usefixtures("secrets", "keys")
def test_what_was_stored_in_clear_is_encrypted_and_counted(run: Run, store: Store) -> None:
    assert "not encrypted                  3" in run("secrets", "status").output
    said = run("secrets", "renew")
    assert said.exit_code == 0, said.output
    assert said.output == "3 secrets encrypted anew\n"
    assert all(text.startswith(MARK) for text in stored(store))
    assert "encrypted with the first key   3" in run("secrets", "status").output


@pytest.mark.usefixtures("secrets")
def test_rotation_changes_every_secret_and_prints_none(run: Run, store: Store, keys: Path) -> None:
    run("secrets", "renew")
    before, old = stored(store), keys.read_text().strip()
    said = run("secrets", "rotate")
    assert said.exit_code == 0, said.output
    assert not set(before) & set(stored(store))
    assert keys.read_text().split()[1] == old
    assert not any(key in said.output for key in keys.read_text().split())
    assert "older key    0" in run("secrets", "status").output


@pytest.mark.usefixtures("secrets")
def test_lost_keys_are_told(run: Run, keys: Path) -> None:
    run("secrets", "renew")
    keys.unlink()
    assert "[invalid]" in run("secrets", "status").output
    make_keys(keys)
    found = run("secrets", "status")
    assert found.exit_code == 1
    assert "no key decrypts it             3" in found.output


def test_the_first_link_is_printed_only_while_nobody_can_log_in(run: Run, store: Store) -> None:
    said = run("user", "first")
    assert said.exit_code == 0, said.output
    assert said.stdout.startswith("http://127.0.0.1:8080/console/welcome#")
    seed_world(store)
    add_user(store, "regulator", Role.regulator, region="330602")
    refused = run("user", "first")
    assert refused.exit_code == 1
    assert "[conflict]" in refused.output


@pytest.mark.usefixtures("secrets")
def test_the_doctor_tells_of_secrets_in_clear_and_of_lost_keys(run: Run, keys: Path, tmp_path: Path) -> None:
    def told() -> list[tuple[bool, str]]:
        return [(one.good, one.what) for one in examine(Places(tmp_path)) if "secrets" in one.what or FILE in one.what]

    assert told() == [(True, "3 secrets in the database are not encrypted")]
    run("secrets", "renew")
    assert told() == []
    keys.unlink()
    make_keys(keys)
    assert told() == [(False, "no key decrypts 3 secrets in the database")]
    keys.write_text("no key")
    assert [good for good, _ in told()] == [False]
