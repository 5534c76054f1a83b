"""What a node has to say and has no receipt for yet: in memory or on disk, oldest first, bounded."""

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
    """A message in the spool. `position` grows with every message ever added, over restarts too."""

    position: int
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFrame:
    """A picture that was taken while the line was away."""

    position: int
    device: str
    at: datetime
    jpeg: bytes


class Spool(Protocol):
    """Holds messages until the platform's receipt. Every method may be called from any thread."""

    @property
    def dropped(self) -> int:
        """How many messages had to go because the spool was full, since it was opened."""
        ...

    def __len__(self) -> int:
        """How many messages wait for their receipt."""
        ...

    def add(self, message: Message) -> None:
        """Add a message behind all others; when the bound is reached, frames go first, then the oldest message."""
        ...

    def after(self, position: int, *, limit: int) -> list[Entry]:
        """The next messages behind `position`, oldest first."""
        ...

    def settle(self, session: int, kind: str, ranges: Sequence[tuple[int, int]]) -> list[int]:
        """The platform holds these (inclusive ranges of `seq`): forget them. Gives their positions."""
        ...

    def keep_frame(self, device: str, at: datetime, jpeg: bytes) -> bool:
        """Keep a picture for when the line is back; tells whether this spool does that."""
        ...

    def next_frame(self) -> KeptFrame | None:
        """The oldest kept picture."""
        ...

    def drop_frame(self, position: int) -> None:
        """A kept picture has gone out."""
        ...

    def devices_with_frames(self) -> frozenset[str]:
        """Whose pictures are kept."""
        ...

    def close(self) -> None:
        """Let go of what it is kept in."""
        ...
