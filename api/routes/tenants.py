"""Tenants, for the administrators of the one that operates the platform."""

from fastapi import APIRouter, Request, Response

from alerts.registry import tenants as rules
from api.access.principal import Administrator
from api.requests import AppState, Cursor, IdempotencyKey, Limit, Reading, creating, page_of, text_cursor
from api.routes.accounts import link_of
from api.routes.devices import Slug
from api.schemas.common import Page
from api.schemas.tenants import NewTenantOut, TenantIn, TenantNameIn, TenantOut
from models.store import Write, tenants

router = APIRouter(prefix="/v1", tags=["accounts"])


@router.get("/tenants", name="tenants")
def list_tenants(r: Reading, _: Administrator, cursor: Cursor = None, limit: Limit = 50) -> Page[TenantOut]:
    """List the tenants, by id."""
    rules.require_operator(r)
    found = tenants.tenants(r, after=text_cursor(cursor), limit=limit + 1)
    return page_of(found, limit=limit, out=TenantOut.model_validate, cursor=lambda row: row.id)


@router.post("/tenants", response_model=NewTenantOut, name="add_tenant")
def add_tenant(
    request: Request, app: AppState, principal: Administrator, body: TenantIn, key: IdempotencyKey = None
) -> Response:
    """Make a tenant. Send its first administrator the link; you see nothing of what they do."""

    def act(w: Write) -> NewTenantOut:
        made, token = rules.add_tenant(
            w,
            tenant_id=body.id,
            name=body.name,
            login=body.login,
            admin_name=body.admin_name,
            actor=principal.name,
            at=app.clock.now(),
        )
        return NewTenantOut(tenant=TenantOut.model_validate(made), link=link_of(app, token))

    return creating(request, principal, key, body.model_dump_json().encode(), act)


@router.post("/tenants/{tenant_id}/change", response_model=TenantOut, name="change_tenant")
def change_tenant(
    request: Request, principal: Administrator, tenant_id: Slug, body: TenantNameIn, key: IdempotencyKey = None
) -> Response:
    """Rename a tenant: your own, or any if yours operates the platform."""

    def act(w: Write) -> TenantOut:
        return TenantOut.model_validate(rules.rename_tenant(w, tenant_id, name=body.name))

    return creating(request, principal, key, body.model_dump_json().encode(), act)
