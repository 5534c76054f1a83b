"""Access groups: who may make and change them, and whose rights they may narrow. Check → store, one transaction."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from alerts.duties.scene_packs import scene_packs
from models.base.errors import Conflict, Invalid, InvalidTransition, NotAllowed, NotFound, StaleVersion
from models.base.ids import uuid7
from models.catalogue.supervision_terms import BusinessKind
from models.catalogue.terms import GroupKind, Role
from models.domain.access import Rights
from models.domain.groups import MOST_GROUPS, MOST_MEMBERS, AccessGroup
from models.store import groups, registry
from models.store.connect import Read, Write

_COLUMNS = {GroupKind.enterprises: "entity_id", GroupKind.kitchens: "site_id", GroupKind.cameras: "device_id"}
_PARTS = frozenset({GroupKind.kitchens, GroupKind.cameras})


def add_group(w: Write, wanted: AccessGroup, *, sector: str | None, members: Sequence[str], by: Rights) -> AccessGroup:
    """Make a group in the caller's region; `sector` is the id of a scene pack whose lines of business it has.

    Raises:
        NotAllowed: the caller manages nobody, or the region is not within the caller's.
        NotFound: no such enterprise, kitchen or camera in what the caller may see, or not in the group's region.
        Invalid: what is given does not fit the kind.
        Conflict: the region has a group of this name, or too many.
    """
    _require(by, wanted.region_code)
    kinds = tuple(sorted(_lines_of(sector))) if wanted.kind is GroupKind.sector else ()
    if (wanted.kind is GroupKind.sector) != (sector is not None) or (wanted.kind is GroupKind.sector and members):
        raise Invalid("sector: expected for the kind sector, which has no chosen members, and for no other")
    if wanted.entity_id is not None and wanted.kind not in _PARTS:
        raise Invalid("entity_id: expected for groups of kitchens and cameras alone")
    if wanted.entity_id is not None and registry.entity(w, wanted.entity_id) is None:
        raise NotFound(f"no enterprise {wanted.entity_id}")
    if groups.groups_at(w, tenant_id=wanted.tenant_id, region_code=wanted.region_code) >= MOST_GROUPS:
        raise Conflict(f"the region {wanted.region_code} has {MOST_GROUPS} groups; remove one first")
    made = groups.add_group(w, replace(wanted, id=uuid7(), name=wanted.name.strip(), business_kinds=kinds))
    return add_members(w, made.id, members, version=made.version, by=by) if members else made


def add_members(w: Write, group_id: UUID, ids: Sequence[str], *, version: int, by: Rights) -> AccessGroup:
    """Add enterprises, kitchens or cameras by id; those that it has already stay.

    Raises:
        NotAllowed, NotFound, Invalid: see `add_group`.
        StaleVersion: somebody changed the group meanwhile.
    """
    known = _chosen(w, group_id, version=version, by=by)
    wanted = sorted(set(ids))
    groups.add_members(w, group_id, _COLUMNS[known.kind], wanted)
    present = {one.id for one in groups.members(w, group_id, after="", limit=2 * MOST_MEMBERS)}
    if len(present) > MOST_MEMBERS:
        raise Invalid(f"members: expected at most {MOST_MEMBERS}; a sector has more")
    if missing := [one for one in wanted if one not in present]:
        raise NotFound(f"no {_COLUMNS[known.kind]} {missing[0]!r} that you may see")
    return _changed(w, group_id)


def remove_members(w: Write, group_id: UUID, ids: Sequence[str], *, version: int, by: Rights) -> AccessGroup:
    """Remove members by id; whoever has the group loses sight of them at once. Raises as `add_members` does."""
    _chosen(w, group_id, version=version, by=by)
    groups.remove_members(w, group_id, ids)
    return _changed(w, group_id)


def remove_group(w: Write, group_id: UUID, *, version: int, by: Rights) -> None:
    """Remove a group that nobody has.

    Raises:
        InvalidTransition: an account, a key, a channel or a webhook has it, or had it.
        NotAllowed, NotFound, StaleVersion: see `add_members`.
    """
    _known(w, group_id, version=version, by=by)
    if held := groups.users_of(w, group_id):
        raise InvalidTransition(f"{held} accounts, keys, channels or webhooks have this group; change them first")
    groups.remove_group(w, group_id)


def require_fitting(r: Read, rights: Rights) -> None:
    """Check that an access group narrows rights, and opens nothing to them.

    Raises:
        NotFound: no such group in what the caller may see.
        Invalid: it is not within the region, not of the enterprise, or an administrator's.
    """
    found = None if rights.group_id is None else groups.group(r, rights.group_id)
    if found is None:
        raise NotFound(f"no group {rights.group_id}")
    if rights.role is Role.admin:
        raise Invalid("group_id: an administrator has no group")
    if rights.entity_id is not None and found.entity_id != rights.entity_id:
        raise Invalid("group_id: expected a group of kitchens or cameras of this enterprise")
    if rights.region_prefix and not found.region_code.startswith(rights.region_prefix):
        raise Invalid(f"group_id: the group is of region {found.region_code}, not of {rights.region_prefix}")


def _lines_of(sector: str | None) -> frozenset[BusinessKind]:
    pack = scene_packs().get(sector or "")
    if pack is None or not pack.kinds:
        known = ", ".join(sorted(one.id for one in scene_packs().values() if one.kinds))
        raise Invalid(f"sector: expected one of {known}")
    return pack.kinds


def _require(by: Rights, region: str) -> None:
    if by.role not in {Role.admin, Role.regulator} or by.group_id is not None or by.entity_id is not None:
        raise NotAllowed("groups are made by administrators, and by regulators of a whole region")
    if not region.startswith(by.region_prefix or ""):
        raise NotAllowed(f"region {region} is not within yours")


def _known(w: Write, group_id: UUID, *, version: int, by: Rights) -> AccessGroup:
    found = groups.locked(w, group_id)
    if found is None:
        raise NotFound(f"no group {group_id}")
    _require(by, found.region_code)
    if found.version != version:
        raise StaleVersion(f"the group has version {found.version}; you read {version}")
    return found


def _chosen(w: Write, group_id: UUID, *, version: int, by: Rights) -> AccessGroup:
    found = _known(w, group_id, version=version, by=by)
    if found.kind is GroupKind.sector:
        raise Invalid("members: those of a sector follow from the line of business")
    return found


def _changed(w: Write, group_id: UUID) -> AccessGroup:
    groups.note_change(w, group_id)
    found = groups.group(w, group_id)
    if found is None:
        raise NotFound(f"no group {group_id}")
    return found
