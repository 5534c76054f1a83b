"""The free room on a disk, and whether it is enough to continue."""

import os
from dataclasses import dataclass
from pathlib import Path

RESERVE_BYTES = 512 * 1024**2
"""With less free room the database's next checkpoint or the next clip may not fit."""
RESERVE_INODES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Free bytes and files on the file system of a path (0 of 0 files if the file system doesn't count them)."""

    path: Path
    bytes: int
    inodes: int
    all_inodes: int

    @property
    def is_full(self) -> bool:
        """Whether too little room is left to continue."""
        return self.bytes < RESERVE_BYTES or (self.all_inodes > 0 and self.inodes < RESERVE_INODES)

    def in_words(self) -> str:
        """Return the free room in words."""
        return f"{self.bytes / 1024**2:.0f} MiB and {self.inodes} files are left at {self.path}"


def room_at(path: Path) -> Room:
    """Return the free room on the file system of `path`, which need not exist.

    Raises:
        OSError: the file system does not answer.
    """
    there = next(folder for folder in (path, *path.parents) if folder.exists())
    found = os.statvfs(there)
    return Room(path=there, bytes=found.f_bavail * found.f_frsize, inodes=found.f_favail, all_inodes=found.f_files)
