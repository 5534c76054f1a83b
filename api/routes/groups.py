"""Access groups: a sector, chosen enterprises, kitchens or cameras to which accounts and keys are limited."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from alerts.registry import groups as rules
from api.access.principal import Reviewer
from api.requests import (
    AppState,
    Cursor,
    IdempotencyKey,
    Limit,
    Reading,
    SeenVersion,
    creating,
    doing,
    etag,
    page_of,
    text_cursor,
    uuid_cursor,
)
from api.schemas.common import Page
from api.schemas.groups import GroupIn, GroupOut, MemberOut, MembersIn
from models.base.errors import NotFound
from models.base.ids import uuid7
from models.catalogue.terms import label
from models.domain.groups import AccessGroup
from models.store import Write, groups

router = APIRouter(prefix="/v1", tags=["accounts"])


def group_out(group: AccessGroup) -> GroupOut:
    """Return the group as the API shows it."""
    fields = {name: getattr(group, name) for name in GroupOut.model_fields if hasattr(group, name)}
    return GroupOut.model_validate({**fields, "kind_label": label(group.kind)})


@router.get("/groups", name="groups")
def list_groups(r: Reading, _: Reviewer, cursor: Cursor = None, limit: Limit = 50) -> Page[GroupOut]:
    """List the access groups of your region, in the order in which they were made."""
    found = groups.groups(r, after=uuid_cursor(cursor), limit=limit + 1)
    return page_of(found, limit=limit, out=group_out, cursor=lambda row: row.id)


@router.get("/groups/{group_id}", name="group")
def one_group(r: Reading, _: Reviewer, response: Response, group_id: UUID) -> GroupOut:
    """Return one group."""
    found = _found(groups.group(r, group_id), group_id)
    etag(response, found.version)
    return group_out(found)


@router.get("/groups/{group_id}/members", name="group_members")
def list_members(r: Reading, _: Reviewer, group_id: UUID, cursor: Cursor = None, limit: Limit = 50) -> Page[MemberOut]:
    """List the enterprises, kitchens or cameras of a group, by id."""
    _found(groups.group(r, group_id), group_id)
    found = groups.members(r, group_id, after=text_cursor(cursor), limit=limit + 1)
    return page_of(found, limit=limit, out=MemberOut.model_validate, cursor=lambda row: row.id)


@router.post("/groups", response_model=GroupOut, name="add_group")
def add_group(
    request: Request, app: AppState, principal: Reviewer, body: GroupIn, key: IdempotencyKey = None
) -> Response:
    """Make a group; accounts and keys that have it see its members and nothing else."""

    def act(w: Write) -> GroupOut:
        wanted = AccessGroup(
            id=uuid7(),
            tenant_id=principal.tenant,
            region_code=body.region,
            name=body.name,
            kind=body.kind,
            entity_id=body.entity_id,
            business_kinds=(),
            made_by=principal.name,
            made_at=app.clock.now(),
        )
        return group_out(rules.add_group(w, wanted, sector=body.sector, members=body.members, by=principal.rights))

    return creating(request, principal, key, body.model_dump_json().encode(), act, version=lambda made: made.version)


@router.post("/groups/{group_id}/members/add", response_model=GroupOut, name="add_group_members")
def add_members(
    request: Request,
    principal: Reviewer,
    group_id: UUID,
    version: SeenVersion,
    body: MembersIn,
    key: IdempotencyKey = None,
) -> Response:
    """Add members; those that the group has already stay."""

    def act(w: Write) -> GroupOut:
        return group_out(rules.add_members(w, group_id, body.members, version=version, by=principal.rights))

    return creating(request, principal, key, body.model_dump_json().encode(), act, version=lambda made: made.version)


@router.post("/groups/{group_id}/members/remove", response_model=GroupOut, name="remove_group_members")
def remove_members(
    request: Request,
    principal: Reviewer,
    group_id: UUID,
    version: SeenVersion,
    body: MembersIn,
    key: IdempotencyKey = None,
) -> Response:
    """Remove members; whoever has the group loses sight of them at once."""

    def act(w: Write) -> GroupOut:
        return group_out(rules.remove_members(w, group_id, body.members, version=version, by=principal.rights))

    return creating(request, principal, key, body.model_dump_json().encode(), act, version=lambda made: made.version)


@router.post("/groups/{group_id}/remove", status_code=204, name="remove_group")
def remove_group(
    request: Request, principal: Reviewer, group_id: UUID, version: SeenVersion, key: IdempotencyKey = None
) -> Response:
    """Remove a group that no account, key, channel or webhook has."""

    def act(w: Write) -> None:
        rules.remove_group(w, group_id, version=version, by=principal.rights)

    return doing(request, principal, key, b"remove", act)


def _found(group: AccessGroup | None, group_id: UUID) -> AccessGroup:
    if group is None:
        raise NotFound(f"no group {group_id}")
    return group
