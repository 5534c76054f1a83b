"""Users and API keys: who may make, change and end them. Check → store, in the caller's transaction."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from alerts.registry.groups import require_fitting
from models.base.errors import Invalid, InvalidTransition, NotAllowed, NotFound, StaleVersion
from models.base.ids import uuid7
from models.base.tokens import new_token, token_digest
from models.catalogue.terms import Role
from models.domain.access import Account, ApiKey, KeyRow, Rights, User, rights_of
from models.store import access, accounts, registry, webhooks
from models.store.accounts import NO_PASSWORD
from models.store.connect import Read, Write

INVITED_FOR = timedelta(hours=72)
"""How long an invitation is good."""
FIRST_FOR = timedelta(hours=24)
"""How long the first administrator's link is good."""
LONGEST_KEY = timedelta(days=730)
LONGEST_OVERLAP = timedelta(days=30)
SHORTEST_PASSWORD = 10
_NAME = 50


def add_user(
    w: Write,
    *,
    login: str,
    name: str,
    rights: Rights,
    by: Rights,
    actor: str,
    at: datetime,
    person_id: UUID | None = None,
) -> tuple[Account, str]:
    """Make a user; return it and the token of the link with which the user sets a password.

    `person_id` is the person of the enterprise whose own account it is: it has the pages of their post and no other.

    Raises:
        NotAllowed: the caller may not manage such a user.
        NotFound: no such enterprise in what the caller may see.
        Invalid: the log-in or name has another form, the role does not fit its scope, or the person is nobody in office
            of the enterprise.
        Conflict: the log-in exists.
    """
    _require(by, rights)
    user = User(
        id=uuid7(),
        login=login,
        name=_named(name),
        password_hash=NO_PASSWORD,
        role=rights.role,
        tenant_id=rights.tenant_id,
        region_prefix=rights.region_prefix,
        entity_id=_fitting(w, rights).entity_id,
        group_id=rights.group_id,
        person_id=_person(w, rights, person_id, at=at),
        disabled_at=None,
    )
    access.add_user(w, user)
    return accounts.account(w, user.id), invite(w, user.id, actor=actor, at=at)


def _person(w: Write, rights: Rights, person_id: UUID | None, *, at: datetime) -> UUID | None:
    if person_id is None:
        return None
    there = [] if rights.entity_id is None else registry.people_in_office(w, entity_id=rights.entity_id, at=at)
    if person_id not in {person.id for person in there}:
        raise Invalid("请选择本企业的在任人员 person_id: expected a person in office of the account's enterprise")
    return person_id


def change_user(w: Write, user_id: UUID, *, version: int, name: str, rights: Rights, by: Rights) -> Account:
    """Change what a user is called and may do; the user is logged out when the rights change.

    Raises:
        NotAllowed: the caller may not manage the user as it is or as it would be.
        StaleVersion: somebody changed the user meanwhile.
    """
    known = _managed(w, user_id, by, version)
    _require(by, rights)
    if known.rights != rights:
        accounts.end_sessions(w, user_id)
    return accounts.change(w, user_id, name=_named(name), rights=_fitting(w, rights))


def end_user(w: Write, user_id: UUID, *, version: int, by: Rights, actor: str, at: datetime) -> Account:
    """Disable a user and end the user's sessions.

    Raises:
        NotAllowed: the caller may not manage the user, or is the user.
        InvalidTransition: the user is disabled already.
    """
    known = _managed(w, user_id, by, version)
    if known.login == actor:
        raise NotAllowed("不能停用自己的账号 nobody can disable themselves")
    if known.disabled_at is not None:
        raise InvalidTransition(f"{known.login} is disabled already")
    return accounts.set_ended(w, user_id, at=at)


def enable_user(w: Write, user_id: UUID, *, version: int, by: Rights) -> Account:
    """Let a disabled user log in again.

    Raises:
        InvalidTransition: the user is not disabled.
    """
    known = _managed(w, user_id, by, version)
    if known.disabled_at is None:
        raise InvalidTransition(f"{known.login} is not disabled")
    return accounts.set_ended(w, user_id, at=None)


