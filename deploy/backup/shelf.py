"""The folder that holds several backups and the evidence files that they share."""

import contextlib
import fcntl
import heapq
import os
import re
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from deploy.backup.errors import BackupError
from deploy.backup.manifest import LIST, MANIFEST, OTHER_BACKUP
from models.evidence.files import EvidenceFiles

NAME = re.compile(r"^\d{8}T\d{6}\.\d{3}Z$")
LINE = re.compile(rb"^([0-9a-f]{64}) (\d{1,15}) ([0-9a-f-]{36})\n$")
NO_FILE = -1
UNFINISHED, LEAVING = ".unfinished-", ".leaving-"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a list: an evidence file, and a piece of evidence that refers to it."""

    sha256: str
    bytes: int
    evidence: str


class Shelf:
    """A folder with backups.

    Args:
        root: the folder; `make` creates it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def make(self) -> None:
        """Create the folder, for its owner alone.

        Raises:
            BackupError: `backup_folder_taken` if it holds something else.
        """
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        strange = [entry.name for entry in self.root.iterdir() if not self._is_ours(entry.name)]
        if strange:
            raise BackupError(
                "backup_folder_taken",
                f"{self.root} holds {min(strange)!r}, which is no backup",
                "Name an empty folder, or one with backups.",
            )

    def _is_ours(self, name: str) -> bool:
        return (
            bool(NAME.match(name)) or name.startswith((UNFINISHED, LEAVING)) or name in {"files", ".lock", "lost+found"}
        )

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder for this process, and remove what an earlier one left unfinished.

        Raises:
            BackupError: `backup_running`.
        """
        handle = os.open(self.root / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise BackupError(
                    "backup_running", f"another backup into {self.root} is running", "Wait until it has ended."
                ) from None
            for left in [*self.root.glob(f"{UNFINISHED}*"), *self.root.glob(f"{LEAVING}*")]:
                shutil.rmtree(left)
            yield
        finally:
            os.close(handle)

    @property
    def files(self) -> EvidenceFiles:
        """The evidence files of all backups."""
        return EvidenceFiles(self.root / "files")

    def size_of(self, sha256: str) -> int | None:
        """Return the size of an evidence file here; None without one, NO_FILE for a link or a pipe."""
        try:
            found = (self.root / "files" / sha256[:2] / sha256[2:4] / sha256).lstat()
        except FileNotFoundError:
            return None
        return found.st_size if stat.S_ISREG(found.st_mode) else NO_FILE

    def names(self) -> list[str]:
        """Return the names of whole backups, the oldest first."""
        return sorted(entry.name for entry in self.root.iterdir() if NAME.match(entry.name) and entry.is_dir())

    def new_name(self) -> str:
        """Return a name that is later than every other."""
        name = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")[:-3] + "Z"
        names = self.names()
        if names and name <= names[-1]:
            raise BackupError(
                "backup_clock",
                f"a backup of a later time is there: {names[-1]}",
                "Set the clock right, or move that one.",
            )
        return name

    def finish(self, unfinished: Path, name: str) -> Path:
        """Let a backup appear under its name, in one step that survives a power cut."""
        for place in (unfinished, self.root):
            _sync(place)
        target = self.root / name
        unfinished.rename(target)
        _sync(self.root)
        return target

    def prune(self, keep: int) -> tuple[int, int]:
        """Drop all but the newest backups, then the files that none of the rest names; return how many of both."""
        gone = self.names()[:-keep]
        for name in gone:
            leaving = self.root / f"{LEAVING}{name}"
            (self.root / name).rename(leaving)
            shutil.rmtree(leaving)
        return len(gone), self._drop_unnamed()

    def _drop_unnamed(self) -> int:
        lists = [hashes_in(self.root / name / LIST) for name in self.names()]
        named = heapq.merge(*lists)
        wanted, dropped = next(named, None), 0
        for path in _walk(self.root / "files"):
            while wanted is not None and wanted < path.name:
                wanted = next(named, None)
            if wanted != path.name:
                path.unlink()
                dropped += 1
        return dropped


def shelf_and_name(path: Path) -> tuple[Shelf, str]:
    """Return the folder and the name of a backup: of the newest if the path is that of the folder.

    Raises:
        BackupError: `backup_not_found`.
    """
    path = path.resolve()
    if NAME.match(path.name) and (path / MANIFEST).exists():
        return Shelf(path.parent), path.name
    names = Shelf(path).names() if path.is_dir() else []
    if not names:
        raise BackupError(
            "backup_not_found", f"{path} holds no whole backup", "Name the folder given to `mingchu backup`."
        )
    return Shelf(path), names[-1]


def entries_in(path: Path) -> Iterator[Entry]:
    """Yield the entries of a list.

    Raises:
        BackupError: `backup_damaged`, with the line's number.
    """
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(200), b""), 1):
            match = LINE.match(line)
            if match is None:
                raise BackupError(
                    "backup_damaged",
                    f"{path}: line {number} is not `sha256 bytes evidence`: {line[:80]!r}",
                    OTHER_BACKUP,
                )
            yield Entry(match[1].decode(), int(match[2]), match[3].decode())


def hashes_in(path: Path) -> Iterator[str]:
    """Yield the sha256 of each line of a list."""
    return (entry.sha256 for entry in entries_in(path))


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the files of an evidence folder in the order of their names, those of an interrupted copy included."""
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir()):
        if entry.is_dir():
            yield from _walk(entry)
        else:
            yield entry


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
