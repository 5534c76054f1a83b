"""Storage of how much space database and evidence take."""

from dataclasses import asdict
from datetime import datetime, timedelta

from psycopg.conninfo import conninfo_to_dict

from models.domain.capacity import Sample
from models.store.connect import Read, Write

MEMORY = timedelta(days=31)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def is_here(url: str) -> bool:
    """Return whether the database of an address runs on this machine: by a socket, or on loopback."""
    address = conninfo_to_dict(url)
    hosts = str(address.get("hostaddr") or address.get("host") or "").split(",")
    return all(not host or host.startswith(("/", "@")) or host in _LOOPBACK for host in hosts)


def database_size(r: Read) -> int:
    """Return the size of the database on its disk."""
    return int(r.value("space", "database_size"))


def add(w: Write, sample: Sample) -> None:
    """Store a sample, and forget those older than a month."""
    w.run("space", "add", asdict(sample))
    w.run("space", "forget", {"before": sample.at - MEMORY})


def since(r: Read, moment: datetime) -> list[Sample]:
    """Return the samples since a moment, oldest first."""
    return r.all(Sample, "space", "since", {"since": moment})
