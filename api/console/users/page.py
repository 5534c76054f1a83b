"""Load the users and API keys of a scope."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from alerts.duties.scene_packs import scene_packs
from api.access.principal import Principal
from api.console.shell.choices import Choice
from api.console.shell.words import ago, short
from models.catalogue.terms import GroupKind, Role, label
from models.domain.access import Account, KeyRow, Rights
from models.domain.groups import AccessGroup
from models.store import Read, accounts, groups, registry

SHOWN = 50
_SOON = timedelta(days=30)
_KEYS_SHOWN = 200
_GROUPS_SHOWN = 200


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
class GroupLine:
    """An access group as a line of the table."""

    id: str
    name: str
    kind: str
    chosen: bool
    scope: str
    size: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UsersPage:
    """Users, keys and access groups, and the roles and sectors that the visitor may give."""

    users: tuple[UserLine, ...]
    after: str
    text: str
    keys: tuple[KeyLine, ...]
    groups: tuple[GroupLine, ...]
    more_groups: bool
    roles: tuple[Choice, ...]
    kinds: tuple[Choice, ...]
    sectors: tuple[Choice, ...]
    region: str


def load_users(r: Read, visitor: Principal, *, text: str, after: UUID | None, now: datetime) -> UsersPage:
    """Return the values of the page."""
    found = accounts.accounts(r, after=after, text=text, limit=SHOWN + 1)
    keys = accounts.keys(r, after="", limit=_KEYS_SHOWN)
    chosen = groups.groups(r, after=None, limit=_GROUPS_SHOWN + 1)
    holders: list[Account | KeyRow] = [*found, *keys]
    held = groups.groups_of(r, sorted({row.group_id for row in holders if row.group_id is not None}))
    names = _names(r, [*holders, *chosen]) | {key: one.name for key, one in held.items()}
    regions = registry.regions(r)
    return UsersPage(
        users=tuple(_user(row, visitor, names, regions, now) for row in found[:SHOWN]),
        after=str(found[SHOWN - 1].id) if len(found) > SHOWN else "",
        text=text,
        keys=tuple(_key(row, visitor, names, regions, now) for row in keys),
        groups=tuple(_group(row, names, regions) for row in chosen[:_GROUPS_SHOWN]),
        more_groups=len(chosen) > _GROUPS_SHOWN,
        kinds=tuple(Choice(value=kind, text=label(kind)) for kind in GroupKind),
        sectors=tuple(Choice(value=one.id, text=one.name) for one in scene_packs().values() if one.kinds),
        roles=tuple(Choice(value=role, text=label(role)) for role in _given(visitor)),
        region=visitor.region or "",
    )


def _given(visitor: Principal) -> list[Role]:
    """The roles that the visitor may give to somebody, somewhere."""
    if visitor.role is Role.admin:
        return list(Role)
    return [Role.enterprise, Role.platform, Role.regulator]


def _names(r: Read, rows: list[Account | KeyRow | AccessGroup]) -> dict[UUID, str]:
    ids = {row.entity_id for row in rows if row.entity_id is not None}
    return {key: entity.name for key, entity in registry.entities_of(r, ids).items()} if ids else {}


def _scope(rights: Rights, names: dict[UUID, str], regions: dict[str, str]) -> str:
    whole = _whole_scope(rights, names, regions)
    return whole if rights.group_id is None else f"{whole} · {names.get(rights.group_id, '范围组')}"


def _whole_scope(rights: Rights, names: dict[UUID, str], regions: dict[str, str]) -> str:
    if rights.entity_id is not None:
        return names.get(rights.entity_id, "—")
    if not rights.region_prefix:
        return "全平台"
    return f"{regions.get(rights.region_prefix, '')} {rights.region_prefix}".strip()


def _group(row: AccessGroup, names: dict[UUID, str], regions: dict[str, str]) -> GroupLine:
    rights = Rights(role=Role.platform, tenant_id=row.tenant_id, region_prefix=row.region_code, entity_id=row.entity_id)
    return GroupLine(
        id=str(row.id),
        name=row.name,
        kind=label(row.kind),
        chosen=row.kind is not GroupKind.sector,
        scope=_whole_scope(rights, names, regions),
        size=row.size,
        version=row.version,
    )


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