def reset_user(
    w: Write, user_id: UUID, *, version: int, drop_factor: bool, by: Rights, actor: str, at: datetime
) -> tuple[Account, str]:
    """Take a user's password away; return the user and the token of the link with which the user sets a new one.

    With `drop_factor` the second factor is forgotten too. Somebody else than the user has to do it.

    Raises:
        NotAllowed: the caller may not manage the user, or is the user.
        InvalidTransition: a sign-on provider vouches for the user.
    """
    known = _managed(w, user_id, by, version)
    if known.login == actor:
        raise NotAllowed("a second person has to reset a password; change your own on the page of your account")
    if known.provider is not None:
        raise InvalidTransition(f"{known.login} signs on by {known.provider} and has no password here")
    accounts.set_hash(w, user_id, NO_PASSWORD)
    if drop_factor:
        accounts.drop_factor(w, user_id)
    accounts.end_sessions(w, user_id)
    return accounts.account(w, user_id), invite(w, user_id, actor=actor, at=at)


def welcome_by_provider(
    w: Write, *, provider: str, subject: str, login: str, name: str, rights: Rights | None
) -> User | None:
    """Return the user for whom a sign-on provider vouches, made or changed as its claims say.

    None if no rule gives rights, or the account was disabled here; sessions that were open then end.
    """
    known = accounts.by_subject(w, provider=provider, subject=subject)
    if known is None:
        return None if rights is None else _add_by_provider(w, provider, subject, login, name, rights)
    if rights is None or known.disabled_at is not None:
        accounts.end_sessions(w, known.id)
        return None
    if (rights_of(known), known.name) != (rights, name):
        accounts.end_sessions(w, known.id)
        accounts.change(w, known.id, name=name, rights=rights)
    return accounts.by_subject(w, provider=provider, subject=subject)


def _add_by_provider(w: Write, provider: str, subject: str, login: str, name: str, rights: Rights) -> User:
    if accounts.login_taken(w, login):
        login = f"{login}-{token_digest(subject)[:8]}"
    user = User(
        id=uuid7(),
        login=login,
        name=name,
        password_hash=NO_PASSWORD,
        role=rights.role,
        tenant_id=rights.tenant_id,
        region_prefix=rights.region_prefix,
        entity_id=rights.entity_id,
        group_id=rights.group_id,
        person_id=None,
        disabled_at=None,
    )
    accounts.add_by_provider(w, user, provider=provider, subject=subject)
    return user


def require_managed(r: Read, user_id: UUID, by: Rights) -> Account:
    """Return a user whom the caller may manage.

    Raises:
        NotFound: no such user in what the caller may see.
        NotAllowed: the caller may not manage this user.
    """
    known = accounts.account(r, user_id)
    _require(by, known.rights)
    return known


def invite(w: Write, user_id: UUID | None, *, actor: str, at: datetime) -> str:
    """Make the token of a link that works once; an earlier one ends. Without a user: the first administrator's."""
    token = new_token()
    life = FIRST_FOR if user_id is None else INVITED_FOR
    accounts.invite(w, token_sha256=token_digest(token), user_id=user_id, made_by=actor, at=at, expires_at=at + life)
    return token


