"""Storage of signs of life of the roles."""

from datetime import datetime

from models.store.connect import Read, Write


def role_alive(w: Write, *, role: str, replica: str, at: datetime) -> None:
    """A role says that it works."""
    w.run("heartbeats", "role_alive", {"role": role, "replica": replica, "at": at})


def newest_heartbeat(r: Read, *, role: str) -> datetime | None:
    """When any replica of a role last said that it works."""
    found = r.value("heartbeats", "newest_heartbeat", {"role": role})
    return found if isinstance(found, datetime) else None


def working_since(r: Read, *, role: str, heard_from: datetime) -> datetime | None:
    """Since when a role works without a break; None if no replica was heard from `heard_from` on."""
    found = r.value("heartbeats", "working_since", {"role": role, "heard_from": heard_from})
    return found if isinstance(found, datetime) else None
