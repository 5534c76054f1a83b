"""The console's routes about the present: the home of people of enterprises, live wall, patrols, meals."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from api.access.principal import Principal
from api.console.camera import page as camera_view
from api.console.home import page as home_view
from api.console.meals import page as meal_view
from api.console.outlets import page as outlet_view
from api.console.pages import may_open
from api.console.patrol import page as patrol_view
from api.console.shell import render
from api.console.wall import page as wall_view
from api.requests import AppState, showing
from api.routes.devices import Slug
from models.base.errors import NotFound

router = APIRouter(include_in_schema=False)

OutletsVisitor = Annotated[Principal, Depends(may_open(render.OUTLETS))]
MealsVisitor = Annotated[Principal, Depends(may_open(render.MEALS))]
PatrolVisitor = Annotated[Principal, Depends(may_open(render.PATROL))]
WallVisitor = Annotated[Principal, Depends(may_open(render.WALL))]
HomeVisitor = Annotated[Principal, Depends(may_open(render.HOME))]


@router.get(render.HOME)
def home_page(request: Request, app: AppState, visitor: HomeVisitor) -> Response:
    """Show somebody of an enterprise what they have to do."""
    with showing(request, visitor) as r:
        found = home_view.load_page(r, visitor, now=app.clock.now())
    return render.page("home/page.html", shell=render.shell_of(visitor, render.HOME), page=found, marred=r.marred)


@router.get(render.WALL)
def wall_page(
    request: Request,
    app: AppState,
    visitor: WallVisitor,
    region: Annotated[str, Query(pattern="^([0-9]{2,12})?$")] = "",
    scene: Annotated[str, Query(max_length=40)] = "",
    entity: UUID | None = None,
    after: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Show the cameras of the visitor's scope with their present pictures."""
    with showing(request, visitor) as r:
        found = wall_view.load_wall(
            r,
            visitor,
            region=region,
            entity_id=entity,
            scene=scene,
            after=after.replace("\x00", ""),
            now=app.clock.now(),
        )
    return render.page("wall/page.html", shell=render.shell_of(visitor, render.WALL), page=found, marred=r.marred)


@router.get(render.CAMERA + "/{camera_id}")
def camera_page(request: Request, app: AppState, visitor: WallVisitor, camera_id: Slug) -> Response:
    """Show one camera: its present picture, and what its judge has learnt in front of it."""
    with showing(request, visitor) as r:
        found = camera_view.load_camera(r, visitor, camera_id, now=app.clock.now())
    if found is None:
        raise NotFound(f"no camera {camera_id!r}")
    shell = render.shell_of(visitor, render.SITES, title=f"{found.name} · 摄像机")
    return render.page("camera/page.html", shell=shell, page=found, marred=r.marred)


@router.get(render.PATROL)
def patrol_page(
    request: Request, app: AppState, visitor: PatrolVisitor, site: Annotated[str, Query(max_length=64)] = ""
) -> Response:
    """Show the cameras of a kitchen with the form of a patrol, or all patrols."""
    with showing(request, visitor) as r:
        found = patrol_view.load_patrol(r, visitor, site.replace("\x00", ""), now=app.clock.now())
    if found is None:
        raise NotFound("no such kitchen")
    return render.page("patrol/page.html", shell=render.shell_of(visitor, render.PATROL), page=found, marred=r.marred)


@router.get(render.MEALS)
def meals_page(request: Request, app: AppState, visitor: MealsVisitor) -> Response:
    """Show the meals of canteens, with a form for those who record them."""
    with showing(request, visitor) as r:
        found = meal_view.load_meals(r, visitor, now=app.clock.now())
    return render.page("meals/page.html", shell=render.shell_of(visitor, render.MEALS), page=found, marred=r.marred)


@router.get(render.OUTLETS)
def outlets_page(request: Request, app: AppState, visitor: OutletsVisitor) -> Response:
    """Show the stores and branches below the visitor's enterprise."""
    with showing(request, visitor) as r:
        found = outlet_view.load_outlets(r, now=app.clock.now())
    return render.page("outlets/page.html", shell=render.shell_of(visitor, render.OUTLETS), page=found, marred=r.marred)
