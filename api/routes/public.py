"""What anybody may read without a log-in: the state of a bright kitchen, a notice board's page, and its form."""

import time
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request, Response

from alerts.registry.public import receive
from api.access.throttle import Pace, network_of
from api.console.shell import render
from api.console.shell.words import moment
from api.requests import AppState
from api.schemas.public import BrightKitchenOut
from api.state import App
from models.base.errors import Invalid, NotFound, RateLimited
from models.catalogue.public_terms import Concern
from models.catalogue.terms import label
from models.domain.public import PublicBoard
from models.store import Scope, public

router = APIRouter(tags=["public"])
READS, REPORTS = Pace(burst=120, every_s=0.5), Pace(burst=5, every_s=60)
"""How often one address may read, and report."""
_CACHED = {"Cache-Control": "public, max-age=300"}
Licence = Annotated[str, Path(min_length=4, max_length=40, pattern=r"^[A-Za-z0-9-]+$")]
BoardCode = Annotated[str, Path(pattern="^[a-z2-7]{16}$")]


@router.get("/v1/public/bright-kitchens/{licence}", name="bright_kitchen")
def bright_kitchen(request: Request, response: Response, app: AppState, licence: Licence) -> BrightKitchenOut:
    """Say whether the merchant with a licence has a bright kitchen; nothing else, for anybody, cached for five minutes.

    `pending` until the first picture arrived, `degraded` when no camera sent one for an hour.
    """
    _paced(app, request, "read", READS)
    with app.store.read(Scope.of_access()) as r:
        found = public.bright_kitchen(r, licence)
    if found is None:
        raise NotFound(f"no merchant with the licence {licence}")
    response.headers.update(_CACHED)
    return BrightKitchenOut(bright_kitchen=found.state, since=found.since)


@router.get("/p/{code}", include_in_schema=False)
def board_page(request: Request, app: AppState, code: BoardCode) -> Response:
    """Show what the notice board of a kitchen shows, and the form for a report."""
    _paced(app, request, "read", READS)
    return _page(_board(app, code), code)


@router.post("/p/{code}", include_in_schema=False)
def report_from_the_public(
    request: Request,
    app: AppState,
    code: BoardCode,
    concern: Annotated[Concern, Form()],
    text: Annotated[str, Form(max_length=1000)],
    contact: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Put a report of the public into the queue of the supervisor."""
    board = _board(app, code)
    if "\x00" in text + contact:
        raise Invalid("text: expected text without NUL")
    if not text.strip():
        return _page(board, code, said="请写明您看到的情况。", status=422)
    try:
        _paced(app, request, "report", REPORTS)
        with app.store.write(Scope.of_tenant(board.tenant_id)) as w:
            receive(w, board, concern=concern, text=text, contact=contact, at=app.clock.now())
    except RateLimited:
        return _page(board, code, said="提交过于频繁，请稍后再试。", status=429)
    return _page(board, code, thanks=True)


def _board(app: App, code: str) -> PublicBoard:
    with app.store.read(Scope.of_access()) as r:
        found = public.board(r, code)
    if found is None:
        raise NotFound("no notice board with this code")
    return found


def _page(board: PublicBoard, code: str, *, said: str = "", thanks: bool = False, status: int = 200) -> Response:
    return render.page(
        "public/page.html",
        status=status,
        board=board,
        code=code,
        state=label(board.state),
        since="" if board.since is None else moment(board.since),
        concerns=[(one.value, label(one)) for one in Concern],
        said=said,
        thanks=thanks,
    )


def _paced(app: App, request: Request, what: str, pace: Pace) -> None:
    """Let one address do something only so often.

    Raises:
        RateLimited: it is too early.
    """
    address = network_of(request.client.host if request.client else "")
    app.gate.require(f"{what} from {address}", pace, now=time.monotonic(), refusal="too many requests from here")
