"""Links that work once: the first administrator's, a new user's, and one after a password was reset."""

import time
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import ConfigDict, Field

from alerts.registry.accounts import require_password
from api.access.credentials import hash_password
from api.access.throttle import Pace, network_of
from api.requests import AppState
from api.routes.session import open_session, set_cookies
from api.schemas.accounts import Login, Name
from api.schemas.common import In, Out
from api.state import App
from models.base.errors import Conflict, Invalid, NotAuthenticated, NotFound
from models.base.ids import uuid7
from models.base.tokens import token_digest
from models.catalogue.terms import Role
from models.domain.access import Invitation, User
from models.store import Scope, Write, access, accounts
from models.store.connect import Read

router = APIRouter(tags=["session"])
_TRIES = Pace(burst=20, every_s=3)
FIRST_TENANT = "main"
"""Id of the tenant that comes with the first administrator, if there is none."""
Token = Annotated[str, Field(min_length=16, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]


class LookIn(In):
    """Ask whose link this is."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"token": "k3c0oYvT0bqH1yXwZ5uJ8d2m"}})

    token: Token


class WelcomeIn(In):
    """Set a password; the first administrator also gives a log-in, a name and the organisation."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"token": "k3c0oYvT0bqH1yXwZ5uJ8d2m", "password": "a new, long one"}},
    )

    token: Token
    password: Annotated[str, Field(min_length=1, max_length=256, description="at least 10 characters")]
    login: Login | None = None
    name: Name | None = None
    organisation: Name | None = None


class InvitedAs(Out):
    """Whose link it is; without a log-in, the first administrator's."""

    login: str | None
    name: str | None


@router.post("/welcome/look", name="look_at_invitation")
def look(request: Request, app: AppState, body: LookIn) -> InvitedAs:
    """Return whose link this is."""
    _admit(request, app)
    with app.store.read(Scope.of_access()) as r:
        return InvitedAs.model_validate(_invitation(r, body.token, app))


@router.post("/welcome", status_code=204, name="accept_invitation")
def accept(request: Request, app: AppState, body: WelcomeIn) -> Response:
    """Set the password, and log in."""
    _admit(request, app)
    with app.store.read(Scope.of_access()) as r:
        known = _invitation(r, body.token, app)
    login = known.login or body.login
    if login is None or (known.login is None and (body.name is None or body.organisation is None)):
        raise Invalid("login, name, organisation: expected for the first administrator")
    require_password(body.password, login)
    hashed = app.hashing.submit(hash_password, body.password).result()
    digest, at = token_digest(body.token), app.clock.now()
    with app.store.write(Scope.of_access().by(login)) as w:
        if not accounts.accept(w, token_sha256=digest, at=at):
            raise NotFound("this link was used")
        if known.user_id is not None:
            accounts.set_hash(w, known.user_id, hashed)
        else:
            _first(w, login, body.name or "", body.organisation or "", hashed)
        user = access.user_by_login(w, login)
    if user is None:
        raise NotAuthenticated
    answer = Response(status_code=204)
    if user.totp_since is None:  # else the form asks for the code
        address = request.client.host if request.client else ""
        set_cookies(answer, request, app, open_session(app, user, address=address, device="", by="invitation"))
    return answer


def _first(w: Write, login: str, name: str, organisation: str, hashed: str) -> None:
    """Make the first administrator, and a tenant unless there is one.

    Raises:
        Conflict: there are users.
    """
    tenant = accounts.only_tenant(w) or FIRST_TENANT
    if not accounts.found_tenant(w, tenant_id=tenant, name=organisation):
        raise Conflict("there are users already; ask an administrator")
    access.add_user(
        w,
        User(
            id=uuid7(),
            login=login,
            name=name.strip(),
            password_hash=hashed,
            role=Role.admin,
            tenant_id=tenant,
            region_prefix=None,
            entity_id=None,
            person_id=None,
            disabled_at=None,
        ),
    )


def _invitation(r: Read, token: str, app: App) -> Invitation:
    found = accounts.invitation(r, token_sha256=token_digest(token), at=app.clock.now())
    if found is None or (found.user_id is None and not accounts.nobody_yet(r)):
        raise NotFound("this link is unknown, was used or has expired")
    return found


def _admit(request: Request, app: App) -> None:
    address = network_of(request.client.host if request.client else "")
    refusal = "too many attempts; wait and try again"
    app.gate.require(f"welcome {address}", _TRIES, now=time.monotonic(), refusal=refusal)
