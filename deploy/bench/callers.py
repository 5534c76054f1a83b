"""Who calls the API of a measured platform: a key, and whether the API answers."""

from datetime import UTC, datetime, timedelta

import httpx

from api.access.credentials import make_api_key
from models.catalogue.terms import Role
from models.domain.access import ApiKey
from models.store import Write, access


def add_key(w: Write, *, tenant_id: str, role: Role, region: str | None = None) -> str:
    """Register a key for a day; return it as it is presented."""
    prefix, digest, shown = make_api_key()
    key = ApiKey(
        prefix=prefix,
        secret_sha256=digest,
        name="bench",
        role=role,
        tenant_id=tenant_id,
        region_prefix=region,
        entity_id=None,
        expires_at=datetime.now(UTC) + timedelta(days=1),
        revoked_at=None,
    )
    access.add_key(w, key)
    return shown


def answers(address: str) -> bool:
    """Return whether the API at an address is ready."""
    try:
        return httpx.get(f"{address}/ready", timeout=5).is_success
    except httpx.HTTPError:
        return False
