"""Before a body is read: who sends it, how large it may be, and how long it may take.

FastAPI reads and parses a body before it asks who is there; so this stands in front of it.
"""

import asyncio
import time
from dataclasses import dataclass

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.principal import identify
from api.problems import TooLarge, TooSlow, refusal
from api.settings import ApiSettings
from models.base.errors import MingchuError, NotAuthenticated

MULTIPART_FRAME = 64 * 1024
_FORM = 16 * 1024
_JSON_S, _PHOTO_S, _PIECE_S = 30.0, 180.0, 600.0
_OPEN_TO_ADDRESSES = "/v1/uploads/"
"""These check the address itself before they read."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the body of a request may be: bytes in all, seconds in all."""

    most: int
    seconds: float


def allowance(path: str, settings: ApiSettings) -> Allowance:
    """What a route takes."""
    if path.startswith(_OPEN_TO_ADDRESSES):
        return Allowance(settings.max_upload_bytes, _PIECE_S)
    if path.startswith("/v1/tasks/") and path.endswith("/photos"):
        return Allowance(settings.max_upload_bytes + MULTIPART_FRAME, _PHOTO_S)
    return Allowance(settings.max_json_bytes if path.startswith("/v1/") else _FORM, _JSON_S)


class Door:
    """Lets a request with a body in when somebody known sends it, and no more of it than its route takes."""

    def __init__(self, app: ASGIApp, *, settings: ApiSettings) -> None:
        self._app, self._settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in, or refuse it with its body unread."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced, allowed = _announced(scope), allowance(scope["path"], self._settings)
        try:
            if announced is not None:
                if announced > allowed.most:
                    raise TooLarge(f"expected at most {allowed.most} bytes here")
                await _require_known(scope)
        except MingchuError as error:
            answer = refusal(Request(scope), error)
            answer.headers["Connection"] = "close"  # what is still to come is nobody's
            await answer(scope, receive, send)
            return
        await self._app(scope, _Bounded(receive, allowed, self._settings.body_idle.total_seconds()), send)


async def _require_known(scope: Scope) -> None:
    """Whoever sends a body to the API must be somebody.

    Raises:
        NotAuthenticated: neither key nor session, or one that is no good.
    """
    path = scope["path"]
    if not path.startswith("/v1/") or path.startswith(_OPEN_TO_ADDRESSES):
        return
    request = Request(scope)
    found = await run_in_threadpool(identify, request)
    if found is None:
        raise NotAuthenticated
    request.state.identified = found


def _announced(scope: Scope) -> int | None:
    """How long a body says it is; 0 where it does not say, None where there is none."""
    headers = dict(scope["headers"])
    if b"transfer-encoding" in headers:
        return 0
    length = headers.get(b"content-length", b"0")
    return int(length[:18]) or None if length.isdigit() else 0


class _Bounded:
    """Counts what comes in and how long it takes, for bodies that lie or trickle."""

    def __init__(self, receive: Receive, allowed: Allowance, idle_s: float) -> None:
        self._receive, self._idle_s = receive, idle_s
        self._left, self._deadline = allowed.most, time.monotonic() + allowed.seconds
        self._more = True

    async def __call__(self) -> Message:
        if not self._more:  # somebody waits for the client to go away
            return await self._receive()
        try:
            patience = min(self._idle_s, self._deadline - time.monotonic())
            message = await asyncio.wait_for(self._receive(), max(0.0, patience))
        except TimeoutError:
            raise TooSlow from None
        self._more = bool(message.get("more_body", False))
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise TooLarge
        return message
