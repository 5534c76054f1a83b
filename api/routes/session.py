"""Logging in and out."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.access import COOKIE, CSRF_HEADER, identify, token_digest
from api.console import render
from api.console.pages import safe_next
from api.credentials import hash_password, verify_password
from api.requests import AppState
from api.state import App
from models.access import User
from models.errors import MingchuError, NotAllowed, NotAuthenticated, RateLimited
from models.store import Scope, access

router = APIRouter(tags=["session"])

_NOBODY = hash_password(secrets.token_hex(16))
"""Checked for unknown log-ins, so that they take as long as known ones."""
_ANY = "*"
_ANY_FACTOR = 40

Login = Annotated[str, Form(min_length=1, max_length=64)]
Password = Annotated[str, Form(min_length=1, max_length=256)]


@router.post("/login", status_code=303, response_class=RedirectResponse)
def log_in(
    request: Request,
    app: AppState,
    login: Login,
    password: Password,
    next: Annotated[str, Form(max_length=200)] = "/",  # noqa: A002 - the name of the field
) -> Response:
    """Log in by form; sets the session cookie."""
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise NotAllowed("log in from the console's own page")
    try:
        token = start_session(app, login.strip().lower().replace("\x00", ""), password)
    except (NotAuthenticated, RateLimited) as error:
        if not render.wants_page(request):
            raise
        return _form_again(error, next)
    answer = RedirectResponse(safe_next(next), status_code=303)
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(app.settings.session_life.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=app.settings.secure_cookies or request.url.scheme == "https",
    )
    return answer


def _form_again(error: MingchuError, wanted: str) -> Response:
    limited = isinstance(error, RateLimited)
    said = "尝试次数太多，请 15 分钟后再试。" if limited else "账号或密码不对。"
    return render.page("login.html", status=429 if limited else 401, next=safe_next(wanted), said=said)


def start_session(app: App, login: str, password: str) -> str:
    """Check a password and open a session; gives its token.

    Raises:
        RateLimited: too many failures of this name, or of all together.
        NotAuthenticated: wrong name or password, without saying which.
    """
    at = app.clock.now()
    since = at - app.settings.login_window
    # Counted as a failure before it is tried, so that tries side by side cannot slip past the limit.
    with app.store.write(Scope.of_access()) as w:
        mine = access.failures(w, login=login, since=since)
        all_of_them = access.failures(w, login=_ANY, since=since)
        limited = mine >= app.settings.login_tries or all_of_them >= app.settings.login_tries * _ANY_FACTOR
        if not limited:
            access.add_failure(w, login=login, at=at)
        user = access.user_by_login(w, login)
    if limited:
        raise RateLimited("too many failed log-ins; wait a quarter of an hour")
    if not verify_password(_NOBODY if user is None else user.password_hash, password) or user is None:
        with app.store.write(Scope.of_access()) as w:
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
def log_out(request: Request, app: AppState, csrf_token: Annotated[str, Form(max_length=100)] = "") -> Response:
    """End the session; the form carries the CSRF token."""
    token = request.cookies.get(COOKIE)
    header = request.headers.get(CSRF_HEADER)
    found = identify(request, csrf_field=header or csrf_token) if token else None
    if token and found is not None:
        request.state.principal = found.name
        with app.store.write(Scope.of_access()) as w:
            access.end_session(w, token_sha256=token_digest(token))
    answer = RedirectResponse("/console/login", status_code=303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer
