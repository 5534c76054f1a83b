"""Back up an installation that is at work, restore it on an empty machine, and find everything equal."""

import threading
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from alerts.evidence.sealing import breaks
from deploy.backup.making import Copying, write_list
from deploy.backup.manifest import Gap
from deploy.backup.shelf import Shelf
from deploy.doctor.checks import examine
from deploy.doctor.result import Check
from deploy.embedded.errors import EmbeddedError
from deploy.embedded.folder import temporary_data_dir
from deploy.embedded.postgres import EmbeddedPostgres
from deploy.places import Places
from deploy.stack import StackOptions, prepare_stack
from models.base.errors import FeedRestored
from models.base.sealed import FILE
from models.store import Store, backup, feed, migrate, retention
from tests.conftest import with_database
from tests.support.installations import Installation, evidence_path, installation, mingchu, said_by, tables_of
from tests.support.people import announce_task, number_feed
from tests.support.world import TENANT


def test_everything_is_equal_on_an_empty_machine(home: Installation, passphrase: Path, tmp_path: Path) -> None:
    shelf = tmp_path / "backups"
    before = tables_of(home.url)
    made = said_by(
        mingchu(
            "backup", shelf, "--data", home.places.data_dir, "--with-keys", "--passphrase-file", passphrase, "--json"
        )
    )
    assert (made["files"], made["gaps"]) == (len(list(home.files.listing())), [])
    assert made["feed"]["events"] == made["feed"]["last"] > 0
    with temporary_data_dir() as data:
        told = said_by(mingchu("restore", shelf, "--data", data, "--passphrase-file", passphrase, "--json"))
        assert (told["broken"], told["gaps"], told["lost_secrets"]) == ([], [], 0)
        assert set(told["keys"]) >= {"database-keys", "feed-signing-key.pem"}
        there = Places(data)
        for name in told["keys"]:
            assert (there.secrets / name).read_bytes() == (home.places.secrets / name).read_bytes()
            assert (there.secrets / name).stat().st_mode & 0o077 == 0
        with EmbeddedPostgres(data, durable=False).running() as server:
            assert tables_of(server.dsn()) == before
            with Store(server.dsn(), size=1) as store:
                _is_whole(store, made)
        for kept in home.files.listing():
            copy = evidence_path(there.evidence, kept.sha256)
            assert copy.read_bytes() == evidence_path(home.places.evidence, kept.sha256).read_bytes()


def _is_whole(store: Store, made: dict[str, dict[str, int]]) -> None:
    """The feed goes on after its last number; who had read on is told; the chain holds."""
    last = made["feed"]["last"]
    with store.read() as r:
        assert feed.bounds(r)[0] == last
        assert list(breaks(r, tenant_id=TENANT)) == []
        assert [e.seq for e in feed.events_after(r, cursor=0, limit=500)] == list(range(1, last + 1))
    with store.write() as w:
        w.raw.execute(
            "INSERT INTO outbox (event_id, tenant_id, entity_id, region_code, source, type, time, occurred_at, "
            "received_at, late, data) SELECT gen_random_uuid(), tenant_id, entity_id, region_code, source, type, time, "
            "occurred_at, received_at, late, data FROM event WHERE seq = 1"
        )
        feed.sequence(w)
    with store.read() as r:
        assert len(feed.events_after(r, cursor=last, limit=10)) == 1
        with pytest.raises(FeedRestored):
            feed.events_after(r, cursor=last + 3, limit=10)


def test_a_backup_made_while_others_write_is_one_state(tmp_path: Path) -> None:
    stop, written = threading.Event(), []
    with installation(closed=False) as home:

        def work() -> None:
            while not stop.is_set():
                announce_task(home.store, home.kitchen, 1)
                number_feed(home.store)
                written.append(1)

        writer = threading.Thread(target=work)
        writer.start()
        try:
            made = said_by(mingchu("backup", tmp_path / "b", "--data", home.places.data_dir, "--json"))
        finally:
            stop.set()
            writer.join()
    assert written
    with temporary_data_dir() as data:
        told = said_by(mingchu("restore", tmp_path / "b", "--data", data, "--json"))
    assert told["manifest"]["feed"] == made["feed"]
    assert made["feed"]["events"] == made["feed"]["last"], "no number is missing"


def test_files_are_copied_once_and_go_with_the_last_backup_that_names_them(home: Installation, tmp_path: Path) -> None:
    shelf = tmp_path / "b"
    command = ("backup", shelf, "--data", home.places.data_dir, "--json")
    first = said_by(mingchu(*command))
    assert first["copied"] == first["files"] > 0
    second = said_by(mingchu(*command))
    assert (second["copied"], second["files"]) == (0, first["files"])
    stray = evidence_path(shelf / "files", "ab" * 32)
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_bytes(b"of a backup that is gone")
    third = said_by(mingchu(*command, "--keep", 2))
    assert (third["dropped"], stray.exists()) == (1, False)
    left = sorted(entry.name for entry in shelf.iterdir() if entry.is_dir() and entry.name != "files")
    assert left == [Path(second["folder"]).name, Path(third["folder"]).name]
    assert mingchu("restore", shelf, "--check").exit_code == 0


