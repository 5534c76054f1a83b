"""What the database knows of the platform itself."""

from datetime import datetime

from models.domain.system import Process, System
from models.store.connect import Read


def system(r: Read) -> System:
    """Return processes, queues, sizes and versions; only for the scope of a whole tenant."""
    found = r.value("system", "system")
    processes = tuple(
        Process(
            kind=str(one["kind"]),
            name=str(one["name"]),
            held=int(one["held"]),
            since=datetime.fromisoformat(one["since"]),
            alive=bool(one["alive"]),
        )
        for one in found["processes"]
    )
    return System(
        processes=processes,
        queues={str(name): int(count) for name, count in found["queues"].items()},
        sessions=int(found["sessions"]),
        database_bytes=int(found["database_bytes"]),
        server=str(found["server"]),
        timescale=found["timescale"],
        revision=str(found["revision"]),
    )
