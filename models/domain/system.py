"""What an administrator sees of the platform itself."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process that shares work by leases.

    Attributes:
        kind: the kind of work: intake, sites (of judges), or the posts of alerts.
        held: how many shares it holds.
        alive: whether it reported lately.
    """

    kind: str
    name: str
    held: int
    since: datetime
    alive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Processes, queues, sizes and versions. Queues are counted up to 100,000."""

    processes: tuple[Process, ...]
    queues: dict[str, int]
    sessions: int
    database_bytes: int
    server: str
    timescale: str | None
    revision: str
