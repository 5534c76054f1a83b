"""Load the users and API keys of a scope."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from api.access.principal import Principal
from api.console.shell.choices import Choice
from api.console.shell.words import ago, short
from models.catalogue.terms import Role, label
from models.domain.access import Account, KeyRow, Rights
from models.store import Read, accounts, registry

SHOWN = 50
_SOON = timedelta(days=30)
_KEYS_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class UserLine:
    """A user as a line of the table."""

    id: str
    login: str
    name: str
    role: str
    scope: str
    last: str
    factor: bool
    provider: str
    disabled: bool
    managed: bool
    own: bool
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLine:
    """A key as a line of the table."""

    prefix: str
    name: str
    role: str
    scope: str
    last: str
    until: str
    state: str
    soon: bool
    good: bool
    managed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UsersPage:
    """Users and keys, and the roles that the visitor may give."""

    users: tuple[UserLine, ...]
    after: str
    text: str
    keys: tuple[KeyLine, ...]
    roles: tuple[Choice, ...]
    region: str


def load_users(r: Read, visitor: Principal, *, text: str, after: UUID | None, now: datetime) -> UsersPage:
    """Return the values of the page."""
    found = accounts.accounts(r, after=after, text=text, limit=SHOWN + 1)
    keys = accounts.keys(r, after="", limit=_KEYS_SHOWN)
    names = _names(r, [*found, *keys])
    regions = registry.regions(r)
    return UsersPage(
        users=tuple(_user(row, visitor, names, regions, now) for row in found[:SHOWN]),
        after=str(found[SHOWN - 1].id) if len(found) > SHOWN else "",
        text=text,
        keys=tuple(_key(row, visitor, names, regions, now) for row in keys),
        roles=tuple(Choice(value=role, text=label(role)) for role in _given(visitor)),
        region=visitor.region or "",
    )


def _given(visitor: Principal) -> list[Role]:
    """The roles that the visitor may give to somebody, somewhere."""
    if visitor.role is Role.admin:
        return list(Role)
    return [Role.enterprise, Role.platform, Role.regulator]


def _names(r: Read, rows: list[Account | KeyRow]) -> dict[UUID, str]:
    ids = {row.entity_id for row in rows if row.entity_id is not None}
    return {key: entity.name for key, entity in registry.entities_of(r, ids).items()} if ids else {}


def _scope(rights: Rights, names: dict[UUID, str], regions: dict[str, str]) -> str:
    if rights.entity_id is not None:
        return names.get(rights.entity_id, "—")
    if not rights.region_prefix:
        return "全平台"
    return f"{regions.get(rights.region_prefix, '')} {rights.region_prefix}".strip()


def _user(row: Account, visitor: Principal, names: dict[UUID, str], regions: dict[str, str], now: datetime) -> UserLine:
    return UserLine(
        id=str(row.id),
        login=row.login,
        name=row.name,
        role=label(row.role),
        scope=_scope(row.rights, names, regions),
        last=ago(row.last_login_at, now=now),
        factor=row.totp_since is not None,
        provider=row.provider or "",
        disabled=row.disabled_at is not None,
        managed=visitor.rights.may_manage(row.rights),
        own=row.login == visitor.name,
        version=row.version,
    )


def _key(row: KeyRow, visitor: Principal, names: dict[UUID, str], regions: dict[str, str], now: datetime) -> KeyLine:
    good = row.revoked_at is None and row.expires_at > now
    state = "有效" if good else "已吊销" if row.revoked_at is not None else "已过期"
    return KeyLine(
        prefix=row.prefix,
        name=row.name,
        role=label(row.role),
        scope=_scope(row.rights, names, regions),
        last=ago(row.last_used_at, now=now),
        until=short(row.expires_at) if row.expires_at.year == now.year else f"{row.expires_at:%Y-%m-%d}",
        state=state,
        soon=good and row.expires_at - now < _SOON,
        good=good,
        managed=visitor.rights.may_manage(row.rights),
    )
