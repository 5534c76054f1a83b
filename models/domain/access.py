"""Who acts, users and API keys."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.catalogue.terms import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: the name that goes into the log, and the role that allows it."""

    name: str
    role: Role


SYSTEM = Actor(name="system", role=Role.admin)
"""What the platform does by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who logs in. `region_prefix` or `entity_id` is the scope."""

    id: UUID
    login: str
    name: str
    password_hash: str
    role: Role
    tenant_id: str
    region_prefix: str | None
    entity_id: UUID | None
    person_id: UUID | None
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A machine's key: the prefix is public, of the secret only the SHA-256 is kept."""

    prefix: str
    secret_sha256: str
    name: str
    role: Role
    tenant_id: str
    region_prefix: str | None
    entity_id: UUID | None
    expires_at: datetime
    revoked_at: datetime | None
