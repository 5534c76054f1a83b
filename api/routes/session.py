"""Logging in and out."""

import asyncio
import math
import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Literal, TypedDict

import structlog
from fastapi import APIRouter, Form, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from api.access.credentials import hash_password, verify_password
from api.access.principal import COOKIE, CSRF_HEADER, identify
from api.access.throttle import Pace, Refused
from api.console.pages import safe_next
from api.console.shell import render
from api.requests import AppState
from api.routes.own_account import use_code
from api.state import App
from models.base.errors import MingchuError, NotAllowed, NotAuthenticated, RateLimited
from models.base.tokens import token_digest
from models.domain.access import User
from models.store import Scope, Write, access, accounts, audit

log = structlog.get_logger()

router = APIRouter(tags=["session"])

_NOBODY = hash_password(secrets.token_hex(16))
"""Verified for an unknown log-in name, so that the answer takes as long as for a known one."""
DEVICE_COOKIE = "mingchu_device"
DEVICE_LIFE = timedelta(days=365)
HALF_COOKIE = "mingchu_half"
HALF_LIFE = timedelta(minutes=5)
"""How long somebody has for the code after the password."""
_CODES = Pace(burst=5, every_s=3600)
"""How often a code may be tried before the password has to be given again."""

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
        return _form_again(app, error, next, login=login[:64])
    if opened.half:
        answer = render.page("login/code.html", next=safe_next(next), said="")
        answer.set_cookie(
            HALF_COOKIE, opened.token, max_age=int(HALF_LIFE.total_seconds()), **cookie_terms(request, app)
        )
        return answer
    return _inside(request, app, opened, next)


@router.post("/login/code", status_code=303, response_class=RedirectResponse)
async def log_in_with_code(
    request: Request,
    app: AppState,
    code: Annotated[str, Form(min_length=1, max_length=12)],
    next: Annotated[str, Form(max_length=200)] = "/",  # noqa: A002 - the name of the field
) -> Response:
    """Finish a log-in with the code of the second factor."""
    token = request.cookies.get(HALF_COOKIE, "")
    if request.headers.get("sec-fetch-site") == "cross-site" or not token:
        raise NotAuthenticated("log in with your password first")
    address = request.client.host if request.client else ""
    device = request.cookies.get(DEVICE_COOKIE, "")[:100]
    try:
        opened = await run_in_threadpool(_finish, app, token, code, address, device)
    except RateLimited as error:
        return _form_again(app, error, next)
    except NotAuthenticated:
        if not render.wants_page(request):
            raise
        said = "验证码不对或已用过，请等下一个验证码。"
        return render.page("login/code.html", status=401, next=safe_next(next), said=said)
    answer = _inside(request, app, opened, next)
    answer.delete_cookie(HALF_COOKIE, httponly=True, samesite="lax")
    return answer


def _inside(request: Request, app: App, opened: "Opened", wanted: str) -> Response:
    answer = RedirectResponse(safe_next(wanted), status_code=303)
    set_cookies(answer, request, app, opened)
    return answer


def set_cookies(answer: Response, request: Request, app: App, opened: "Opened") -> None:
    """Set the cookies of a session."""
    lives = {COOKIE: (opened.token, app.settings.session_life), DEVICE_COOKIE: (opened.device, DEVICE_LIFE)}
    for name, (value, life) in lives.items():
        answer.set_cookie(name, value, max_age=int(life.total_seconds()), **cookie_terms(request, app))


def cookie_terms(request: Request, app: App) -> "CookieTerms":
    """Return how cookies of a log-in are set."""
    secure = app.settings.secure_cookies or request.url.scheme == "https"
    return {"httponly": True, "samesite": "lax", "secure": secure}


class CookieTerms(TypedDict):
    """How the cookies of a session are set."""

    httponly: bool
    samesite: Literal["lax"]
    secure: bool


def _form_again(app: App, error: MingchuError, wanted: str, *, login: str = "") -> Response:
    said = "账号或密码不对。"
    if isinstance(error, RateLimited):
        said = f"尝试次数太多，请 {math.ceil(error.again_s)} 秒后再试。"
    status = 429 if isinstance(error, RateLimited) else 401
    return render.login_page(app.providers, status=status, said=said, wanted=safe_next(wanted), login=login)


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """An attempt to log in: name, password, client address, and the browser's device cookie."""

    login: str
    password: str = field(repr=False)
    address: str
    device: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A session's token, and the token that identifies the browser at the next log-in.

    A `half` session is good for nothing but to send the code of the second factor.
    """

    token: str = field(repr=False)
    device: str = field(repr=False)
    half: bool = False


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
    if user.totp_since is not None:
        return await run_in_threadpool(_open_half, app, user, knock)
    return await run_in_threadpool(open_session, app, user, address=knock.address, device=knock.device if known else "")


def _who(app: App, knock: Knock) -> tuple[User | None, bool]:
    """Return the user of that name, and whether they have logged in from this browser before."""
    with app.store.read(Scope.of_access()) as r:
        known = access.knows_device(r, login=knock.login, token_sha256=token_digest(knock.device))
        return access.user_by_login(r, knock.login), known


def open_session(app: App, user: User, *, address: str, device: str, by: str = "password") -> Opened:
    """Open a session of a user who has proved who they are; `device` is the browser's token if it is known."""
    token, at = secrets.token_urlsafe(32), app.clock.now()
    device = device or secrets.token_urlsafe(32)
    with app.store.write(Scope.of_access().by(user.login)) as w:
        access.remember_device(w, user_id=user.id, token_sha256=token_digest(device), at=at)
        _add(w, user, token, at=at, life=app.settings.session_life, address=address)
        accounts.note_log_in(w, user.id, at=at)
        audit.note(
            w,
            action="session.opened",
            about=f"app_user:{user.login}",
            tenant_id=user.tenant_id,
            region_code=user.region_prefix or "",
            entity_id=user.entity_id,
            detail={"address": address, "by": by},
        )
    return Opened(token=token, device=device)


def _open_half(app: App, user: User, knock: Knock) -> Opened:
    token = secrets.token_urlsafe(32)
    with app.store.write(Scope.of_access().by(user.login)) as w:
        _add(w, user, token, at=app.clock.now(), life=HALF_LIFE, address=knock.address, half=True)
    return Opened(token=token, device="", half=True)


def _add(w: Write, user: User, token: str, *, at: datetime, life: timedelta, address: str, half: bool = False) -> None:
    access.add_session(
        w,
        token_sha256=token_digest(token),
        user_id=user.id,
        csrf_token=secrets.token_urlsafe(24),
        at=at,
        expires_at=at + life,
        address=address[:64],
        half=half,
    )


def _finish(app: App, token: str, code: str, address: str, device: str) -> Opened:
    """Exchange a half session and a code for a session.

    Raises:
        RateLimited: too many codes for this log-in; the password has to be given again.
        NotAuthenticated: the half session ended, or the code is wrong or was used before.
    """
    digest, at = token_digest(token), app.clock.now()
    app.gate.require(f"half {digest}", _CODES, now=time.monotonic(), refusal="too many codes; log in again")
    with app.store.write(Scope.of_access()) as w:
        user = access.user_of_session(w, token_sha256=digest, at=at, half=True)
        if user is None:
            raise NotAuthenticated("log in with your password first")
        use_code(w, user, code, app)
        access.end_session(w, token_sha256=digest)
        known = access.knows_device(w, login=user.login, token_sha256=token_digest(device))
    return open_session(app, user, address=address, device=device if known else "", by="password and code")


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