def test_a_lost_file_is_named_and_the_rest_is_saved(tmp_path: Path) -> None:
    with installation(closed=False) as home:
        evidence, file = lonely_file(home)
        file.unlink()
        lost = mingchu("backup", tmp_path / "b", "--data", home.places.data_dir)
    assert lost.exit_code == 1
    assert f"missing: evidence {evidence}, file {file.name}" in lost.output
    with temporary_data_dir() as data:
        told = said_by(mingchu("restore", tmp_path / "b", "--data", data, "--json"))
        assert told["gaps"] == [f"evidence {evidence}, file {file.name}: missing"]


def test_what_retention_deletes_after_the_dump_is_no_loss(tmp_path: Path) -> None:
    with installation(closed=False) as home:
        evidence, file = lonely_file(home)
        shelf = Shelf(tmp_path / "b")
        shelf.make()
        with backup.frozen(home.url) as (r, _):
            write_list(r, tmp_path / "list")
        with home.store.write() as w:
            retention.purge(w, [evidence], reason="rejected", at=datetime.now(UTC))
        home.files.delete(file.name)
        copying = Copying(home.url, home.files, shelf)
        copying.run(tmp_path / "list")
    assert copying.gaps == [Gap(sha256=file.name, evidence=str(evidence), why="purged")]
    assert copying.held == copying.copied > 0


def lonely_file(home: Installation) -> tuple[UUID, Path]:
    """Return a piece of evidence to whose file no other refers, and the file."""
    with home.store.read() as r:
        row = r.raw.execute(
            "SELECT id, sha256 FROM evidence e WHERE (SELECT count(*) FROM evidence o WHERE o.sha256 = e.sha256) = 1"
        ).fetchone()
    assert row is not None
    return row[0], evidence_path(home.places.evidence, row[1])


def test_without_its_keys_a_restore_says_which_are_needed(home: Installation, tmp_path: Path) -> None:
    said_by(mingchu("backup", tmp_path / "b", "--data", home.places.data_dir, "--json"))
    with temporary_data_dir() as data:
        told = mingchu("restore", tmp_path / "b", "--data", data)
        assert told.exit_code == 0, told.output
        assert "no key decrypts 1 secrets: put back database-keys (sha256 " in told.output
        Places(data).prepare()
        with EmbeddedPostgres(data, durable=False).running() as server:
            wrong = [check for check in examine_with(server.dsn(), data) if not check.good]
        assert [check for check in wrong if "no key decrypts 1 secrets" in check.what]


def examine_with(url: str, data: Path) -> list[Check]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MINGCHU_DATABASE_URL", url)
        return examine(Places(data))


def test_a_server_of_ones_own_is_restored_too(
    home: Installation, postgres_url: str, passphrase: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("--data", home.places.data_dir, "--with-keys", "--passphrase-file", passphrase, "--json")
    made = said_by(mingchu("backup", tmp_path / "b", *words))
    url = with_database(postgres_url, "restored_here")
    monkeypatch.setenv("MINGCHU_DATABASE_URL", url)
    monkeypatch.setenv("MINGCHU_EVIDENCE_DIR", str(tmp_path / "evidence"))
    monkeypatch.setenv(FILE, str(tmp_path / "etc" / "keys"))  # where this machine's settings want them
    try:
        told = said_by(
            mingchu("restore", tmp_path / "b", "--data", tmp_path / "data", "--passphrase-file", passphrase, "--json")
        )
        assert told["lost_secrets"] == 0
        assert (tmp_path / "etc" / "keys").read_bytes() == home.places.secret_key.read_bytes()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT max(seq) FROM event").fetchone() == (made["feed"]["last"],)
        again = mingchu("restore", tmp_path / "b", "--data", tmp_path / "data2", "--json")
        assert again.exit_code == 1
        assert "the database 'restored_here' has tables" in again.output
        backup.drop(postgres_url, "restored_here")
        (tmp_path / "etc" / "keys").unlink()
        without = said_by(mingchu("restore", tmp_path / "b", "--data", tmp_path / "data3", "--json"))
        assert without["lost_secrets"] == 1, "the settings name a file that is not there"
    finally:
        backup.drop(postgres_url, "restored_here")


def test_a_stopped_installation_is_backed_up_too(tmp_path: Path) -> None:
    with temporary_data_dir() as data:
        with EmbeddedPostgres(data, durable=False).running() as server:
            server.ensure_database()
            migrate(server.dsn())
        Places(data).prepare()
        made = said_by(mingchu("backup", tmp_path / "b", "--data", data, "--json"))
    assert made["files"] == 0


def test_an_unfinished_restore_can_not_be_taken_for_an_installation() -> None:
    with temporary_data_dir() as data:
        Places(data).restoring.touch()
        with pytest.raises(EmbeddedError) as refused:
            prepare_stack(StackOptions(data_dir=data))
        assert refused.value.code == "restore_unfinished"
        assert [check for check in examine(Places(data)) if "restore" in check.what and not check.good]
