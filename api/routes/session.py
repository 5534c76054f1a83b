"""Logging in and out."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.access import COOKIE, Anybody, token_digest
from api.credentials import hash_password, verify_password
from api.requests import AppState
from api.state import App
from models.access import User
from models.errors import NotAuthenticated, RateLimited
from models.store import Scope, access

router = APIRouter(tags=["session"])

_NOBODY = hash_password(secrets.token_hex(16))
"""Checked for unknown log-ins, so that they take as long as known ones."""
_ANY = "*"
_ANY_FACTOR = 40

Login = Annotated[str, Form(min_length=1, max_length=64)]
Password = Annotated[str, Form(min_length=1, max_length=256)]


@router.post("/login", status_code=303, response_class=RedirectResponse)
def log_in(app: AppState, login: Login, password: Password) -> Response:
    """Log in by form; sets the session cookie."""
    token = start_session(app, login.strip().lower().replace("\x00", ""), password)
    answer = RedirectResponse("/", status_code=303)
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(app.settings.session_life.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=app.settings.secure_cookies,
    )
    return answer


def start_session(app: App, login: str, password: str) -> str:
    """Check a password and open a session; gives its token.

    Raises:
        RateLimited: too many failures of this name, or of all together.
        NotAuthenticated: wrong name or password, without saying which.
    """
    at = app.clock.now()
    since = at - app.settings.login_window
    with app.store.read(Scope.of_access()) as r:
        mine = access.failures(r, login=login, since=since)
        all_of_them = access.failures(r, login=_ANY, since=since)
        user = access.user_by_login(r, login)
    if mine >= app.settings.login_tries or all_of_them >= app.settings.login_tries * _ANY_FACTOR:
        raise RateLimited("too many failed log-ins; wait a quarter of an hour")
    if not verify_password(_NOBODY if user is None else user.password_hash, password) or user is None:
        with app.store.write(Scope.of_access()) as w:
            access.add_failure(w, login=login, at=at)
            access.add_failure(w, login=_ANY, at=at)
        raise NotAuthenticated("the log-in or the password is wrong")
    return _open(app, user)


def _open(app: App, user: User) -> str:
    token, at = secrets.token_urlsafe(32), app.clock.now()
    with app.store.write(Scope.of_access()) as w:
        access.forget_failures(w, login=user.login, before=at - app.settings.login_window)
        access.add_session(
            w,
            token_sha256=token_digest(token),
            user_id=user.id,
            csrf_token=secrets.token_urlsafe(24),
            at=at,
            expires_at=at + app.settings.session_life,
        )
    return token


@router.post("/logout", status_code=303, response_class=RedirectResponse)
def log_out(request: Request, app: AppState, _principal: Anybody) -> Response:
    """End the session."""
    token = request.cookies.get(COOKIE)
    if token:
        with app.store.write(Scope.of_access()) as w:
            access.end_session(w, token_sha256=token_digest(token))
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(COOKIE)
    return answer
