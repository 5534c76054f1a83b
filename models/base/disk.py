"""Free space on a disk, and when it is too little to continue."""

import os
from dataclasses import dataclass
from pathlib import Path

RESERVE_BYTES = 512 * 1024**2
"""With less free space, the next checkpoint of the database or the next clip may not fit."""
RESERVE_INODES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Free space at a path: bytes for this user, and inodes (0 of 0 if the file system doesn't count them)."""

    path: Path
    bytes: int
    inodes: int
    all_inodes: int

    @property
    def is_full(self) -> bool:
        """Whether too little space is left to continue."""
        return self.bytes < RESERVE_BYTES or (self.all_inodes > 0 and self.inodes < RESERVE_INODES)

    def in_words(self) -> str:
        """Return the free space as a sentence for people."""
        return f"{self.bytes / 1024**2:.0f} MiB and {self.inodes} files are left at {self.path}"


def room_at(path: Path) -> Room:
    """Return the free space at `path`, which need not exist yet.

    Raises:
        OSError: the file system can't be queried.
    """
    there = next(folder for folder in (path, *path.parents) if folder.exists())
    found = os.statvfs(there)
    return Room(path=there, bytes=found.f_bavail * found.f_frsize, inodes=found.f_favail, all_inodes=found.f_files)
