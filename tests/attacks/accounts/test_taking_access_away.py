"""Access that is taken away is gone at once."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy.cli import main
from models.store import Store, devices
from models.store.migrate import newest_revision
from tests.support.http import Rig, running_app
from tests.support.people import PASSWORD

Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("MINGCHU_DATABASE_URL", database_url)

    def call(*words: str) -> Result:
        return CliRunner().invoke(main, [*words, "--data", str(tmp_path)])

    return call


@pytest.fixture
def rig(store: Store, api_store: Store, database_url: str, tmp_path: Path) -> Iterator[Rig]:
    with running_app(store, api_store, database_url, tmp_path / "evidence") as found:
        yield found


def test_a_new_password_ends_the_sessions_of_the_old_one(rig: Rig, run: Run) -> None:
    browser = rig.browser("regulator-a")
    said = run("user", "password", "regulator-a")
    assert said.exit_code == 0, said.output
    assert browser.get("/v1/me").status_code == 401
    password = said.output.split()[-1]
    old = rig.http.post("/login", data={"login": "regulator-a", "password": PASSWORD})
    new = rig.http.post("/login", data={"login": "regulator-a", "password": password})
    assert (old.status_code, new.status_code) == (401, 303)


def test_a_disabled_user_is_logged_out_at_once_and_may_log_in_when_enabled(rig: Rig, run: Run) -> None:
    browser = rig.browser("regulator-a")
    assert run("user", "disable", "regulator-a").exit_code == 0
    assert browser.get("/v1/me").status_code == 401
    assert rig.http.post("/login", data={"login": "regulator-a", "password": PASSWORD}).status_code == 401
    assert "disabled" in run("user", "list").output
    assert run("user", "enable", "regulator-a").exit_code == 0
    assert rig.http.post("/login", data={"login": "regulator-a", "password": PASSWORD}).status_code == 303


def test_sessions_are_listed_with_their_address_and_ended(rig: Rig, run: Run) -> None:
    browser = rig.browser("regulator-a")
    assert "from testclient" in run("user", "sessions", "regulator-a").output
    assert "1 sessions ended" in run("user", "sessions", "regulator-a", "--end").output
    assert browser.get("/v1/me").status_code == 401


@pytest.mark.parametrize("command", ["password", "disable", "enable"])
def test_an_unknown_user_is_said_to_be_unknown(rig: Rig, run: Run, command: str) -> None:
    del rig
    said = run("user", command, "nobody")
    assert (said.exit_code, "no user 'nobody'" in said.output) == (1, True)


def test_a_node_whose_counter_ran_ahead_gets_a_way_back(rig: Rig, run: Run) -> None:
    with rig.store.write() as w:
        w.raw.execute("UPDATE node SET session = 1000000000, online = true WHERE id = 'node-a'")
        w.raw.execute("INSERT INTO node_stream VALUES ('node-a', 'reading', 1000000000, 5, 0, now())")
    said = run("node", "reset", "node-a")
    assert said.exit_code == 0, said.output
    with rig.store.read() as r:
        node = devices.nodes(r)["node-a"]
        assert r.raw.execute("SELECT count(*) FROM node_stream").fetchall() == [(0,)]
    assert (node.session, node.online, node.reset_at is not None) == (0, False, True)
    assert run("node", "reset", "nobody").exit_code == 1


def test_a_new_secret_from_the_console_also_forgets_a_nodes_births(rig: Rig) -> None:
    with rig.store.write() as w:
        w.raw.execute("UPDATE node SET session = 1000000000 WHERE id = 'node-a'")
    answer = rig.post("/v1/nodes/node-a/secret", rig.keys.enterprise_a)
    assert answer.status_code == 200, answer.text
    with rig.store.read() as r:
        assert devices.nodes(r)["node-a"].session == 0


def test_a_program_older_than_the_database_says_so_and_changes_nothing(rig: Rig, run: Run, database_url: str) -> None:
    with rig.store.write() as w:
        w.raw.execute("RESET ROLE")
        w.raw.execute("UPDATE alembic_version SET version_num = '9999'")
    said = run("migrate")
    assert said.exit_code == 1
    assert "of a newer mingchu" in said.output
    assert "Traceback" not in said.output
    ready = rig.http.get("/ready")
    assert (ready.status_code, ready.json()["code"]) == (503, "schema_newer")
    doctor = run("doctor")
    assert "install the newer version" in doctor.output
    assert "Run `mingchu migrate`" not in doctor.output


def test_the_error_for_an_older_database_states_what_to_do(rig: Rig, run: Run) -> None:
    with rig.store.write() as w:
        w.raw.execute("RESET ROLE")
        w.raw.execute("UPDATE alembic_version SET version_num = '0005'")
    ready = rig.http.get("/ready")
    assert (ready.status_code, ready.json()["code"]) == (503, "schema_older")
    assert f"this program needs {newest_revision()}" in run("doctor").output


def test_a_full_disk_is_not_ready_and_doctor_reports_it(rig: Rig, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.statvfs(".")

    def nearly_full(_path: object) -> os.statvfs_result:
        values = list(real)
        values[4] = 10  # f_bavail
        return os.statvfs_result(values)

    monkeypatch.setattr("models.base.disk.os.statvfs", nearly_full)
    ready = rig.http.get("/ready")
    assert (ready.status_code, ready.json()["code"]) == (503, "disk_full")
    doctor = run("doctor")
    assert "the disk is full" in doctor.output
    assert doctor.exit_code == 1
