"""The manifest of a backup: what it holds. No path in it is ever used, so none can lead elsewhere."""

import hashlib
import os
import stat
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from deploy.backup.errors import BackupError
from models.base.atomic import write_atomically
from models.base.jsonio import dumps, loads
from models.evidence.verifier import canonical

FORMAT = 1
MANIFEST, DUMP, LIST, KEYS = "manifest.json", "database.dump", "files.txt", "keys.sealed"
LARGEST_MANIFEST = 64 * 1024**2
OTHER_BACKUP = "Restore an older backup, or another copy of this one."

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
GapReason = Literal["purged", "missing", "damaged"]
_STRICT = ConfigDict(frozen=True, extra="forbid", strict=True)


class Piece(BaseModel):
    """One file beside the manifest."""

    model_config = _STRICT

    bytes: int
    sha256: Sha256


class FeedFigures(BaseModel):
    """The feed: numbered events, first and last number, and a sum over all of them."""

    model_config = _STRICT

    events: int
    first: int
    last: int
    fingerprint: str


class ChainEnd(BaseModel):
    """The end of a tenant's evidence chain."""

    model_config = _STRICT

    seq: int
    chain_hash: Sha256


class Gap(BaseModel):
    """An evidence file that the dump names and the backup lacks; `purged` ones were deleted by retention meanwhile."""

    model_config = _STRICT

    sha256: Sha256
    evidence: str
    why: GapReason


class Manifest(BaseModel):
    """What a backup holds.

    Attributes:
        revision: revision of the schema.
        timescale: version of the extension TimescaleDB, if the database has it.
        tool: the pg_dump that wrote the dump, such as `pg_dump (PostgreSQL) 18.6`.
        files: how many evidence files the backup has of those that the dump names.
        gaps: those that it lacks.
        prints: first digits of the sha256 of each key file, to recognise the right ones.
        settings: names of the settings that were set in the environment, without their values.
    """

    model_config = _STRICT

    format: int
    name: str
    made_at: str
    mingchu: str
    revision: str
    server: str
    timescale: str | None = None
    tool: str
    dump: Piece
    list: Piece
    keys: Piece | None
    files: int
    files_bytes: int
    gaps: tuple[Gap, ...]
    feed: FeedFigures
    chains: dict[str, ChainEnd]
    prints: dict[str, str]
    settings: tuple[str, ...]

    def write(self, folder: Path) -> None:
        """Write the manifest with its own sha256."""
        body = self.model_dump(mode="json")
        write_atomically(folder / MANIFEST, dumps({"manifest": body, "sha256": _sum(body)}))

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Read and check a manifest.

        Raises:
            BackupError: `backup_damaged`, `backup_incomplete`, `backup_newer`.
        """
        path = folder / MANIFEST
        try:
            require_plain(path)
            if path.stat().st_size > LARGEST_MANIFEST:
                raise ValueError("it is far too large")  # noqa: TRY301 - one place says what is wrong with it
            found = loads(path.read_bytes())
            body, told = found["manifest"], found["sha256"]
            if _sum(body) != told:
                raise ValueError("its sha256 differs: it was changed")  # noqa: TRY301 - the same
            if body["format"] != FORMAT:
                remedy = "Install the version of mingchu that made it, or a newer one."
                raise BackupError("backup_newer", f"{path}: format {body['format']!r}, expected {FORMAT}", remedy)
            return cls.model_validate_json(dumps(body))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise BackupError("backup_damaged", f"{path}: {where}: {first['msg']}", OTHER_BACKUP) from None
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise BackupError("backup_damaged", f"{path}: {error or type(error).__name__}", OTHER_BACKUP) from None


def _sum(body: object) -> str:
    return hashlib.sha256(canonical(body)).hexdigest()


def require_plain(path: Path) -> None:
    """Check that a path is a file itself, neither a link nor a pipe.

    Raises:
        BackupError: `backup_incomplete` if nothing is there, `backup_damaged` if it is something else.
    """
    try:
        found = path.lstat()
    except OSError as error:
        raise BackupError("backup_incomplete", f"{path}: {error.strerror}", OTHER_BACKUP) from None
    if not stat.S_ISREG(found.st_mode):
        raise BackupError("backup_damaged", f"{path}: expected a file, found something else", OTHER_BACKUP)


def piece_of(path: Path) -> Piece:
    """Return size and sha256 of a file, and make it durable."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    return Piece(bytes=path.stat().st_size, sha256=sha256)


def require_piece(path: Path, expected: Piece) -> None:
    """Check a file against the manifest.

    Raises:
        BackupError: `backup_incomplete`, `backup_damaged`.
    """
    require_plain(path)
    size = path.stat().st_size
    if size != expected.bytes:
        raise BackupError("backup_damaged", f"{path}: {size} bytes, expected {expected.bytes}", OTHER_BACKUP)
    if piece_of(path).sha256 != expected.sha256:
        raise BackupError("backup_damaged", f"{path}: changed, its sha256 differs from the manifest's", OTHER_BACKUP)
