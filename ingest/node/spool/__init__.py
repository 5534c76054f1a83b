"""A node's messages without a receipt: in memory or on disk, oldest first, bounded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A numbered message: `seq` counts per `session` (birth of the node) and `kind` (`reading`, `event`)."""

    session: int
    kind: str
    seq: int
    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """A message in the spool. `position` grows with every message ever added, across restarts."""

    position: int
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFrame:
    """A picture taken while the line was down."""

    position: int
    device: str
    at: datetime
    jpeg: bytes


class Spool(Protocol):
    """Keeps messages until the platform's receipt. Every method may be called from any thread."""

    @property
    def dropped(self) -> int:
        """Number of messages dropped because the spool was full, since it was opened."""
        ...

    def __len__(self) -> int:
        """Return the number of messages that wait for their receipt."""
        ...

    def add(self, message: Message) -> None:
        """Add a message behind all others; a full spool drops frames first, then the oldest message."""
        ...

    def after(self, position: int, *, limit: int) -> list[Entry]:
        """Return the next messages after `position`, oldest first."""
        ...

    def settle(self, session: int, kind: str, ranges: Sequence[tuple[int, int]]) -> list[int]:
        """Delete messages that the platform has stored (inclusive ranges of `seq`). Return their positions."""
        ...

    def keep_frame(self, device: str, at: datetime, jpeg: bytes) -> bool:
        """Keep a picture until the line is back; return whether it was kept."""
        ...

    def next_frame(self) -> KeptFrame | None:
        """Return the oldest kept picture; None if there is none."""
        ...

    def drop_frame(self, position: int) -> None:
        """Delete a kept picture that was sent."""
        ...

    def devices_with_frames(self) -> frozenset[str]:
        """Return the devices whose pictures are kept."""
        ...

    def close(self) -> None:
        """Release the storage."""
        ...
