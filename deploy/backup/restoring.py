"""Restore a backup into an empty place; nothing is in place before all of it was verified."""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from alerts.evidence.retention import compare
from deploy.backup import tools
from deploy.backup.checking import breaks, check_backup, differences
from deploy.backup.errors import BackupError
from deploy.backup.keys import put_keys, unseal_keys
from deploy.backup.making import evidence_of
from deploy.backup.manifest import DUMP, KEYS, LIST, OTHER_BACKUP, Manifest
from deploy.backup.shelf import Shelf, entries_in
from deploy.embedded.folder import prepare_data_dir
from deploy.embedded.postgres import EmbeddedPostgres
from deploy.places import Places, given_database_url
from deploy.secret_keys import box_of
from models.base.errors import Invalid
from models.base.sealed import SecretBox
from models.evidence.files import EvidenceFiles
from models.store import Store, backup, migrate, secrets
from models.store.connect import read_once
from models.store.migrate import require_known

MADE = ("postgres", "evidence", "secrets", "programs", "run", "logs")
"""What a restore makes in a data folder."""
HARMLESS = {"mingchu.lock", "lost+found"}
SHOWN = 5


@dataclass(slots=True, kw_only=True)
class Restored:
    """What was restored, and what the operator has to know.

    Attributes:
        keys: names of the restored key files.
        lost_secrets: secrets in the database that no present key decrypts.
        gaps: evidence files that the database names and the backup did not have.
        broken: faults of the evidence chain and of digests that were there when the backup was made.
        revision: revision of the schema now.
    """

    manifest: Manifest
    files: int = 0
    keys: list[str] = field(default_factory=list)
    lost_secrets: int = 0
    gaps: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    revision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restorer:
    """Restores one backup.

    Args:
        shelf, name: the backup.
        places: the data folder, empty or absent.
        told: is called with each step, for people.
    """

    shelf: Shelf
    name: str
    places: Places
    told: Callable[[str], None]

    def restore(self, *, passphrase: bytes | None = None) -> Restored:
        """Verify the backup, restore it, verify the result, and only then let it take its place.

        With MINGCHU_DATABASE_URL, the database of that name is restored there (it must be empty or absent), by a user
        who may create databases and roles.

        Raises:
            BackupError: the backup is damaged, the place is not empty, or the result differs.
        """
        self.told(f"checking {self.shelf.root / self.name}")
        manifest = check_backup(self.shelf, self.name)
        require_known(manifest.revision)
        keys = {} if passphrase is None else self._keys(manifest, passphrase)
        with self._place() as url:
            if not backup.is_empty(url):
                raise _taken(f"the database {backup.database_of(url)!r} has tables")
            _require_timescale(url, manifest.timescale)
            result = Restored(manifest=manifest, keys=put_keys(self.places, keys))
            files = evidence_of(self.places)
            self.told("copying evidence files")
            result.files = self._copy(files, manifest)
            self._database(url, files, result)
        return result

    def _keys(self, manifest: Manifest, passphrase: bytes) -> dict[str, str]:
        if manifest.keys is None:
            remedy = "Leave the passphrase out, and copy the keys into the folder `secrets` afterwards."
            raise BackupError("backup_without_keys", f"{self.name} was made without keys", remedy)
        return unseal_keys((self.shelf.root / self.name / KEYS).read_bytes(), passphrase)

    @contextmanager
    def _place(self) -> Iterator[str]:
        """Hold the data folder, marked as unfinished; yield the address of the database to restore."""
        data, given = self.places.data_dir, given_database_url()
        self._require_empty(data)
        prepare_data_dir(data)
        with self._marked():
            if given:
                yield given
            else:
                with EmbeddedPostgres(data).running() as server:
                    yield server.dsn()
            self.places.restoring.unlink()

    def _require_empty(self, data: Path) -> None:
        if not data.is_dir() or self.places.restoring.exists():
            return
        there = sorted(entry.name for entry in data.iterdir() if entry.name not in HARMLESS)
        if there:
            raise _taken(f"{data} holds {there[0]!r}")

    @contextmanager
    def _marked(self) -> Iterator[None]:
        """Mark the folder as unfinished, and remove what a restore that was broken off left."""
        again = self.places.restoring.exists()
        with self.places.restoring.open("a") as mark:
            try:
                fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                what = f"another restore into {self.places.data_dir} is running"
                raise BackupError("restore_running", what, "Wait until it has ended.") from None
            if again:
                for name in MADE:
                    shutil.rmtree(self.places.data_dir / name, ignore_errors=True)
            yield

    def _copy(self, files: EvidenceFiles, manifest: Manifest) -> int:
        source, gaps, copied = self.shelf.files, {gap.sha256 for gap in manifest.gaps}, 0
        for entry in entries_in(self.shelf.root / self.name / LIST):
            if entry.sha256 not in gaps:
                files.put(source.get(entry.sha256))
                copied += 1
        return copied

    def _database(self, url: str, files: EvidenceFiles, result: Restored) -> None:
        unfinished = f"{backup.database_of(url)}_restoring"
        there = backup.beside(url, unfinished)
        major = max(backup.server_major(url), tools.major_of(result.manifest.tool))
        program = tools.find("pg_restore", at_least=major)
        try:
            self.told("making the roles of the database")
            backup.create(url, unfinished)
            migrate(there)
            self.told(f"restoring the database with {tools.version_of(program)}")
            backup.create(url, unfinished)
            arguments = ["--no-owner", "--exit-on-error", "--no-password", str(self.shelf.root / self.name / DUMP)]
            with self._timescale(there, result.manifest):
                tools.run(program, arguments, there, code="restore_failed")
            result.revision = migrate(there)
            self.told("verifying")
            self._verify(there, files, result)
            backup.put_in_place(url, unfinished)
        finally:
            backup.drop(url, unfinished)

    @staticmethod
    def _timescale(url: str, manifest: Manifest) -> AbstractContextManager[None]:
        return backup.restoring_timescale(url, manifest.timescale) if manifest.timescale else nullcontext()

    def _verify(self, url: str, files: EvidenceFiles, result: Restored) -> None:
        with read_once(url) as r:
            wrong = list(differences(r, result.manifest))
            result.broken = list(breaks(r))
            result.lost_secrets = secrets.count(r, self._box()).lost
        with Store(url, size=1) as store:
            report = compare(store, files, at=datetime.now(UTC))
        known = {gap.evidence for gap in result.manifest.gaps}
        wrong += [f"evidence {lost}: its file is missing" for lost in report.missing if lost not in known]
        wrong += [f"evidence {lost}: its file has another size" for lost in report.damaged]
        result.gaps = [f"evidence {gap.evidence}, file {gap.sha256}: {gap.why}" for gap in result.manifest.gaps]
        if wrong:
            more = f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
            raise BackupError("restore_differs", "; ".join(wrong[:SHOWN]) + more, OTHER_BACKUP)

    def _box(self) -> SecretBox:
        """Return the box with the keys that are there now; without any if the settings name a file that is not."""
        try:
            return box_of(self.places)
        except Invalid:
            return SecretBox(())


def _require_timescale(url: str, wanted: str | None) -> None:
    """Check that a server has the TimescaleDB with which a database was dumped.

    Raises:
        BackupError: `restore_without_timescale`.
    """
    offered = backup.offered_timescale(url)
    if wanted is None or wanted in offered:
        return
    there = f"this server offers {', '.join(offered)}" if offered else "this server has none"
    raise BackupError(
        "restore_without_timescale",
        f"the backup is of a database with TimescaleDB {wanted}; {there}",
        f"Install TimescaleDB {wanted} there, or restore on a server that has it, with MINGCHU_DATABASE_URL.",
    )


def _taken(what: str) -> BackupError:
    remedy = "Restore into an empty folder (--data) and an empty database, or move these away."
    return BackupError("restore_not_empty", what, remedy)