def require_password(password: str, login: str) -> None:
    """Check a new password.

    Raises:
        Invalid: it is too short, or contains the log-in.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid(f"密码至少 {SHORTEST_PASSWORD} 位 password: expected at least {SHORTEST_PASSWORD} characters")
    if login.lower() in password.lower():
        raise Invalid("密码不能包含账号 password: expected one without the log-in name in it")
    if len(set(password)) < SHORTEST_PASSWORD // 2:
        raise Invalid("密码中不同的字符太少 password: expected more different characters")


def add_key(w: Write, secret: ApiKey, *, by: Rights, actor: str, at: datetime, follows: str | None = None) -> KeyRow:
    """Register a new API key.

    Raises:
        NotAllowed: the caller may not manage such a key.
        NotFound: no such enterprise in what the caller may see.
        Invalid: it would live too long, or its role does not fit its scope.
    """
    rights = rights_of(secret)
    _require(by, rights)
    _fitting(w, rights)
    if not at < secret.expires_at <= at + LONGEST_KEY:
        raise Invalid(f"days: expected 1 to {LONGEST_KEY.days}")
    return accounts.add_key(w, replace(secret, name=_named(secret.name)), made_by=actor, at=at, follows=follows)


def rotate_key(
    w: Write, prefix: str, fresh: ApiKey, *, overlap: timedelta, by: Rights, actor: str, at: datetime
) -> KeyRow:
    """Put a new key in the place of one, which goes on working for the time of `overlap`.

    `fresh` gives the new prefix and secret; name, rights and life are those of the old one.

    Raises:
        NotFound: no such key in what the caller may see.
        InvalidTransition: it is revoked or expired.
        Invalid: the overlap is too long.
    """
    known = accounts.key_row(w, prefix)
    _require(by, known.rights)
    if known.revoked_at is not None or known.expires_at <= at:
        raise InvalidTransition(f"key {prefix} is revoked or expired")
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise Invalid(f"overlap_hours: expected 0 to {LONGEST_OVERLAP // timedelta(hours=1)}")
    life = min(known.expires_at - known.created_at, LONGEST_KEY)
    successor = replace(
        fresh,
        name=known.name,
        role=known.role,
        tenant_id=known.tenant_id,
        region_prefix=known.region_prefix,
        entity_id=known.entity_id,
        group_id=known.group_id,
        expires_at=at + life,
    )
    accounts.end_key(w, prefix, expires_at=at + overlap, revoked_at=None)
    added = accounts.add_key(w, successor, made_by=actor, at=at, follows=prefix)
    webhooks.hand_over(w, old=f"key:{prefix}", new=f"key:{added.prefix}")
    return added


def revoke_key(w: Write, prefix: str, *, by: Rights, at: datetime) -> KeyRow:
    """Revoke a key at once.

    Raises:
        NotFound: no such key in what the caller may see.
        InvalidTransition: it is revoked already.
    """
    known = accounts.key_row(w, prefix)
    _require(by, known.rights)
    ended = accounts.end_key(w, prefix, expires_at=known.expires_at, revoked_at=at)
    if ended is None:
        raise InvalidTransition(f"key {prefix} is revoked already")
    return ended


def _require(by: Rights, other: Rights) -> None:
    if not by.may_manage(other):
        raise NotAllowed(
            "您的角色或辖区不能管理这样的账号 your role and scope do not allow managing an account with these rights"
        )


def _managed(w: Write, user_id: UUID, by: Rights, version: int) -> Account:
    known = accounts.locked(w, user_id)
    _require(by, known.rights)
    if known.version != version:
        raise StaleVersion(f"the user has version {known.version}; you read {version}")
    return known


def _named(name: str) -> str:
    if not 1 <= len(name.strip()) <= _NAME:
        raise Invalid(f"姓名应有 1 至 {_NAME} 个字 name: expected 1 to {_NAME} characters")
    return name.strip()


def _fitting(r: Read, rights: Rights) -> Rights:
    """Return rights whose role fits their scope.

    Raises:
        Invalid: an enterprise's rights name none, other rights name one, a regulator's or platform's no region, or the
            access group lies outside the region or the enterprise.
        NotFound: no such enterprise or group in what the caller may see.
    """
    if (rights.role is Role.enterprise) != (rights.entity_id is not None):
        raise Invalid("entity_id: expected for the role enterprise, and for no other")
    if rights.role in {Role.regulator, Role.platform} and not rights.region_prefix:
        raise Invalid(f"请填写区划代码 region: expected for the role {rights.role}")
    if rights.entity_id is not None and registry.entity(r, rights.entity_id) is None:
        raise NotFound(f"no enterprise {rights.entity_id}")
    if rights.group_id is not None:
        require_fitting(r, rights)
    return rights
