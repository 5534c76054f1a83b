"""Check the sender, size and duration of a request before its body is read.

FastAPI reads and parses a body before it authenticates the sender, so this middleware runs before FastAPI.
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
_FILES = "/v1/exchange/"
_OPEN_TO_ADDRESSES = "/v1/uploads/"
"""These routes check the secret address themselves before they read a body."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """The limits of a request's body: bytes and seconds in total."""

    most: int
    seconds: float


def allowance(path: str, settings: ApiSettings) -> Allowance:
    """Return the limits for a path."""
    if path.startswith(_OPEN_TO_ADDRESSES):
        return Allowance(settings.max_upload_bytes, _PIECE_S)
    if path.startswith(_FILES) or (path.startswith("/v1/tasks/") and path.endswith("/photos")):
        return Allowance(settings.max_upload_bytes + MULTIPART_FRAME, _PHOTO_S)
    return Allowance(settings.max_json_bytes if path.startswith("/v1/") else _FORM, _JSON_S)


class Door:
    """Accepts a request with a body only from an authenticated sender, and only within the limits of its route."""

    def __init__(self, app: ASGIApp, *, settings: ApiSettings) -> None:
        self._app, self._settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or refuse it without reading its body."""
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
            answer.headers["Connection"] = "close"  # nobody reads the rest of the body
            await answer(scope, receive, send)
            return
        await self._app(scope, _Bounded(receive, allowed, self._settings.body_idle.total_seconds()), send)


async def _require_known(scope: Scope) -> None:
    """Require an authenticated sender for a body sent to the API.

    Raises:
        NotAuthenticated: the request has neither a key nor a session, or an invalid one.
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
    """Return the announced length of a body in bytes; 0 if it is not announced, None without a body."""
    headers = dict(scope["headers"])
    if b"transfer-encoding" in headers:
        return 0
    length = headers.get(b"content-length", b"0")
    return int(length[:18]) or None if length.isdigit() else 0


class _Bounded:
    """Limits the bytes and the seconds of a body, for senders that lie about its size or send it slowly."""

    def __init__(self, receive: Receive, allowed: Allowance, idle_s: float) -> None:
        self._receive, self._idle_s = receive, idle_s
        self._left, self._deadline = allowed.most, time.monotonic() + allowed.seconds
        self._more = True

    async def __call__(self) -> Message:
        if not self._more:  # the route waits for the client to disconnect
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
