"""The event feed: supervision platforms pull every change in one order."""

import time
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool

from api.access import Anybody, Principal
from api.requests import AppState
from api.schemas import EventsOut
from api.state import App
from models.store import feed

router = APIRouter(prefix="/v1", tags=["feed"])

MAX_EVENTS = 500
MAX_WAIT_S = 30
_BIGGEST = 2**53 - 1

FeedCursor = Annotated[
    int | None,
    Query(ge=0, le=_BIGGEST, description="`next_cursor` of the last answer; 0 = oldest kept; none = from now"),
]
Types = Annotated[
    list[Annotated[str, Query(max_length=100, pattern=r"^mingchu\.([a-z_]+\.)*([a-z_]+|\*)$")]] | None,
    Query(max_length=20, description="Event types, exact or `mingchu.task.*`; a filter never changes the order"),
]


@router.get("/events")
async def events(
    app: AppState,
    principal: Anybody,
    cursor: FeedCursor = None,
    limit: Annotated[int, Query(ge=1, le=MAX_EVENTS)] = 100,
    type: Types = None,  # noqa: A002 - the name of the query parameter
    wait: Annotated[int, Query(ge=0, le=MAX_WAIT_S, description="Seconds to wait for news")] = 0,
) -> EventsOut:
    """What happened behind `cursor`, in the one order of the feed."""
    deadline = time.monotonic() + wait
    while True:
        ticket = app.news.ticket()
        answer = await run_in_threadpool(_look, app, principal, cursor, limit, type)
        left = deadline - time.monotonic()
        if answer.data or left <= 0:
            return answer
        # An empty answer moves the cursor over what the filter or the scope leaves out.
        cursor = answer.next_cursor
        if not await app.news.wait(ticket, left):
            return answer


def _look(app: App, principal: Principal, cursor: int | None, limit: int, types: list[str] | None) -> EventsOut:
    with app.store.read(principal.scope) as r:
        newest, earliest = feed.bounds(r)
        start = newest if cursor is None else cursor
        found = feed.events_after(r, cursor=start, limit=limit + 1, types=types)
    shown = found[:limit]
    more = len(found) > limit
    # What is numbered up to `newest`, or up to the last event seen, was committed before we looked: nothing
    # below it can still come, so the cursor may move over what the filter or the scope leaves out.
    last = shown[-1].seq if shown else start
    next_cursor = last if more else max(newest, last)
    return EventsOut(
        data=[event.envelope() for event in shown],
        next_cursor=next_cursor,
        has_more=more,
        earliest_cursor=earliest - 1,
    )
