"""Tenants: made and renamed by the administrators of the tenant that operates the platform."""

from datetime import datetime

from alerts.registry.accounts import INVITED_FOR
from models.base.errors import NotAllowed, NotFound
from models.base.ids import uuid7
from models.base.tokens import new_token, token_digest
from models.domain.tenants import Tenant
from models.store import tenants
from models.store.connect import Read, Write

_NOT_YOURS = "tenants are managed by administrators of the tenant that operates the platform"


def require_operator(r: Read) -> None:
    """Check that the caller administers the tenant that operates the platform.

    Raises:
        NotAllowed: the caller does not.
    """
    if not tenants.operates(r):
        raise NotAllowed(_NOT_YOURS)


def add_tenant(
    w: Write, *, tenant_id: str, name: str, login: str, admin_name: str, actor: str, at: datetime
) -> tuple[Tenant, str]:
    """Make a tenant; return it and the token of the link at which its first administrator sets a password.

    Raises:
        NotAllowed: see `require_operator`.
        Conflict: the tenant or the log-in exists.
        Invalid: the id has another form.
    """
    token = new_token()
    made = tenants.add_tenant(
        w,
        tenant_id=tenant_id,
        name=name.strip(),
        admin=uuid7(),
        login=login,
        admin_name=admin_name.strip(),
        made_by=actor,
        token_sha256=token_digest(token),
        at=at,
        until=at + INVITED_FOR,
    )
    if made is None:
        raise NotAllowed(_NOT_YOURS)
    return made, token


def rename_tenant(w: Write, tenant_id: str, *, name: str) -> Tenant:
    """Rename a tenant: its own administrators, or those who operate the platform.

    Raises:
        NotFound: no such tenant that the caller may rename.
    """
    found = tenants.rename(w, tenant_id, name.strip())
    if found is None:
        raise NotFound(f"no tenant {tenant_id!r}")
    return found
