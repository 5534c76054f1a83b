"""Make a backup while the platform runs."""

import importlib.metadata
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from deploy.backup import tools
from deploy.backup.errors import BackupError
from deploy.backup.keys import prints_of, seal_keys
from deploy.backup.manifest import (
    DUMP,
    FORMAT,
    KEYS,
    LIST,
    ChainEnd,
    FeedFigures,
    Gap,
    GapReason,
    Manifest,
    Piece,
    piece_of,
)
from deploy.backup.shelf import UNFINISHED, Entry, Shelf, entries_in
from deploy.embedded.postgres import EmbeddedPostgres
from deploy.places import Places, given_database_url
from models.base.atomic import write_atomically
from models.base.clock import rfc3339
from models.base.errors import EvidenceDamaged, NotFound
from models.base.jsonio import dumps, loads
from models.evidence.files import EvidenceFiles
from models.store import backup, retention
from models.store.connect import Read, read_once

PAGE = 1000
LOCK_WAIT_MS = 60_000
"""How long pg_dump waits for a table that a migration changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A backup that was made; `copied` evidence files were new to the folder."""

    folder: Path
    manifest: Manifest
    copied: int
    dropped_backups: int = 0
    dropped_files: int = 0


@contextmanager
def database_of(places: Places) -> Iterator[str]:
    """Yield the address of the installation's database; its own server is started meanwhile if nothing runs.

    Raises:
        BackupError: `nothing_to_back_up` if there is neither a database nor a setting that names one.
    """
    given = given_database_url()
    if given:
        yield given
        return
    if not (places.data_dir / "postgres").is_dir():
        raise BackupError(
            "nothing_to_back_up",
            f"{places.data_dir} holds no database, and MINGCHU_DATABASE_URL names none",
            "Name the data folder with --data, or set MINGCHU_DATABASE_URL.",
        )
    server = EmbeddedPostgres(places.data_dir)
    if server.is_ready():
        yield server.dsn()
    else:
        with server.running():
            yield server.dsn()


