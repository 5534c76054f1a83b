"""Requested clips on disk, so that a restarted agent continues with them. Bounded by bytes."""

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from models.base.atomic import write_atomically

State = Literal["waiting", "written", "answered"]
FORGET_AFTER_S = 24 * 3600
"""Seconds to keep an answer, so that a repeated command is not carried out again."""


class ClipRecord(BaseModel):
    """A command and its progress. `upload_url` carries a token, so only this user may read the file."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    device: str
    start: AwareDatetime
    end: AwareDatetime
    expires_at: AwareDatetime
    upload_url: str
    state: State = "waiting"
    sha256: str = ""
    size: int = 0
    clip_start: str = ""
    clip_end: str = ""
    codec: str = ""
    error: str | None = None
    told: bool = False
    """Whether the answer has been sent."""


class ClipStore:
    """A folder with a record and a file for each clip.

    Args:
        max_bytes: limit for the clips' files together.
    """

    def __init__(self, folder: Path, *, max_bytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder, self.max_bytes = folder, max_bytes

    def load(self) -> list[ClipRecord]:
        """Return the unfinished records; records that can't be read are deleted."""
        for left in (*self._folder.glob("*.new"), *self._folder.glob("*.cut")):
            left.unlink(missing_ok=True)
        found: list[ClipRecord] = []
        for path in sorted(self._folder.glob("*.json")):
            try:
                found.append(ClipRecord.model_validate_json(path.read_bytes()))
            except ValidationError:
                path.unlink(missing_ok=True)
        return found

    def save(self, record: ClipRecord) -> None:
        """Write a record atomically."""
        write_atomically(self._folder / f"{record.id}.json", record.model_dump_json())

    def file(self, record: ClipRecord) -> Path:
        """Return the path of the finished clip."""
        return self._folder / f"{record.id}.mp4"

    def draft(self, record: ClipRecord) -> Path:
        """Return the path where the clip is written first."""
        return self._folder / f"{record.id}.cut"

    def keep(self, record: ClipRecord) -> None:
        """Rename the complete draft to the clip's file."""
        self.draft(record).replace(self.file(record))

    def drop_file(self, record: ClipRecord) -> None:
        """Delete the clip's file and draft."""
        self.file(record).unlink(missing_ok=True)
        self.draft(record).unlink(missing_ok=True)

    def forget(self, record: ClipRecord) -> None:
        """Delete record, file and draft."""
        self.drop_file(record)
        (self._folder / f"{record.id}.json").unlink(missing_ok=True)

    def used_bytes(self) -> int:
        """Return the bytes that the clips take on disk."""
        taken = 0
        for path in self._folder.glob("*.mp4"):
            with suppress(FileNotFoundError):  # another thread has deleted it
                taken += path.stat().st_size
        return taken

    @staticmethod
    def forgettable(record: ClipRecord, *, at: datetime) -> bool:
        """Return whether a record may be deleted."""
        return record.state == "answered" and (at - record.expires_at).total_seconds() > FORGET_AFTER_S
