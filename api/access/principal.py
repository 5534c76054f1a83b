"""The principal: the caller whom a session cookie or an API key identifies, and the caller's rights."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from alerts.duties.posts import duties_of
from api.access.credentials import secret_matches, split_api_key
from api.access.posts import post_may
from api.access.throttle import Pace
from api.state import App, app_of
from models.base.errors import NotAllowed, NotAuthenticated
from models.base.tokens import token_digest
from models.catalogue.duty_terms import DutyPeriod
from models.catalogue.terms import Post, Role, label
from models.domain.access import Actor, Rights
from models.store import Scope, access, accounts

COOKIE = "mingchu_session"
CSRF_HEADER = "x-csrf-token"
_NOTED = Pace(burst=1, every_s=60)
"""How often the use of a key is noted."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The authenticated caller. Logs of changes contain `name`.

    Attributes:
        group, group_form: the access group that narrows the region or the enterprise, and its form; None without one.
        person: the person of the enterprise whose own account it is; None for an account of the whole enterprise.
        post, periods: their post, and the periods that it keeps; pages alone look them up. None otherwise.
    """

    name: str
    shown_name: str
    role: Role
    tenant: str
    region: str | None
    entity: UUID | None
    csrf_token: str | None
    person: UUID | None = None
    group: UUID | None = None
    group_form: str | None = None
    post: Post | None = None
    periods: tuple[DutyPeriod, ...] | None = None

    @property
    def by_key(self) -> bool:
        """Whether a machine asks, with an API key."""
        return self.csrf_token is None

    @property
    def scope(self) -> Scope:
        """The rows that row-level security lets the principal see."""
        if self.group is not None:
            form, unreviewed = self.group_form or "", self.entity is None
            return Scope.of_group(self.tenant, self.group, form, unreviewed=unreviewed).by(self.name)
        if self.entity is not None:
            return Scope.of_entity(self.tenant, self.entity).by(self.name)
        if self.role is Role.admin and self.region is None:
            return Scope.of_tenant(self.tenant).by(self.name)
        return Scope.of_region(self.tenant, self.region or "-").by(self.name)

    @property
    def rights(self) -> Rights:
        """What the principal may do, and where."""
        return Rights(
            role=self.role,
            tenant_id=self.tenant,
            region_prefix=self.region,
            entity_id=self.entity,
            group_id=self.group,
        )

    @property
    def actor(self) -> Actor:
        """The principal as the actor of a transition."""
        return Actor(name=self.name, role=self.role, person_id=self.person)


def identify(request: Request, *, csrf_field: str | None = None) -> Principal | None:
    """Return the principal of a request; None if it has neither a key nor the cookie of a valid session.

    `csrf_field` is the token that a plain form sends; scripts send the header instead.

    Raises:
        NotAuthenticated: the API key is unknown, revoked, expired or malformed.
        NotAllowed: a changing request with a cookie lacks its CSRF token.
    """
    known = getattr(request.state, "identified", None)  # `Door` sets it before the body is read
    if isinstance(known, Principal):
        return known
    app = app_of(request)
    header = request.headers.get("authorization", "")
    if header:
        return _by_key(app, header)
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    found = _by_cookie(app, token)
    if found is not None and request.method not in _SAFE:
        sent = request.headers.get(CSRF_HEADER, "") if csrf_field is None else csrf_field
        if not secrets.compare_digest(sent.encode(), (found.csrf_token or "").encode()):
            raise NotAllowed("the CSRF token is missing or wrong; send it as X-CSRF-Token (see /v1/me)")
    return found


def _by_key(app: App, header: str) -> Principal:
    scheme, _, shown = header.partition(" ")
    parts = split_api_key(shown.strip()) if scheme.lower() == "bearer" else None
    if parts is None or "\x00" in header:
        raise NotAuthenticated("expected `Authorization: Bearer mk_…`")
    at = app.clock.now()
    with app.store.read(Scope.of_access()) as r:
        key = access.key(r, prefix=parts[0], at=at)
    if key is None or not secret_matches(key.secret_sha256, parts[1]):
        raise NotAuthenticated("this API key is unknown, revoked or expired")
    if not app.gate.admit(f"use of {key.prefix}", _NOTED, now=time.monotonic()):
        with app.store.write(Scope.of_access()) as w:
            accounts.note_use(w, key.prefix, at=at)
    return Principal(
        name=f"key:{key.prefix}",
        shown_name=key.name,
        role=key.role,
        tenant=key.tenant_id,
        region=key.region_prefix,
        entity=key.entity_id,
        csrf_token=None,
        group=key.group_id,
        group_form=key.group_form,
    )


def _by_cookie(app: App, token: str) -> Principal | None:
    digest, at = token_digest(token), app.clock.now()
    with app.store.read(Scope.of_access()) as r:
        user = access.user_of_session(r, token_sha256=digest, at=at)
        csrf = access.csrf_of_session(r, token_sha256=digest, at=at)
    if user is None:
        return None
    return Principal(
        name=user.login,
        shown_name=user.name,
        role=user.role,
        tenant=user.tenant_id,
        region=user.region_prefix,
        entity=user.entity_id,
        csrf_token=csrf,
        person=user.person_id,
        group=user.group_id,
        group_form=user.group_form,
    )


def authenticated(request: Request) -> Principal:
    """Return the principal of a request, of any role; raise `NotAuthenticated` if there is none."""
    found = identify(request)
    if found is None:
        raise NotAuthenticated
    request.state.principal = found.name
    if found.person is not None:
        _check_post(request, found, found.person)
    return found


def _check_post(request: Request, found: Principal, person_id: UUID) -> None:
    """Let an account of a person call what their post needs, and nothing else. Pages have a check of their own.

    Raises:
        NotAllowed: the post may not call this.
    """
    path = getattr(request.scope.get("route"), "path", "")
    if not path.startswith("/v1/"):
        return
    app = app_of(request)
    with app.store.read(found.scope) as r:
        person, periods = duties_of(r, person_id, at=app.clock.now())
    post = person.post if person is not None and person.in_office(app.clock.now()) else None
    if not post_may(post, periods, request.method, path):
        said = "已离任" if post is None else label(post)
        raise NotAllowed(f"{said}不能执行此操作 your post may not call {request.method} {path}")


def require(*roles: Role) -> Callable[[Principal], Principal]:
    """Return a dependency that admits only these roles."""

    def check(principal: Annotated[Principal, Depends(authenticated)]) -> Principal:
        if principal.role not in roles:
            raise NotAllowed(f"this needs one of the roles {', '.join(roles)}; your role is {principal.role}")
        return principal

    return check


Administrator = Annotated[Principal, Depends(require(Role.admin))]
Anybody = Annotated[Principal, Depends(authenticated)]
Reviewer = Annotated[Principal, Depends(require(Role.regulator, Role.admin))]
Stepper = Annotated[Principal, Depends(require(Role.enterprise, Role.regulator, Role.admin))]
Rectifier = Annotated[Principal, Depends(require(Role.enterprise, Role.admin))]
