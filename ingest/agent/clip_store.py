"""Clips on their way, on disk: a restart of the agent goes on where it was. Bounded by bytes."""

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from models.base.atomic import write_atomically

State = Literal["waiting", "written", "answered"]
FORGET_AFTER_S = 24 * 3600
"""How long an answer is kept, so that a command that comes again is not carried out again."""


class ClipRecord(BaseModel):
    """A command and how far it has come. `upload_url` carries a token, so the file is for us alone."""

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
    """Whether the answer has gone out."""


class ClipStore:
    """A folder with a record and a file for each clip.

    Args:
        max_bytes: of the clips' files together.
    """

    def __init__(self, folder: Path, *, max_bytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder, self.max_bytes = folder, max_bytes

    def load(self) -> list[ClipRecord]:
        """What was on its way when the agent ended; what can't be read is dropped."""
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
        """Write a record so that it is there whole or not at all."""
        write_atomically(self._folder / f"{record.id}.json", record.model_dump_json())

    def file(self, record: ClipRecord) -> Path:
        """Where the clip itself is."""
        return self._folder / f"{record.id}.mp4"

    def draft(self, record: ClipRecord) -> Path:
        """Where the clip is written."""
        return self._folder / f"{record.id}.cut"

    def keep(self, record: ClipRecord) -> None:
        """The draft is whole: it becomes the file."""
        self.draft(record).replace(self.file(record))

    def drop_file(self, record: ClipRecord) -> None:
        """The clip is no longer needed."""
        self.file(record).unlink(missing_ok=True)
        self.draft(record).unlink(missing_ok=True)

    def forget(self, record: ClipRecord) -> None:
        """Delete all of it."""
        self.drop_file(record)
        (self._folder / f"{record.id}.json").unlink(missing_ok=True)

    def used_bytes(self) -> int:
        """What the clips take."""
        taken = 0
        for path in self._folder.glob("*.mp4"):
            with suppress(FileNotFoundError):  # another thread is done with it
                taken += path.stat().st_size
        return taken

    @staticmethod
    def forgettable(record: ClipRecord, *, at: datetime) -> bool:
        """Whether a record has done its service."""
        return record.state == "answered" and (at - record.expires_at).total_seconds() > FORGET_AFTER_S
