"""Register and change enterprises, kitchens, nodes, devices and names of regions: a platform needs no command."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from alerts.registry import provisioning as rules
from alerts.registry.supervision import Change
from alerts.registry.supervision import change_device as supervised_change
from api.access.principal import Administrator, Anybody, Reviewer, Stepper
from api.onboarding import workshop_of
from api.requests import (
    AppState,
    Cursor,
    IdempotencyKey,
    Limit,
    Reading,
    SeenVersionIfNamed,
    creating,
    doing,
    page_of,
    plain_text,
    uuid_cursor,
)
from api.routes.cameras import Slug
from api.schemas.common import Page
from api.schemas.provisioning import (
    DeviceChangeIn,
    DeviceIn,
    EntityChangeIn,
    EntityIn,
    EntityOut,
    NodeIn,
    NodeOut,
    RegionNameIn,
    SiteChangeIn,
    SiteIn,
)
from api.schemas.registry import SiteOut
from models.base.errors import NotFound
from models.base.hours import parse_hours
from models.store import Write, registry

router = APIRouter(prefix="/v1", tags=["registry"])


@router.get("/entities", name="entities")
def list_entities(
    r: Reading,
    principal: Anybody,
    credit_code: Annotated[str | None, Query(max_length=18, pattern=r"^[0-9A-Z]+$")] = None,
    text: Annotated[str, Query(max_length=100, description="part of the name")] = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[EntityOut]:
    """List enterprises, or find them by a part of the name, or one by its credit code."""
    if credit_code is not None:
        found = registry.entity_of_code(r, principal.tenant, credit_code)
        rows = [] if found is None else [found]
    else:
        rows = registry.entities(r, after=uuid_cursor(cursor), text=plain_text(text), limit=limit + 1)
    return page_of(rows, limit=limit, out=EntityOut.model_validate, cursor=lambda row: row.id)


@router.get("/entities/{entity_id}", name="entity")
def one_entity(r: Reading, entity_id: UUID) -> EntityOut:
    """Return one enterprise."""
    found = registry.entity(r, entity_id)
    if found is None:
        raise NotFound(f"no enterprise {entity_id}")
    return EntityOut.model_validate(found)


@router.post("/entities", response_model=EntityOut, name="add_entity")
def add_entity(request: Request, principal: Reviewer, body: EntityIn, key: IdempotencyKey = None) -> Response:
    """Register an enterprise with its food safety officer (regulators: in their region)."""

    def act(w: Write) -> EntityOut:
        made = rules.add_entity(
            w,
            name=body.name,
            credit_code=body.credit_code,
            licence_no=body.licence_no,
            region_code=body.region_code,
            officer=body.officer,
            by=principal.rights,
        )
        return EntityOut.model_validate(made)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/entities/{entity_id}/change", response_model=EntityOut, name="change_entity")
def change_entity(
    request: Request, principal: Reviewer, entity_id: UUID, body: EntityChangeIn, key: IdempotencyKey = None
) -> Response:
    """Change an enterprise's name and licence; owner, move, suspension and closing are `/v1/guarantees/…/changes`."""

    def act(w: Write) -> EntityOut:
        changed = rules.change_entity(w, entity_id, name=body.name, licence_no=body.licence_no, by=principal.rights)
        return EntityOut.model_validate(changed)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/sites", response_model=SiteOut, name="add_site")
def add_site(request: Request, principal: Reviewer, body: SiteIn, key: IdempotencyKey = None) -> Response:
    """Register a kitchen of an enterprise."""
    closed = parse_hours(body.closed)

    def act(w: Write) -> SiteOut:
        made = rules.add_site(
            w,
            entity_id=body.entity_id,
            site_id=body.id,
            name=body.name,
            address=body.address,
            closed=closed,
            by=principal.rights,
        )
        return SiteOut.model_validate(made)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/sites/{site_id}/change", response_model=SiteOut, name="change_site")
def change_site(
    request: Request, principal: Reviewer, site_id: Slug, body: SiteChangeIn, key: IdempotencyKey = None
) -> Response:
    """Change a kitchen's name, address and closing hours."""
    closed = parse_hours(body.closed)

    def act(w: Write) -> SiteOut:
        changed = rules.change_site(
            w, site_id, name=body.name, address=body.address, closed=closed, by=principal.rights
        )
        return SiteOut.model_validate(changed)

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/nodes", response_model=NodeOut, name="add_node")
def add_node(request: Request, app: AppState, principal: Stepper, body: NodeIn, key: IdempotencyKey = None) -> Response:
    """Register a node at a kitchen. Its secret works at the broker within two seconds and is shown this once."""
    workshop = workshop_of(app.workshop)

    def act(w: Write) -> NodeOut:
        made, secret = rules.add_node(
            w, site_id=body.site_id, node_id=body.id, new_secret=workshop.new_secret, by=principal.rights
        )
        kept.append(secret)
        return NodeOut(
            id=made.id,
            site_id=made.site_id,
            secret=secret,
            broker_url=workshop.broker_url,
            authority=workshop.authority,
        )

    kept: list[str] = []
    answer = creating(request, principal, key, body.model_dump_json().encode(), act)
    for secret in kept:
        workshop.keep_secret(body.id, secret)
    return answer


@router.post("/devices", status_code=204, name="add_device")
def add_device(request: Request, principal: Stepper, body: DeviceIn, key: IdempotencyKey = None) -> Response:
    """Register a camera, or with `sensor_code` a sensor, behind a node."""

    def act(w: Write) -> None:
        rules.add_device(
            w,
            device_id=body.id,
            node_id=body.node_id,
            zone=body.zone,
            name=body.name,
            sensor_code=body.sensor_code,
            report_every_s=body.report_every_s,
            by=principal.rights,
        )

    return doing(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/devices/{device_id}/change", status_code=204, name="change_device")
def change_device(
    request: Request,
    app: AppState,
    principal: Stepper,
    device_id: Slug,
    body: DeviceChangeIn,
    seen: SeenVersionIfNamed = None,
    key: IdempotencyKey = None,
) -> Response:
    """Change a camera or sensor, or move it to another node of its kitchen; `PATCH /v1/cameras/{id}` draws regions."""
    wished = Change(
        name=body.name,
        zone=body.zone,
        node_id=body.node_id,
        sensor_code=body.sensor_code,
        report_every_s=body.report_every_s,
        seen=seen,
    )

    def act(w: Write) -> None:
        supervised_change(w, device_id, wished, by=principal.actor, at=app.clock.now())

    return doing(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/regions", status_code=204, name="name_region")
def name_region(request: Request, principal: Administrator, body: RegionNameIn, key: IdempotencyKey = None) -> Response:
    """Name a region that has no name yet."""

    def act(w: Write) -> None:
        rules.name_region(w, code=body.code, name=body.name, by=principal.rights)

    return doing(request, principal, key, body.model_dump_json().encode(), act)
