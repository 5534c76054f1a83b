"""The one enterprise of a measurement that needs its kitchens and not its duties."""

from alerts.registry.registering import register_entity
from models.domain.registry import Entity
from models.store import Write, registry


def one_enterprise(w: Write, *, tenant: str, region: str) -> Entity:
    """Register a tenant with one enterprise in a region; both have the name of the tenant."""
    registry.add_tenant(w, tenant_id=tenant, name=tenant)
    return register_entity(
        w, tenant_id=tenant, name=tenant, credit_code="92330602MA00TEX117", region_code=region, officer=tenant
    )
