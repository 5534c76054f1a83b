"""Parts that all routes share: transactions, paging, versions, idempotency."""

import base64
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Depends, Header, Query, Request, Response
from pydantic import BaseModel

from api.access.principal import Anybody, Principal
from api.problems import KeyReused, VersionMissing
from api.schemas import Page
from api.state import App, app_of
from models.base.errors import InProgress, Invalid, StaleVersion
from models.store import Read, Write, access
from models.store.legible import Legible

T = TypeVar("T")
Out = TypeVar("Out", bound=BaseModel)
MAX_LIMIT = 200

AppState = Annotated[App, Depends(app_of)]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
Cursor = Annotated[str | None, Query(max_length=200, description="`next_cursor` of the previous page")]


@contextmanager
def reading(request: Request, principal: Principal) -> Iterator[Read]:
    """Open a read-only transaction that sees only what the principal may see."""
    with app_of(request).store.read(principal.scope) as r:
        yield r


@contextmanager
def showing(request: Request, principal: Principal) -> Iterator[Legible]:
    """Open a read-only transaction for a page; it skips, counts and logs rows that can't be read."""
    with reading(request, principal) as r:
        yield Legible(r)


def read_transaction(request: Request, principal: Anybody) -> Iterator[Read]:
    """Open a read-only transaction as a dependency of a route."""
    with reading(request, principal) as r:
        yield r


Reading = Annotated[Read, Depends(read_transaction, scope="function")]


def page_of(rows: list[T], *, limit: int, out: Callable[[T], Out], cursor: Callable[[T], object]) -> Page[Out]:
    """Return a page of at most `limit` rows; `rows` contains one row more if another page follows."""
    more = len(rows) > limit
    shown = rows[:limit]
    return Page[Out].model_validate(
        {
            "data": [out(row) for row in shown],
            "next_cursor": encode_cursor(str(cursor(shown[-1]))) if more else None,
            "has_more": more,
        }
    )


def encode_cursor(text: str) -> str:
    """Return `text` as an opaque cursor."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> str | None:
    """Return the text in an opaque cursor; None without a cursor.

    Raises:
        Invalid: this API did not make the cursor.
    """
    if cursor is None:
        return None
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except ValueError:
        raise Invalid("cursor: expected the `next_cursor` of the previous page") from None


def uuid_cursor(cursor: str | None) -> UUID | None:
    """Return the UUID in a cursor; None for the first page."""
    text = decode_cursor(cursor)
    try:
        return None if text is None else UUID(text)
    except ValueError:
        raise Invalid("cursor: expected the `next_cursor` of the previous page") from None


def row_cursor(cursor: str | None, load: Callable[[UUID], T | None]) -> T | None:
    """Return the row that a cursor names, the last one of the previous page; None for the first page.

    Raises:
        Invalid: this API did not make the cursor, or its row is gone.
    """
    last = uuid_cursor(cursor)
    if last is None:
        return None
    found = load(last)
    if found is None:
        raise Invalid("cursor: expected the `next_cursor` of the previous page")
    return found


def text_cursor(cursor: str | None) -> str:
    """Return the text id in a cursor; empty for the first page."""
    text = decode_cursor(cursor) or ""
    if "\x00" in text:
        raise Invalid("cursor: expected the `next_cursor` of the previous page")
    return text


def plain_text(text: str) -> str:
    """Return a text of an address without NUL, which PostgreSQL can't hold, and without blanks around it."""
    return text.replace("\x00", "").strip()


def reason_of(request: Request, given: str, principal: Principal) -> str:
    """Return why somebody looks: the given reason, else the key that asks, or the console's page it comes from."""
    text = plain_text(given)
    if principal.by_key:
        return text or f"接口密钥 {principal.shown_name}"
    try:
        page = urlsplit(request.headers.get("referer", "")[:1000])
        own = page.hostname == request.url.hostname
    except ValueError:
        return text
    at = page.path.find("/console/")
    if text or not own or at < 0:
        return text
    return plain_text(f"页面 {page.path[at:]}{f'?{page.query}' if page.query else ''}")[:200]


