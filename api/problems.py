"""Turn every error into RFC 9457 problem+json with a stable `code`."""

import math
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api import chinese
from api.console.shell import render
from api.uploads.pieces import OffsetMismatch
from models.base.errors import CursorExpired, MingchuError, NotReady, RateLimited, StoreRefused, StoreUnavailable
from models.domain.uploads import OFFSET

log = structlog.get_logger()

STATUS_OF_CODE: dict[str, int] = {
    "internal": 500,
    "invalid": 422,
    "picture_refused": 422,
    "no_picture": 422,
    "picture_broken": 422,
    "picture_truncated": 422,
    "picture_too_large": 422,
    "picture_too_heavy": 422,
    "picture_too_costly": 422,
    "picture_other_time": 422,
    "picture_used": 409,
    "picture_not_new": 409,
    "not_found": 404,
    "wrong_form": 406,
    "conflict": 409,
    "stale_version": 412,
    "version_missing": 428,
    "invalid_transition": 409,
    "not_allowed": 403,
    "law_demands": 403,
    "not_authenticated": 401,
    "rate_limited": 429,
    "cursor_expired": 410,
    "feed_restored": 410,
    "cursor_from_future": 422,
    "store_unavailable": 503,
    "store_refused": 422,
    "lease_lost": 503,
    "schema_newer": 503,
    "schema_older": 503,
    "disk_full": 503,
    "weights_refused": 500,
    "evidence_damaged": 500,
    "stamp_refused": 502,
    "provider_away": 502,
    "evidence_store_away": 503,
    "wrong_address": 422,
    "too_large": 413,
    "too_slow": 408,
    "in_progress": 409,
    "offset_mismatch": 409,
    "not_ready": 503,
    "copy_failed": 404,
    "copy_overdue": 504,
    "key_reused": 422,
}


SNAPSHOT = "/v1/snapshot"
"""Path of the snapshot of the present state, from which a platform can start."""


class VersionMissing(MingchuError):
    """Send `If-Match` with the ETag you read, so that you change the version you saw."""

    code = "version_missing"


class TooLarge(MingchuError):
    """The body is too large."""

    code = "too_large"


class TooSlow(MingchuError):
    """The body took too long to arrive; send it again over a faster connection."""

    code = "too_slow"


class KeyReused(MingchuError):
    """This Idempotency-Key was used for another request; use a new one."""

    code = "key_reused"


_CODE_OF_STATUS = {404: "not_found", 405: "method_not_allowed", 401: "not_authenticated", 403: "not_allowed"}
_HEADERS_OF_STATUS = {
    401: {"WWW-Authenticate": 'Bearer realm="mingchu"'},
    503: {"Retry-After": "2"},
}


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    headers: dict[str, str] | None = None,
    **more: Any,  # noqa: ANN401 - JSON values
) -> JSONResponse:
    """Return a problem document as an answer."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": detail}
    return JSONResponse({**body, **more}, status_code=status, media_type="application/problem+json", headers=headers)


def install(app: FastAPI) -> None:
    """Make the app answer every error with a problem."""
    app.add_exception_handler(MingchuError, _domain)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)


def _domain(request: Request, error: Exception) -> Response:
    assert isinstance(error, MingchuError)  # noqa: S101 - registered for it
    return refusal(request, error)


def refusal(request: Request, error: MingchuError) -> Response:
    """Return the answer to a request for an error of the domain: a page or a problem."""
    status = STATUS_OF_CODE[error.code]
    # Messages of the database driver name processes, constraints and values: only the log may contain them.
    driver = isinstance(error, StoreRefused | StoreUnavailable) and error.__cause__ is not None
    if driver or (status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, NotReady)):
        log.error("request failed", code=error.code, error=str(error))
    if render.wants_page(request):
        return render.error_page(status, error.code)
    more: dict[str, Any] = {}
    if isinstance(error, CursorExpired):
        more = {"earliest_cursor": error.earliest, "snapshot": SNAPSHOT}
    headers = _HEADERS_OF_STATUS.get(status)
    if isinstance(error, RateLimited):
        headers = {"Retry-After": str(math.ceil(error.again_s))}
    if isinstance(error, OffsetMismatch):
        headers = {OFFSET: str(error.offset)}
    detail = str(type(error)()) if driver else str(error)
    return problem(status, error.code, detail, headers=headers, **more)


def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    if render.wants_page(request):
        return render.error_page(422, "invalid")
    zh = chinese.wanted(request.headers.get("accept-language", ""))
    places = [
        {"where": ".".join(map(str, e["loc"])), "expected": chinese.expected(e) if zh else e["msg"]}
        for e in error.errors()
    ]
    first = places[0] if places else {"where": "request", "expected": "another shape"}
    return problem(422, "invalid", f"{first['where']}: {first['expected']}", errors=places)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    if isinstance(error.__cause__, MingchuError):  # FastAPI turns every error while it reads a body into a bad request
        return _domain(request, error.__cause__)
    code = _CODE_OF_STATUS.get(error.status_code, "invalid")
    if render.wants_page(request):
        return render.error_page(error.status_code, code)
    return problem(error.status_code, code, str(error.detail), headers=dict(error.headers or {}))
