"""Logging in and out."""

import asyncio
import math
import secrets
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated

import structlog
from fastapi import APIRouter, Form, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from api.access.credentials import hash_password, verify_password
from api.access.principal import COOKIE, CSRF_HEADER, identify
from api.access.throttle import Refused
from api.console.pages import safe_next
from api.console.shell import render
from api.requests import AppState
from api.state import App
from models.base.errors import MingchuError, NotAllowed, NotAuthenticated, RateLimited
from models.base.tokens import token_digest
from models.domain.access import User
from models.store import Scope, access

log = structlog.get_logger()

router = APIRouter(tags=["session"])

_NOBODY = hash_password(secrets.token_hex(16))
"""Verified for an unknown log-in name, so that the answer takes as long as for a known one."""
DEVICE_COOKIE = "mingchu_device"
DEVICE_LIFE = timedelta(days=365)

Login = Annotated[str, Form(min_length=1, max_length=64)]
Password = Annotated[str, Form(min_length=1, max_length=256)]


@router.post("/login", status_code=303, response_class=RedirectResponse)
async def log_in(
    request: Request,
    app: AppState,
    login: Login,
    password: Password,
    next: Annotated[str, Form(max_length=200)] = "/",  # noqa: A002 - the name of the field
) -> Response:
    """Log in with the form. The answer sets the session cookie."""
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise NotAllowed("log in from the console's own page")
    knock = Knock(
        login=login.strip().lower().replace("\x00", ""),
        password=password,
        address=request.client.host if request.client else "",
        device=request.cookies.get(DEVICE_COOKIE, "")[:100],
    )
    try:
        opened = await start_session(app, knock)
    except (NotAuthenticated, RateLimited) as error:
        if not render.wants_page(request):
            raise
        return _form_again(error, next)
    answer = RedirectResponse(safe_next(next), status_code=303)
    secure = app.settings.secure_cookies or request.url.scheme == "https"
    lives = {COOKIE: (opened.token, app.settings.session_life), DEVICE_COOKIE: (opened.device, DEVICE_LIFE)}
    for name, (value, life) in lives.items():
        seconds = int(life.total_seconds())
        answer.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=secure)
    return answer


def _form_again(error: MingchuError, wanted: str) -> Response:
    said = "账号或密码不对。"
    if isinstance(error, RateLimited):
        said = f"尝试次数太多，请 {math.ceil(error.again_s)} 秒后再试。"
    status = 429 if isinstance(error, RateLimited) else 401
    return render.page("login/page.html", status=status, next=safe_next(wanted), said=said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """An attempt to log in: name, password, client address, and the browser's device cookie."""

    login: str
    password: str = field(repr=False)
    address: str
    device: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A session's token, and the token that identifies the browser at the next log-in."""

    token: str = field(repr=False)
    device: str = field(repr=False)


async def start_session(app: App, knock: Knock) -> Opened:
    """Check a password and open a session; wait first if attempts follow each other too fast.

    Raises:
        RateLimited: far too many attempts for this name from this address, or from this address for any name.
        NotAuthenticated: wrong name or password; the error does not tell which.
    """
    user, known = await run_in_threadpool(_who, app, knock)
    device = token_digest(knock.device) if known else None
    admitted = app.throttle.admit(knock.login, knock.address, device, now=time.monotonic())
    if isinstance(admitted, Refused):
        log.warning("log-in refused unheard", address=knock.address)
        raise RateLimited("too many failed log-ins from here; wait and try again", again_s=admitted.again_s)
    await asyncio.sleep(admitted.wait_s)
    stored = _NOBODY if user is None else user.password_hash
    right = await asyncio.get_running_loop().run_in_executor(app.hashing, verify_password, stored, knock.password)
    if not right or user is None:
        log.warning("log-in failed", address=knock.address)
        raise NotAuthenticated("the log-in or the password is wrong")
    app.throttle.give_back(admitted)
    return await run_in_threadpool(_open, app, user, knock, known)


def _who(app: App, knock: Knock) -> tuple[User | None, bool]:
    """Return the user of that name, and whether they have logged in from this browser before."""
    with app.store.read(Scope.of_access()) as r:
        known = access.knows_device(r, login=knock.login, token_sha256=token_digest(knock.device))
        return access.user_by_login(r, knock.login), known


def _open(app: App, user: User, knock: Knock, known: bool) -> Opened:  # noqa: FBT001 - called by a thread pool
    token, at = secrets.token_urlsafe(32), app.clock.now()
    device = knock.device if known else secrets.token_urlsafe(32)
    with app.store.write(Scope.of_access()) as w:
        access.remember_device(w, user_id=user.id, token_sha256=token_digest(device), at=at)
        access.add_session(
            w,
            token_sha256=token_digest(token),
            user_id=user.id,
            csrf_token=secrets.token_urlsafe(24),
            at=at,
            expires_at=at + app.settings.session_life,
            address=knock.address[:64],
        )
    return Opened(token=token, device=device)


@router.post("/logout", status_code=303, response_class=RedirectResponse)
def log_out(request: Request, app: AppState, csrf_token: Annotated[str, Form(max_length=100)] = "") -> Response:
    """End the session. The form must contain the CSRF token."""
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
