"""Storage of the roles' heartbeats."""

from datetime import datetime

from models.store.connect import Read, Write


def role_alive(w: Write, *, role: str, replica: str, at: datetime) -> None:
    """Store a heartbeat of a role's replica."""
    w.run("heartbeats", "role_alive", {"role": role, "replica": replica, "at": at})


def newest_heartbeat(r: Read, *, role: str) -> datetime | None:
    """Return the newest heartbeat of a role, of any replica."""
    found = r.value("heartbeats", "newest_heartbeat", {"role": role})
    return found if isinstance(found, datetime) else None


def working_since(r: Read, *, role: str, heard_from: datetime) -> datetime | None:
    """Return the start of a role's uninterrupted work; None if no replica has had a heartbeat since `heard_from`."""
    found = r.value("heartbeats", "working_since", {"role": role, "heard_from": heard_from})
    return found if isinstance(found, datetime) else None
