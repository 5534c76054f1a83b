"""The console's routes about the present: the home of people of enterprises."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.access.principal import Principal
from api.console.home import page as home_view
from api.console.pages import may_open
from api.console.shell import render
from api.requests import AppState, showing

router = APIRouter(include_in_schema=False)

HomeVisitor = Annotated[Principal, Depends(may_open(render.HOME))]


@router.get(render.HOME)
def home_page(request: Request, app: AppState, visitor: HomeVisitor) -> Response:
    """Show somebody of an enterprise what they have to do."""
    with showing(request, visitor) as r:
        found = home_view.load_page(r, visitor, now=app.clock.now())
    return render.page("home/page.html", shell=render.shell_of(visitor, render.HOME), page=found, marred=r.marred)
