"""The event feed: supervision platforms pull every change in a single order."""

import time
from contextlib import ExitStack
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response, StreamingResponse

from api.access.principal import Anybody, Principal, identify
from api.feed.reading import FeedPage, Place, read_page
from api.feed.streaming import Held, stream
from api.filters import ChosenOfFeed
from api.requests import AppState
from api.schemas import EventsOut
from api.state import App
from models.base.errors import Invalid, NotAuthenticated, WrongForm
from models.base.jsonio import dumps
from models.events.types import require_type
from models.store.filters import Filter

router = APIRouter(prefix="/v1", tags=["feed"])

MAX_EVENTS = 500
MAX_WAIT_S = 30
STREAM_PAGE = 200
_BIGGEST = 2**53 - 1

FeedCursor = Annotated[
    int | None,
    Query(
        ge=0,
        le=_BIGGEST,
        description="`next_cursor` of the last answer; 0: start at the oldest kept event; omitted: start now",
    ),
]
Types = Annotated[
    list[Annotated[str, Query(max_length=100, pattern=r"^mingchu\.([a-z_]+\.)*([a-z_]+|\*)$")]] | None,
    Query(max_length=20, description="Event types, exact or `mingchu.task.*`; a filter never changes the order"),
]


@router.get("/events", response_model=EventsOut)
async def events(
    request: Request,
    app: AppState,
    principal: Anybody,
    chosen: ChosenOfFeed,
    cursor: FeedCursor = None,
    limit: Annotated[int, Query(ge=1, le=MAX_EVENTS)] = 100,
    type: Types = None,  # noqa: A002 - the name of the query parameter
    wait: Annotated[int, Query(ge=0, le=MAX_WAIT_S, description="Seconds to wait for a new event")] = 0,
    epoch: Annotated[str | None, Query(max_length=64, description="`epoch` of the answer with the cursor")] = None,
) -> Response:
    """List the events after `cursor`, in the feed's single order.

    An answer holds at most `limit` events and about 4 MiB. Status 410 means that the cursor is too old, or that the
    platform's database was restored to an earlier state; then start from `/v1/snapshot`.
    """
    for name in type or ():
        require_type(name)
    deadline = time.monotonic() + wait
    while True:
        ticket = app.news.ticket()
        answer = await run_in_threadpool(_look, app, principal, Place(cursor, epoch), limit, type, chosen)
        left = deadline - time.monotonic()
        if answer.events or left <= 0:
            return _out(answer)
        # An empty answer still moves the cursor past events that the filter or the scope leaves out.
        cursor, epoch = answer.next_cursor, answer.epoch
        if not await app.news.wait(ticket, left):
            return _out(answer)
        principal = await run_in_threadpool(_still, request)


def _still(request: Request) -> Principal:
    """Identify the caller again, whose key or log-in may have ended while they waited."""
    request.state.identified = None
    found = identify(request)
    if found is None:
        raise NotAuthenticated
    return found


def _look(
    app: App, principal: Principal, place: Place, limit: int, types: list[str] | None, chosen: Filter
) -> FeedPage:
    with app.store.read(principal.scope) as r:
        return read_page(r, place, limit=limit, types=types, chosen=chosen)


@router.get(
    "/events/stream",
    name="events_stream",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "Events"}},
)
async def events_stream(
    request: Request,
    app: AppState,
    principal: Anybody,
    chosen: ChosenOfFeed,
    cursor: FeedCursor = None,
    type: Types = None,  # noqa: A002 - the name of the query parameter
    epoch: Annotated[str | None, Query(max_length=64, description="`epoch` of the answer with the cursor")] = None,
    last_event_id: Annotated[str | None, Header(pattern=r"^[0-9]{1,16}$", description="`id` of the last event")] = None,
) -> StreamingResponse:
    """Stream the events after `cursor`, or after `Last-Event-ID`, as server-sent events; the twin of `/v1/events`.

    The `id` of an event is its `seq`. A `checkpoint` comes at least once a minute, with the cursor up to which the
    stream has looked. A stream ends after ten minutes; reconnect with `Last-Event-ID`. The request has to say
    `Accept: text/event-stream`: whoever doesn't know what it is would wait ten minutes for its end.
    """
    for name in type or ():
        require_type(name)
    if "text/event-stream" not in request.headers.get("accept", ""):
        raise WrongForm("send `Accept: text/event-stream`, as an EventSource does; /v1/events answers with JSON")
    start = int(last_event_id) if last_event_id is not None else cursor
    if start is not None and start > _BIGGEST:
        raise Invalid("Last-Event-ID: expected the `id` of an event of this stream")
    place = Place(start, epoch)
    held = ExitStack()
    held.enter_context(app.streams.one(principal.name))

    def read(place: Place) -> FeedPage:
        return _look(app, _still(request), place, STREAM_PAGE, type, chosen)

    with ExitStack() as refused:
        refused.push(held)
        first = await run_in_threadpool(_look, app, principal, place, STREAM_PAGE, type, chosen)
        refused.pop_all()
    parts = stream(read, news=app.news, first=first)
    return Held(held, parts, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


def _out(page: FeedPage) -> Response:
    """Return a page as `EventsOut` has it, with the text of each event as it is."""
    rest = {
        "next_cursor": page.next_cursor,
        "epoch": page.epoch,
        "has_more": page.has_more,
        "earliest_cursor": page.earliest_cursor,
    }
    events = ",".join(text for _, text in page.events)
    return Response(f'{{"data":[{events}],{dumps(rest)[1:]}', media_type="application/json")
