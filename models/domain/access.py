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
class Rights:
    """A role, and where it applies: a region prefix, an enterprise, or the whole tenant without either.

    `group_id` narrows it to an access group within the region or the enterprise.
    """

    role: Role
    tenant_id: str
    region_prefix: str | None
    entity_id: UUID | None
    group_id: UUID | None = None

    def may_manage(self, other: "Rights") -> bool:
        """Return whether somebody with these rights may make, change and end an account or key with the others.

        An administrator may in the own scope. A regulator may for enterprises and platforms there, and for regulators
        of a smaller region, so that no colleague and nobody above can be locked out or impersonated. That an enterprise
        belongs to the region is a matter of what the caller may see. Whoever sees a group manages nobody.
        """
        if (
            self.group_id is not None
            or self.tenant_id != other.tenant_id
            or self.role not in {Role.admin, Role.regulator}
        ):
            return False
        own, theirs = self.region_prefix or "", other.region_prefix or ""
        within = other.entity_id is not None or theirs.startswith(own)
        if self.role is Role.admin:
            return within
        smaller = other.role is Role.regulator and len(theirs) > len(own)
        return within and (other.role in {Role.enterprise, Role.platform} or smaller)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user as those who manage users see them, without what proves who they are.

    Attributes:
        totp_since: since when a second factor is asked; None: it is not.
        provider: the sign-on provider that vouches for the user; None: the user has a password.
    """

    id: UUID
    login: str
    name: str
    role: Role
    tenant_id: str
    region_prefix: str | None
    entity_id: UUID | None
    group_id: UUID | None
    disabled_at: datetime | None
    created_at: datetime
    last_login_at: datetime | None
    made_by: str
    totp_since: datetime | None
    provider: str | None
    version: int

    @property
    def rights(self) -> Rights:
        """What the user may do, and where."""
        return rights_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactor:
    """A user's time-based one-time password (RFC 6238): its secret, since when it is asked, and the last step used."""

    secret: str | None
    since: datetime | None
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A link that works once and lets its user set a password; without a user, the first administrator's."""

    user_id: UUID | None
    login: str | None
    name: str | None
    made_by: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """An API key without its secret. `follows` is the key that it replaces."""

    prefix: str
    name: str
    role: Role
    tenant_id: str
    region_prefix: str | None
    entity_id: UUID | None
    group_id: UUID | None
    expires_at: datetime
    revoked_at: datetime | None
    made_by: str
    created_at: datetime
    last_used_at: datetime | None
    follows: str | None

    @property
    def rights(self) -> Rights:
        """What the key may do, and where."""
        return rights_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who can log in; since `totp_since` a code is asked too.

    `region_prefix` or `entity_id` is the scope, which an access group narrows; `group_form` says how it is read.
    """

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
    totp_since: datetime | None = None
    group_id: UUID | None = None
    group_form: str | None = None


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
    group_id: UUID | None = None
    group_form: str | None = None


def rights_of(holder: Account | KeyRow | User | ApiKey) -> Rights:
    """Return what a user or a key may do, and where."""
    return Rights(
        role=holder.role,
        tenant_id=holder.tenant_id,
        region_prefix=holder.region_prefix,
        entity_id=holder.entity_id,
        group_id=holder.group_id,
    )
