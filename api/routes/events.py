"""The event feed: supervision platforms pull every change in a single order."""

import time
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool

from api.access.principal import Anybody, Principal
from api.requests import AppState
from api.schemas import EventsOut
from api.state import App
from models.base.jsonio import dumps
from models.store import feed

router = APIRouter(prefix="/v1", tags=["feed"])

MAX_EVENTS = 500
MAX_WAIT_S = 30
MAX_BYTES = 4 * 1024**2
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


@dataclass(frozen=True, slots=True)
class Place:
    """A reader's position. `epoch` identifies the database history it belongs to, if the reader kept it."""

    cursor: int | None
    epoch: str | None


@router.get("/events")
async def events(
    app: AppState,
    principal: Anybody,
    cursor: FeedCursor = None,
    limit: Annotated[int, Query(ge=1, le=MAX_EVENTS)] = 100,
    type: Types = None,  # noqa: A002 - the name of the query parameter
    wait: Annotated[int, Query(ge=0, le=MAX_WAIT_S, description="Seconds to wait for a new event")] = 0,
    epoch: Annotated[str | None, Query(max_length=64, description="`epoch` of the answer with the cursor")] = None,
) -> EventsOut:
    """List the events after `cursor`, in the feed's single order.

    An answer holds at most `limit` events and about 4 MiB. Status 410 means that the cursor is too old, or that the
    platform's database was restored to an earlier state; then start from `/v1/snapshot`.
    """
    deadline = time.monotonic() + wait
    while True:
        ticket = app.news.ticket()
        answer = await run_in_threadpool(_look, app, principal, Place(cursor, epoch), limit, type)
        left = deadline - time.monotonic()
        if answer.data or left <= 0:
            return answer
        # An empty answer still moves the cursor past events that the filter or the scope leaves out.
        cursor, epoch = answer.next_cursor, answer.epoch
        if not await app.news.wait(ticket, left):
            return answer


def _look(app: App, principal: Principal, place: Place, limit: int, types: list[str] | None) -> EventsOut:
    with app.store.read(principal.scope) as r:
        newest, earliest = feed.bounds(r)
        start = newest if place.cursor is None else place.cursor
        found = feed.events_after(r, cursor=start, limit=limit + 1, types=types, epoch=place.epoch)
        shown = _within_bytes([event.envelope() for event in found[:limit]])
        more = len(found) > len(shown)
        # Every event up to `newest`, or up to the last event read, was committed before this read. No smaller number
        # can appear later, so the cursor may move past events that the filter or the scope leaves out.
        last = shown[-1]["seq"] if shown else start
        next_cursor = last if more else max(newest, last)
        return EventsOut(
            data=shown,
            next_cursor=next_cursor,
            epoch=feed.mark(r, next_cursor),
            has_more=more,
            earliest_cursor=earliest - 1,
        )


def _within_bytes(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the first events that fit into one answer of `MAX_BYTES` bytes; at least one."""
    size = 0
    shown: list[dict[str, Any]] = []
    for event in events:
        size += len(dumps(event))
        if shown and size > MAX_BYTES:
            break
        shown.append(event)
    return shown
