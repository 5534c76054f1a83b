"""Sign on by an identity provider: to it and back."""

import re
import secrets
import time
from typing import Annotated

import structlog
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from alerts.registry.accounts import welcome_by_provider
from api.access.sign_on.asking import Asker, Visit
from api.access.sign_on.settings import Provider, rights_by
from api.access.throttle import Pace, network_of
from api.console.pages import safe_next
from api.console.shell import render
from api.requests import AppState
from api.routes.session import cookie_terms, open_session, set_cookies
from api.state import App
from models.base.errors import Invalid, MingchuError, NotAuthenticated, NotFound
from models.base.jsonio import dumps, loads
from models.base.sealed import secret_box
from models.domain.access import User
from models.store import Scope

log = structlog.get_logger()
router = APIRouter(tags=["session"], include_in_schema=False)
VISIT_COOKIE = "mingchu_sign_on"
VISIT_S = 600
"""How long somebody may be at the provider."""
_TRIES = Pace(burst=30, every_s=2)
_NO_LOGIN = re.compile(r"[^a-z0-9._@-]+")
ProviderId = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,19}$")]


@router.get("/login/with/{provider_id}")
def leave(
    request: Request,
    app: AppState,
    provider_id: ProviderId,
    next: Annotated[str, Query(max_length=200)] = "/",  # noqa: A002 - the name of the field
) -> Response:
    """Send the browser to a provider."""
    _admit(request, app)
    _, asker = _known(app, provider_id)
    visit = Visit(
        state=secrets.token_urlsafe(24),
        nonce=secrets.token_urlsafe(24),
        verifier=secrets.token_urlsafe(48),
        back=f"{app.public_url}/login/with/{provider_id}/back",
    )
    answer = RedirectResponse(asker.address(visit), status_code=303)
    kept = dumps({"state": visit.state, "nonce": visit.nonce, "verifier": visit.verifier, "next": safe_next(next)})
    sealed = secret_box().seal(kept)
    answer.set_cookie(VISIT_COOKIE, sealed, max_age=VISIT_S, path="/login/with", **cookie_terms(request, app))
    return answer


@router.get("/login/with/{provider_id}/back")
def come_back(
    request: Request,
    app: AppState,
    provider_id: ProviderId,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Take the provider's answer, and open a session for whom it vouches."""
    _admit(request, app)
    provider, asker = _known(app, provider_id)
    try:
        kept = _visit(request.cookies.get(VISIT_COOKIE, ""))
        if not state or not secrets.compare_digest(state.encode(), str(kept.get("state", "")).encode()):
            raise NotAuthenticated("this answer belongs to no log-in that this browser began; try again")
        if error or not code:
            raise NotAuthenticated(f"the provider refuses: {error[:60]}")
        back = f"{app.public_url}/login/with/{provider_id}/back"
        visit = Visit(state=state, nonce=str(kept["nonce"]), verifier=str(kept["verifier"]), back=back)
        user = _user(app, provider, asker.claims(code, visit))
    except MingchuError as refused:
        log.warning("sign-on failed", provider=provider_id, error=str(refused))
        said = "统一身份认证没有成功，请重试。" if not isinstance(refused, NotFound) else str(refused)
        status = 401 if not isinstance(refused, NotFound) else 403
        answer = render.login_page(app.providers, status=status, said=said, wanted="/")
    else:
        answer = RedirectResponse(safe_next(str(kept.get("next", "/"))), status_code=303)
        address = request.client.host if request.client else ""
        set_cookies(answer, request, app, open_session(app, user, address=address, device="", by=provider_id))
    answer.delete_cookie(VISIT_COOKIE, path="/login/with", httponly=True, samesite="lax")
    return answer


def _user(app: App, provider: Provider, claims: dict[str, object]) -> User:
    """Return the user whom a provider vouches for, with the rights that its claims give.

    Raises:
        NotFound: no rule gives this person rights here, or the account is disabled.
    """
    about = provider.about
    rights = rights_by(about.rule, claims)
    subject = str(claims.get("sub", ""))[:200]
    wanted = str(claims.get(about.login_claim) or subject).lower()
    login = _NO_LOGIN.sub("-", wanted).strip("-.@_")[:40] or "user"
    name = str(claims.get(about.name_claim) or wanted)[:50]
    if not subject:
        raise NotAuthenticated("the provider does not say who this is")
    with app.store.write(Scope.of_access().by(f"{about.id}:{subject}"[:64])) as w:
        found = welcome_by_provider(
            w, provider=about.id, subject=subject, login=f"{about.id}.{login}", name=name, rights=rights
        )
    if found is None:  # after the commit: a person without rights any more was logged out
        raise NotFound("您的账号在本平台没有权限，请联系管理员。")
    return found


def _known(app: App, provider_id: str) -> tuple[Provider, Asker]:
    provider = app.providers.get(provider_id)
    if provider is None:
        raise NotFound(f"no sign-on provider {provider_id!r}")
    return provider, app.askers[provider_id]


def _visit(cookie: str) -> dict[str, object]:
    try:
        found = loads(secret_box().unseal(cookie))
    except (ValueError, Invalid):
        return {}
    return found if isinstance(found, dict) else {}


def _admit(request: Request, app: App) -> None:
    address = network_of(request.client.host if request.client else "")
    refusal = "too many attempts; wait and try again"
    app.gate.require(f"sign-on {address}", _TRIES, now=time.monotonic(), refusal=refusal)
