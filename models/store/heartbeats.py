"""Storage of the roles' heartbeats."""

from datetime import datetime

from models.store.connect import Read, Write


def role_alive(w: Write, *, role: str, replica: str, at: datetime) -> None:
    """Store that a role works."""
    w.run("heartbeats", "role_alive", {"role": role, "replica": replica, "at": at})


def newest_heartbeat(r: Read, *, role: str) -> datetime | None:
    """Return when any replica of a role last reported that it works."""
    found = r.value("heartbeats", "newest_heartbeat", {"role": role})
    return found if isinstance(found, datetime) else None


def working_since(r: Read, *, role: str, heard_from: datetime) -> datetime | None:
    """Return since when a role works without a break; None if no replica has reported since `heard_from`."""
    found = r.value("heartbeats", "working_since", {"role": role, "heard_from": heard_from})
    return found if isinstance(found, datetime) else None
