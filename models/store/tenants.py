"""Storage of tenants as administrators of the operating one manage them."""

from datetime import datetime
from uuid import UUID

from models.base.errors import NotFound
from models.domain.tenants import Tenant
from models.store.connect import Read, Write
from models.store.registry import named, require_slug


def operates(r: Read) -> bool:
    """Return whether the scope is the whole tenant that operates the platform."""
    return bool(r.value("tenants", "operates"))


def tenants(r: Read, *, after: str, limit: int) -> list[Tenant]:
    """Return a page of the tenants; none in any other scope."""
    return r.all(Tenant, "tenants", "tenants", {"after": after, "limit": limit})


def add_tenant(
    w: Write,
    *,
    tenant_id: str,
    name: str,
    admin: UUID,
    login: str,
    admin_name: str,
    made_by: str,
    token_sha256: str,
    at: datetime,
    until: datetime,
) -> Tenant | None:
    """Make a tenant with its first administrator and the link for a password; None in any other scope.

    Raises:
        Conflict: the tenant or the log-in exists.
        Invalid: the id has another form.
    """
    params = {
        "id": require_slug(tenant_id, "tenant id"),
        "name": name,
        "admin": admin,
        "login": login,
        "admin_name": admin_name,
        "made_by": made_by,
        "token_sha256": token_sha256,
        "at": at,
        "until": until,
    }
    with named(f"tenant {tenant_id!r} or user {login!r}"):
        return w.one(Tenant, "tenants", "add_tenant", params)


def rename(w: Write, tenant_id: str, name: str) -> Tenant | None:
    """Rename a tenant; None if the scope is neither it nor the one that operates the platform."""
    return w.one(Tenant, "tenants", "rename", {"id": tenant_id, "name": name})


def operate(w: Write, tenant_id: str) -> None:
    """Let a tenant operate the platform, and no other.

    Raises:
        NotFound: there is none.
    """
    if not w.value("tenants", "known", {"id": tenant_id}):
        raise NotFound(f"no tenant {tenant_id!r}")
    w.run("tenants", "operate", {"id": tenant_id})
