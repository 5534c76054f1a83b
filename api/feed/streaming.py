"""The feed as server-sent events (SSE): the same events in the same order, and a checkpoint from time to time.

The `id` of an event is its `seq`, so a client that reconnects with `Last-Event-ID` misses and repeats nothing. A
checkpoint carries the cursor up to which the stream has looked, also past what filter and scope leave out.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from typing import Any

from fastapi.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.feed.reading import FeedPage, Place
from api.state import News
from models.base.errors import MingchuError
from models.base.jsonio import dumps

CHECKPOINT_S = 60.0
LIFE_S = 600.0
"""A stream ends after ten minutes, and the client reconnects."""
RETRY_MS = 1000
FULL_S = 1.0


async def stream(
    read: Callable[[Place], FeedPage],
    *,
    news: News,
    first: FeedPage,
    checkpoint_s: float = CHECKPOINT_S,
    life_s: float = LIFE_S,
) -> AsyncIterator[bytes]:
    """Yield the events of the feed as server-sent events until the stream's life is over or the server stops.

    `first` is the page that was read before the answer began, so that a bad cursor is refused with a status. `read`
    checks the caller's rights again each time; when they are gone, the stream says so and ends.
    """
    ends, told = time.monotonic() + life_s, time.monotonic()
    yield f"retry: {RETRY_MS}\n\n".encode()
    page, ticket = first, None
    while True:
        for event, text in page.events:
            yield f"id: {event.seq}\nevent: {event.type}\ndata: {text}\n\n".encode()
        place = Place(page.next_cursor, page.epoch)
        now = time.monotonic()
        over = now >= ends
        if over or now - told >= checkpoint_s:
            yield _checkpoint(page)
            told = now
        if over:
            return
        if ticket is not None and not page.events:
            patience = max(0.0, min(ends, told + checkpoint_s) - now)
            if not await news.wait(ticket, patience) and not news.closed:
                await asyncio.sleep(FULL_S)  # too many wait: look again from time to time
        if news.closed:
            yield _checkpoint(page)
            return
        ticket = news.ticket()  # before the look, so that no event in between is missed
        try:
            page = await run_in_threadpool(read, place)
        except MingchuError as error:
            yield f"event: error\ndata: {dumps({'code': error.code, 'detail': str(error)})}\n\n".encode()
            return


class Held(StreamingResponse):
    """Streams, and lets go of what was held for it at the end, however it comes."""

    def __init__(self, held: ExitStack, parts: AsyncIterator[bytes] | Iterator[bytes], **more: Any) -> None:  # noqa: ANN401 - as the original
        super().__init__(parts, **more)
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream."""
        with self._held:
            await super().__call__(scope, receive, send)


def _checkpoint(page: FeedPage) -> bytes:
    body = dumps({"cursor": page.next_cursor, "epoch": page.epoch})
    return f"id: {page.next_cursor}\nevent: checkpoint\ndata: {body}\n\n".encode()
