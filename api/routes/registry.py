"""The caller, regions and sites."""

from uuid import UUID

from fastapi import APIRouter

from api.access.principal import Anybody
from api.requests import Cursor, Limit, Reading, page_of, text_cursor
from api.routes.devices import Slug
from api.schemas import (
    MeOut,
    Page,
    SiteOut,
)
from models.base.errors import NotFound
from models.store import registry

router = APIRouter(prefix="/v1", tags=["registry"])


@router.get("/me")
def me(principal: Anybody) -> MeOut:
    """Return your name, role and scope, and the CSRF token of your session."""
    return MeOut.model_validate(principal)


@router.get("/regions")
def regions(r: Reading) -> dict[str, str]:
    """Return region names by region code."""
    return registry.regions(r)


@router.get("/sites")
def sites(r: Reading, entity_id: UUID | None = None, cursor: Cursor = None, limit: Limit = 50) -> Page[SiteOut]:
    """List kitchens, of one enterprise if you name it."""
    rows = registry.sites(r, after=text_cursor(cursor), limit=limit + 1, entity_id=entity_id)
    return page_of(rows, limit=limit, out=SiteOut.model_validate, cursor=lambda site: site.id)


@router.get("/sites/{site_id}")
def site(r: Reading, site_id: Slug) -> SiteOut:
    """Return one kitchen."""
    found = registry.site(r, site_id)
    if found is None:
        raise NotFound(f"no site {site_id!r}")
    return SiteOut.model_validate(found)