def evidence_of(places: Places) -> EvidenceFiles:
    """Open the installation's evidence store: that of the environment, else of the data folder."""
    folder = Path(os.environ.get("MINGCHU_EVIDENCE_DIR") or places.evidence)
    return EvidenceFiles.at(folder, os.environ.get("MINGCHU_EVIDENCE_STORE"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Makes backups of one installation.

    Args:
        url: address of the database, as its owner.
        files: the evidence store.
        places: the data folder whose keys belong to it.
        shelf: where to.
        told: is called with each step, for people.
    """

    url: str
    files: EvidenceFiles
    places: Places
    shelf: Shelf
    told: Callable[[str], None]

    def make(self, *, passphrase: bytes | None = None, keep: int | None = None) -> Made:
        """Make a backup; the platform may go on meanwhile.

        The database is dumped first, in one state. Then every file that this state names is copied unless the folder
        has it. What retention deletes in between is named in the manifest.

        Args:
            passphrase: put the keys into the backup under this; None leaves them out.
            keep: drop all but so many backups afterwards; None keeps all.

        Raises:
            BackupError: it can't be made; nothing half is left under a backup's name.
            StoreUnavailable, EvidenceStoreAway: database or evidence store do not answer.
        """
        self.shelf.make()
        with self.shelf.alone():
            room = self.shelf.files.room()
            if room.is_full:
                remedy = "Free some, or use another disk."
                raise BackupError("backup_disk_full", f"no room for a backup: {room.in_words()}", remedy)
            name = self.shelf.new_name()
            unfinished = self.shelf.root / f"{UNFINISHED}{name}"
            unfinished.mkdir(mode=0o700)
            for piece in (DUMP, LIST, KEYS) if passphrase is not None else (DUMP, LIST):
                (unfinished / piece).touch(mode=0o600)
            try:
                manifest, copied = self._fill(unfinished, name, passphrase)
                folder = self.shelf.finish(unfinished, name)
            except OSError as error:
                remedy = "Free some space, or use another disk."
                raise BackupError("backup_failed", f"{self.shelf.root}: {error}", remedy) from error
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
            backups, files = (0, 0) if keep is None else self.shelf.prune(keep)
        _note(self.places, folder, manifest.made_at)
        return Made(folder=folder, manifest=manifest, copied=copied, dropped_backups=backups, dropped_files=files)

    def _fill(self, folder: Path, name: str, passphrase: bytes | None) -> tuple[Manifest, int]:
        with backup.frozen(self.url) as (r, snapshot):
            server = backup.server(r)
            program = tools.find("pg_dump", at_least=backup.server_major(self.url))
            self.told(f"dumping the database with {tools.version_of(program)}")
            arguments = _dump_arguments(folder / DUMP, snapshot)
            tools.run(program, arguments, self.url, code="backup_dump_failed")
            feed, heads = backup.feed(r), backup.chain_heads(r)
            write_list(r, folder / LIST)
        self.told("copying evidence files")
        copying = Copying(self.url, self.files, self.shelf)
        copying.run(folder / LIST)
        keys = self._keys(folder, passphrase)
        manifest = Manifest(
            format=FORMAT,
            name=name,
            made_at=rfc3339(datetime.now(UTC)),
            mingchu=importlib.metadata.version("mingchu"),
            revision=server.revision,
            server=server.server,
            timescale=server.timescale,
            tool=tools.version_of(program),
            dump=piece_of(folder / DUMP),
            list=piece_of(folder / LIST),
            keys=keys,
            files=copying.held,
            files_bytes=copying.held_bytes,
            gaps=tuple(copying.gaps),
            feed=FeedFigures(events=feed.events, first=feed.first, last=feed.last, fingerprint=feed.fingerprint),
            chains={head.tenant_id: ChainEnd(seq=head.seq, chain_hash=head.chain_hash) for head in heads},
            prints=prints_of(self.places),
            settings=tuple(sorted(setting for setting in os.environ if setting.startswith("MINGCHU_"))),
        )
        manifest.write(folder)
        return manifest, copying.copied

    def _keys(self, folder: Path, passphrase: bytes | None) -> Piece | None:
        if passphrase is None:
            return None
        (folder / KEYS).write_bytes(seal_keys(self.places, passphrase))
        return piece_of(folder / KEYS)


def _note(places: Places, folder: Path, at: str) -> None:
    """Note in the data folder, if there is one, that a backup was made."""
    if places.data_dir.is_dir():
        write_atomically(places.last_backup, dumps({"at": at, "folder": str(folder)}))


def last_backup(places: Places) -> tuple[datetime, str] | None:
    """Return when the last backup from this data folder was made, and where; None if none is noted."""
    try:
        found = loads(places.last_backup.read_bytes())
        return datetime.fromisoformat(found["at"]), str(found["folder"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _dump_arguments(target: Path, snapshot: str) -> list[str]:
    return [
        "--format=custom",
        f"--file={target}",
        f"--snapshot={snapshot}",
        f"--lock-wait-timeout={LOCK_WAIT_MS}",
        "--no-owner",
        "--no-password",
        "--no-publications",
        "--no-subscriptions",
    ]


def write_list(r: Read, target: Path) -> None:
    """Write `sha256 bytes evidence` of each file that the database names."""
    after = ""
    with target.open("w", encoding="ascii") as file:
        while page := retention.wanted_files(r, after=after, limit=PAGE):
            file.writelines(f"{wanted.sha256} {wanted.bytes} {wanted.whose}\n" for wanted in page)
            after = page[-1].sha256


@dataclass(slots=True)
class Copying:
    """Copies the evidence files of a list into a shelf, except those that it has.

    Attributes:
        held, held_bytes: files of the list that the shelf has afterwards.
        copied: those of them that were copied now.
        gaps: the others, with the reason.
    """

    url: str
    files: EvidenceFiles
    shelf: Shelf
    held: int = 0
    held_bytes: int = 0
    copied: int = 0
    gaps: list[Gap] = field(default_factory=list)

    def run(self, listed: Path) -> None:
        """Copy what is missing."""
        target = self.shelf.files
        for entry in entries_in(listed):
            size = self.shelf.size_of(entry.sha256)
            if size != entry.bytes:
                if size is not None:
                    target.delete(entry.sha256)  # a damaged one
                if not self._copy(target, entry):
                    continue
            self.held += 1
            self.held_bytes += entry.bytes

    def _copy(self, target: EvidenceFiles, entry: Entry) -> bool:
        try:
            target.put(self.files.get(entry.sha256))
        except EvidenceDamaged:
            self.gaps.append(Gap(sha256=entry.sha256, evidence=entry.evidence, why="damaged"))
            return False
        except NotFound:
            self.gaps.append(Gap(sha256=entry.sha256, evidence=entry.evidence, why=self._why(entry.sha256)))
            return False
        self.copied += 1
        return True

    def _why(self, sha256: str) -> GapReason:
        with read_once(self.url) as r:
            return "missing" if retention.still_needed(r, [sha256]) else "purged"
