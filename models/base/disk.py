"""How much room a disk has left, and when that is too little to go on."""

import os
from dataclasses import dataclass
from pathlib import Path

RESERVE_BYTES = 512 * 1024**2
"""Below this a server's next checkpoint or clip may not fit."""
RESERVE_INODES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What is left where a path lies: bytes for us, and files (0 of 0 where the file system doesn't count them)."""

    path: Path
    bytes: int
    inodes: int
    all_inodes: int

    @property
    def is_full(self) -> bool:
        """Whether too little is left to go on."""
        return self.bytes < RESERVE_BYTES or (self.all_inodes > 0 and self.inodes < RESERVE_INODES)

    def in_words(self) -> str:
        """What is left, for people."""
        return f"{self.bytes / 1024**2:.0f} MiB and {self.inodes} files are left at {self.path}"


def room_at(path: Path) -> Room:
    """The room where `path` lies, or would lie if it were made.

    Raises:
        OSError: the file system can't be asked.
    """
    there = next(folder for folder in (path, *path.parents) if folder.exists())
    found = os.statvfs(there)
    return Room(path=there, bytes=found.f_bavail * found.f_frsize, inodes=found.f_favail, all_inodes=found.f_files)
