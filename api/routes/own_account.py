"""Your own account: password, second factor, and where you are logged in."""

import time
from uuid import UUID

from fastapi import APIRouter, Request, Response

from alerts.registry.accounts import require_password
from api.access import totp
from api.access.credentials import hash_password, verify_password
from api.access.principal import COOKIE, Anybody, Principal
from api.access.throttle import Pace
from api.requests import AppState
from api.schemas.accounts import CodeIn, DropFactorIn, EndedOut, FactorOut, PasswordIn, SessionOut
from api.state import App
from models.base.errors import Conflict, Invalid, InvalidTransition, NotAllowed, NotAuthenticated
from models.base.tokens import token_digest
from models.catalogue.supervision_terms import SignProof
from models.domain.access import User
from models.store import Scope, Write, access, accounts

router = APIRouter(prefix="/v1/me", tags=["accounts"])
_TRIES = Pace(burst=5, every_s=30)
"""How often somebody who is logged in may try a password or a code."""


@router.post("/password", status_code=204, name="change_password")
def change_password(request: Request, app: AppState, principal: Anybody, body: PasswordIn) -> Response:
    """Change your password; your other sessions end."""
    user = _person(app, principal)
    _prove(app, user, body.present)
    require_password(body.password, user.login)
    hashed = app.hashing.submit(hash_password, body.password).result()
    with app.store.write(Scope.of_access().by(principal.name)) as w:
        accounts.set_hash(w, user.id, hashed)
        accounts.end_sessions(w, user.id, present=_present(request))
    return Response(status_code=204)


@router.post("/second-factor", name="propose_factor")
def propose_factor(app: AppState, principal: Anybody) -> FactorOut:
    """Make a second factor. It is asked at log-in as soon as you have confirmed it with a code."""
    user = _person(app, principal)
    secret = totp.new_secret()
    with app.store.write(Scope.of_access().by(principal.name)) as w:
        if not accounts.propose_factor(w, user.id, secret=secret):
            raise Conflict("a second factor is asked already; remove it first")
    address = totp.address_of(secret, user.login)
    return FactorOut(secret=secret, address=address, picture=totp.picture_of(address))


@router.post("/second-factor/confirm", status_code=204, name="confirm_factor")
def confirm_factor(app: AppState, principal: Anybody, body: CodeIn) -> Response:
    """Confirm the second factor with a code; from now on it is asked at log-in."""
    user = _person(app, principal)
    _pace(app, user)
    with app.store.write(Scope.of_access().by(principal.name)) as w:
        use_code(w, user, body.code, app)
        if not accounts.confirm_factor(w, user.id, at=app.clock.now()):
            raise InvalidTransition("no second factor waits to be confirmed")
    return Response(status_code=204)


@router.post("/second-factor/remove", status_code=204, name="remove_factor")
def remove_factor(app: AppState, principal: Anybody, body: DropFactorIn) -> Response:
    """Stop asking for the second factor."""
    user = _person(app, principal)
    _prove(app, user, body.password)
    with app.store.write(Scope.of_access().by(principal.name)) as w:
        accounts.drop_factor(w, user.id)
    return Response(status_code=204)


@router.get("/sessions", name="own_sessions")
def own_sessions(request: Request, app: AppState, principal: Anybody) -> list[SessionOut]:
    """List where you are logged in."""
    user = _person(app, principal)
    with app.store.read(Scope.of_access()) as r:
        found = accounts.sessions(r, user.id, at=app.clock.now(), present=_present(request))
    return [SessionOut.model_validate(line) for line in found]


@router.post("/sessions/{session_id}/end", status_code=204, name="end_own_session")
def end_own_session(app: AppState, principal: Anybody, session_id: UUID) -> Response:
    """Log yourself out somewhere."""
    user = _person(app, principal)
    with app.store.write(Scope.of_access().by(principal.name)) as w:
        accounts.end_session(w, user.id, session_id)
    return Response(status_code=204)


@router.post("/sessions/end-others", name="end_other_sessions")
def end_other_sessions(request: Request, app: AppState, principal: Anybody) -> EndedOut:
    """Log yourself out everywhere else."""
    user = _person(app, principal)
    with app.store.write(Scope.of_access().by(principal.name)) as w:
        return EndedOut(ended=accounts.end_sessions(w, user.id, present=_present(request)))


def prove_again(app: App, principal: Principal, proof: str) -> SignProof:
    """Have somebody who is logged in prove who they are once more, before a signature; return how they did.

    Args:
        app: the app.
        principal: who signs.
        proof: the code of their second factor if they have one, else their password. A code works once.

    Raises:
        NotAllowed: the caller is a key.
        RateLimited: too many attempts.
        NotAuthenticated: the code is wrong or was used before.
        Invalid: the password is wrong.
    """
    user = _person(app, principal)
    if user.totp_since is None:
        _prove(app, user, proof)
        return SignProof.password
    _pace(app, user)
    with app.store.write(Scope.of_access().by(principal.name)) as w:
        use_code(w, user, proof, app)
    return SignProof.code


def use_code(w: Write, user: User, code: str, app: App) -> None:
    """Use a code of a user's second factor; each works once.

    Raises:
        NotAuthenticated: it is wrong, or was used before. The message does not tell which.
    """
    known = accounts.factor(w, user.id)
    step = None if known.secret is None else totp.step_of(known.secret, code, at=app.clock.now())
    if step is None or not accounts.use_step(w, user.id, step=step):
        raise NotAuthenticated("the code is wrong or was used before; wait for the next one")


def _person(app: App, principal: Principal) -> User:
    if principal.csrf_token is None:
        raise NotAllowed("this is for people who are logged in; a key has neither password nor sessions")
    with app.store.read(Scope.of_access()) as r:
        found = access.user_by_login(r, principal.name)
    if found is None:
        raise NotAuthenticated
    return found


def _present(request: Request) -> str:
    return token_digest(request.cookies.get(COOKIE, ""))


def _pace(app: App, user: User) -> None:
    refusal = "too many attempts; wait and try again"
    app.gate.require(f"proof of {user.login}", _TRIES, now=time.monotonic(), refusal=refusal)


def _prove(app: App, user: User, password: str) -> None:
    _pace(app, user)
    if not app.hashing.submit(verify_password, user.password_hash, password).result():
        raise Invalid("present: the password is wrong (当前密码不对)")
