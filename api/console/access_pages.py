"""The console's routes about accounts, the audit log and the platform itself; the others are in `pages`."""

from importlib.metadata import version
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from api.access.principal import COOKIE, Principal
from api.console.account import page as account_view
from api.console.audit import page as audit_view
from api.console.pages import Visitor, may_open
from api.console.shell import render
from api.console.system import page as system_view
from api.console.users import page as user_view
from api.requests import AppState, plain_text, showing
from models.base.errors import NotAllowed, NotFound
from models.base.tokens import token_digest
from models.domain.capacity import LOOK_BACK, forecast
from models.store import Scope, access, space, system

router = APIRouter(include_in_schema=False)
UsersVisitor = Annotated[Principal, Depends(may_open(render.USERS))]
AuditVisitor = Annotated[Principal, Depends(may_open(render.AUDIT))]
SystemVisitor = Annotated[Principal, Depends(may_open(render.SYSTEM))]


@router.get("/console/welcome")
def welcome_page() -> Response:
    """Show the form of a link that works once; its token stays in the browser until the form is sent."""
    return render.page("login/welcome.html")


@router.get(render.ACCOUNT)
def account_page(request: Request, app: AppState, visitor: Visitor) -> Response:
    """Show the visitor's own account."""
    with app.store.read(Scope.of_access()) as r:
        user = access.user_by_login(r, visitor.name)
        if user is None:
            raise NotFound("this page is for people who are logged in")
        present = token_digest(request.cookies.get(COOKIE, ""))
        found = account_view.load_account(r, user, present=present, now=app.clock.now())
    return render.page("account/page.html", shell=render.shell_of(visitor, render.ACCOUNT), page=found)


@router.get(render.USERS)
def users_page(
    request: Request,
    app: AppState,
    visitor: UsersVisitor,
    text: Annotated[str, Query(max_length=64)] = "",
    after: UUID | None = None,
) -> Response:
    """Show the users and keys of the visitor's scope."""
    with showing(request, visitor) as r:
        found = user_view.load_users(r, visitor, text=plain_text(text), after=after, now=app.clock.now())
    shell = render.shell_of(visitor, render.USERS)
    return render.page("users/page.html", shell=shell, page=found, marred=r.marred)


@router.get(render.AUDIT)
def audit_page(
    request: Request,
    visitor: AuditVisitor,
    action: Annotated[str, Query(max_length=60)] = "",
    actor: Annotated[str, Query(max_length=64)] = "",
    before: Annotated[int | None, Query(ge=1, lt=2**53)] = None,
) -> Response:
    """Show the audit log of the visitor's scope."""
    with showing(request, visitor) as r:
        found = audit_view.load_audit(r, action=plain_text(action), actor=plain_text(actor), before=before)
    shell = render.shell_of(visitor, render.AUDIT)
    return render.page("audit/page.html", shell=shell, page=found, choices=audit_view.CHOICES, marred=r.marred)


@router.get(render.SYSTEM)
def system_page(request: Request, app: AppState, visitor: SystemVisitor) -> Response:
    """Show how the platform itself is, to administrators of the whole of it."""
    if visitor.region is not None:
        raise NotAllowed(f"{render.SYSTEM} is for administrators without a region")
    with showing(request, visitor) as r:
        known, now = system.system(r), app.clock.now()
        coming = forecast(space.since(r, now - LOOK_BACK), at=now)
    found = system_view.page_of(known, room=app.files.room(), coming=coming, version=version("mingchu"), now=now)
    return render.page("system/page.html", shell=render.shell_of(visitor, render.SYSTEM), page=found)