def if_match(header: Annotated[str | None, Header(alias="If-Match", max_length=100)] = None) -> int:
    """Return the version that the client saw.

    Raises:
        VersionMissing: the header is missing.
        StaleVersion: this API never returned such a version.
    """
    if header is None:
        raise VersionMissing
    text = header.strip().removeprefix("W/").strip('"')
    if not (text.isascii() and text.isdigit()) or len(text) > 9:  # noqa: PLR2004 - versions fit an integer column
        raise StaleVersion(f"If-Match {header[:40]!r}: expected the ETag you read")
    return int(text)


def if_match_or_none(header: Annotated[str | None, Header(alias="If-Match", max_length=100)] = None) -> int | None:
    """Return the version that the client saw; None if the request does not name one."""
    return None if header is None else if_match(header)


SeenVersion = Annotated[int, Depends(if_match)]
SeenVersionIfNamed = Annotated[int | None, Depends(if_match_or_none)]
IdempotencyKey = Annotated[
    str | None, Header(alias="Idempotency-Key", min_length=8, max_length=200, pattern=r"^[\x21-\x7e]+$")
]


def etag(response: Response, version: int) -> None:
    """Set the version as the answer's ETag."""
    response.headers["ETag"] = f'"{version}"'


def creating(
    request: Request,
    principal: Principal,
    key: str | None,
    fingerprint: bytes,
    act: Callable[[Write], Out],
    *,
    version: Callable[[Out], int] | None = None,
) -> Response:
    """Do something once: a repeat with the same Idempotency-Key returns the first answer again.

    `version` returns the version for the ETag of the changed object, so that the client can take the next step
    without reading the object first.

    One transaction claims the key, acts and stores the answer. If the act fails, the key stays free. If the process
    dies, neither an act without a stored answer nor a claimed key remains.

    Raises:
        InProgress: the first request is not done.
        KeyReused: an earlier, different request used the key.
    """
    app = app_of(request)
    with app.store.write(principal.scope) as w:
        if key is None:
            return _answer(act(w), version)[0]
        digest = _digest(request, fingerprint)
        claim = {"principal": principal.name, "key": key}
        if not access.claim_idempotency(w, **claim, request_sha256=digest, at=app.clock.now()):
            return _again(access.idempotent_answer(w, **claim), digest)
        answer, headers = _answer(act(w), version)
        access.keep_answer(w, **claim, status=answer.status_code, body=bytes(answer.body), headers=headers)
        return answer


def doing(
    request: Request, principal: Principal, key: str | None, fingerprint: bytes, act: Callable[[Write], None]
) -> Response:
    """Do something once, as `creating` does, and answer 204 without a body. Raises the errors of `creating`."""
    app = app_of(request)
    with app.store.write(principal.scope) as w:
        claim = None if key is None else {"principal": principal.name, "key": key}
        if claim is not None:
            digest = _digest(request, fingerprint)
            if not access.claim_idempotency(w, **claim, request_sha256=digest, at=app.clock.now()):
                return _again(access.idempotent_answer(w, **claim), digest)
        act(w)
        if claim is not None:
            access.keep_answer(w, **claim, status=204, body=b"", headers={})
        return Response(status_code=204)


def _answer(made: Out, version: Callable[[Out], int] | None) -> tuple[Response, dict[str, str]]:
    """Return the answer, and those of its headers that a repeat must return too."""
    headers = {} if version is None else {"ETag": f'"{version(made)}"'}
    return Response(made.model_dump_json(), media_type="application/json", headers=headers), headers


def _digest(request: Request, fingerprint: bytes) -> str:
    return hashlib.sha256(b"\n".join((request.method.encode(), request.url.path.encode(), fingerprint))).hexdigest()


def _again(known: tuple[str, int, bytes, dict[str, str]] | None, digest: str) -> Response:
    if known is None:
        raise InProgress
    request_digest, status, body, headers = known
    if request_digest != digest:
        raise KeyReused
    again = {**headers, "Idempotent-Replayed": "true"}
    if status == HTTPStatus.NO_CONTENT:
        return Response(status_code=status, headers=again)
    return Response(body, status_code=status, media_type="application/json", headers=again)
