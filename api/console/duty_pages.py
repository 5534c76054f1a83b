"""The console's routes about the supervision of enterprises by cadres (包保督导); the others are in `pages`."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from api.access.principal import Principal
from api.console.dispatch import page as dispatch_view
from api.console.guarantees import page as guarantee_view
from api.console.pages import may_open
from api.console.pledges import own as own_pledge_view
from api.console.pledges import page as pledge_view
from api.console.rechecks import page as recheck_view
from api.console.shell import render
from api.console.supervision import page as supervision_view
from api.requests import AppState, showing
from models.base.errors import NotFound
from models.catalogue.terms import Role

router = APIRouter(include_in_schema=False)
DispatchVisitor = Annotated[Principal, Depends(may_open(render.DISPATCH))]
GuaranteesVisitor = Annotated[Principal, Depends(may_open(render.GUARANTEES))]
SupervisionVisitor = Annotated[Principal, Depends(may_open(render.SUPERVISION))]
RechecksVisitor = Annotated[Principal, Depends(may_open(render.RECHECKS))]
PledgesVisitor = Annotated[Principal, Depends(may_open(render.PLEDGES))]


@router.get(render.DISPATCH)
def dispatch_page(
    request: Request,
    app: AppState,
    visitor: DispatchVisitor,
    day: date | None = None,
    region: Annotated[str, Query(pattern="^([0-9]{2,9})?$")] = "",
) -> Response:
    """Show where each county or township stands on a day."""
    with showing(request, visitor) as r:
        found = dispatch_view.load_dispatch(r, day, within=region, at=app.clock.now())
    shell = render.shell_of(visitor, render.DISPATCH)
    return render.page("dispatch/page.html", shell=shell, page=found, marred=r.marred)


@router.get(render.GUARANTEES)
def guarantees_page(
    request: Request, app: AppState, visitor: GuaranteesVisitor, entity: UUID | None = None, after: UUID | None = None
) -> Response:
    """Show supervised enterprises and cadres, or one enterprise with its forms."""
    with showing(request, visitor) as r:
        found = guarantee_view.load_guarantees(r, visitor, entity, after=after, now=app.clock.now())
    if entity is not None and found.opened is None:
        raise NotFound("no such enterprise")
    shell = render.shell_of(visitor, render.GUARANTEES)
    return render.page("guarantees/page.html", shell=shell, page=found, marred=r.marred)


@router.get(render.SUPERVISION)
def supervision_page(
    request: Request, app: AppState, visitor: SupervisionVisitor, task: UUID | None = None
) -> Response:
    """Show supervision tasks, or one with the form of its visit."""
    with showing(request, visitor) as r:
        found = supervision_view.load_supervision(r, visitor, task, now=app.clock.now())
    if task is not None and found.opened is None:
        raise NotFound("no such supervision task")
    shell = render.shell_of(visitor, render.SUPERVISION)
    return render.page("supervision/page.html", shell=shell, page=found, marred=r.marred)


@router.get(render.RECHECKS)
def rechecks_page(request: Request, app: AppState, visitor: RechecksVisitor) -> Response:
    """Show the visits that were drawn to be checked by a second person, and the rate of differences."""
    with showing(request, visitor) as r:
        found = recheck_view.load_rechecks(r, visitor, now=app.clock.now())
    shell = render.shell_of(visitor, render.RECHECKS)
    return render.page("rechecks/page.html", shell=shell, page=found, marred=r.marred)


@router.get(render.PLEDGES)
def pledges_page(
    request: Request, visitor: PledgesVisitor, entity: UUID | None = None, person: UUID | None = None
) -> Response:
    """Show which pledges are due and the lists of each level, or the pledge of one enterprise or of one person."""
    if visitor.role is Role.enterprise:
        with showing(request, visitor) as r:
            own = own_pledge_view.load_own(r, visitor, person)
        shell = render.shell_of(visitor, render.PLEDGES)
        return render.page("pledges/own.html", shell=shell, page=own, marred=r.marred)
    with showing(request, visitor) as r:
        found = pledge_view.load_pledges(r, visitor, entity)
    shell = render.shell_of(visitor, render.PLEDGES)
    return render.page("pledges/page.html", shell=shell, page=found, marred=r.marred)
