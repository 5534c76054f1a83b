"""Storage of access groups and their members."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from models.domain.groups import AccessGroup, Member
from models.store.connect import Read, Write
from models.store.registry import named


def groups(r: Read, *, after: UUID | None, limit: int) -> list[AccessGroup]:
    """Return a page of the groups of the scope, in the order in which they were made."""
    return r.all(AccessGroup, "groups", "page", {"after": after, "limit": limit})


def group(r: Read, group_id: UUID) -> AccessGroup | None:
    """Return one group of the scope."""
    return r.one(AccessGroup, "groups", "group", {"id": group_id})


def locked(w: Write, group_id: UUID) -> AccessGroup | None:
    """Return one group of the scope and keep others from changing it meanwhile."""
    return w.one(AccessGroup, "groups", "lock_group", {"id": group_id})


def groups_of(r: Read, ids: Sequence[UUID]) -> dict[UUID, AccessGroup]:
    """Return groups of the scope by id."""
    return {one.id: one for one in r.all(AccessGroup, "groups", "groups_of", {"ids": list(ids)})}


def groups_at(r: Read, *, tenant_id: str, region_code: str) -> int:
    """Count the groups of a region code."""
    return int(r.value("groups", "groups_at", {"tenant_id": tenant_id, "region_code": region_code}))


def add_group(w: Write, new: AccessGroup) -> AccessGroup:
    """Store a group; a sector gets its members with it.

    Raises:
        Conflict: the region has a group of this name.
    """
    with named(f"group {new.name!r}"):
        w.run("groups", "add_group", asdict(new) | {"business_kinds": list(new.business_kinds)})
    found = group(w, new.id)
    if found is None:
        raise LookupError("a stored group is not there")
    return found


def add_members(w: Write, group_id: UUID, column: str, ids: Sequence[str]) -> None:
    """Add members that the scope sees, by the ids of `column` (`entity_id`, `site_id` or `device_id`)."""
    entities, sites, devices = (list(ids) if column == one else [] for one in ("entity_id", "site_id", "device_id"))
    params = {"group_id": group_id, "entities": entities, "sites": sites, "devices": devices}
    w.run("groups", "add_members", params)


def remove_members(w: Write, group_id: UUID, ids: Sequence[str]) -> None:
    """Remove members by their ids."""
    w.run("groups", "remove_members", {"group_id": group_id, "ids": list(ids)})


def note_change(w: Write, group_id: UUID) -> None:
    """Count a change of the members."""
    w.run("groups", "note_change", {"id": group_id})


def members(r: Read, group_id: UUID, *, after: str, limit: int) -> list[Member]:
    """Return a page of the members that the scope sees, by id."""
    return r.all(Member, "groups", "members", {"group_id": group_id, "after": after, "limit": limit})


def users_of(r: Read, group_id: UUID) -> int:
    """Count the accounts, keys, channels and webhooks that have a group, those that have ended too."""
    return int(r.value("groups", "users_of", {"group_id": group_id}))


def remove_group(w: Write, group_id: UUID) -> None:
    """Remove a group that nobody has."""
    w.run("groups", "remove_group", {"id": group_id})
