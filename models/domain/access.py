"""Actors, users and API keys."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.catalogue.terms import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The person or machine that acts: its name in the log, and the role that permits the action.

    Attributes:
        person_id: the person of an enterprise whose own account it is; None for an account of the whole enterprise, of
            an authority, or of a machine.
    """

    name: str
    role: Role
    person_id: UUID | None = None


SYSTEM = Actor(name="system", role=Role.admin)
"""The actor of changes that the platform makes by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who can log in. `region_prefix` or `entity_id` is the scope."""

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
    """A machine's key. The prefix is public; only the SHA-256 of the secret is stored."""

    prefix: str
    secret_sha256: str
    name: str
    role: Role
    tenant_id: str
    region_prefix: str | None
    entity_id: UUID | None
    expires_at: datetime
    revoked_at: datetime | None
