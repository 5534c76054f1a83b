"""What routes share: transactions at the edge, paging, versions, idempotency."""

import base64
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated, TypeVar
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
Cursor = Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before")]


@contextmanager
def reading(request: Request, principal: Principal) -> Iterator[Read]:
    """One read-only transaction that sees what the principal may see."""
    with app_of(request).store.read(principal.scope) as r:
        yield r


@contextmanager
def showing(request: Request, principal: Principal) -> Iterator[Legible]:
    """The same for a page: a row that can't be read is passed over, counted and logged."""
    with reading(request, principal) as r:
        yield Legible(r)


def read_transaction(request: Request, principal: Anybody) -> Iterator[Read]:
    """The same as a dependency."""
    with reading(request, principal) as r:
        yield r


Reading = Annotated[Read, Depends(read_transaction, scope="function")]


def page_of(rows: list[T], *, limit: int, out: Callable[[T], Out], cursor: Callable[[T], object]) -> Page[Out]:
    """A page of `rows`, which hold one more than `limit` if there is more."""
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
    """An opaque cursor."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> str | None:
    """What an opaque cursor holds.

    Raises:
        Invalid: it is none of ours.
    """
    if cursor is None:
        return None
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except ValueError:
        raise Invalid("cursor: expected the `next_cursor` of the page before") from None


def uuid_cursor(cursor: str | None) -> UUID | None:
    """The id in a cursor."""
    text = decode_cursor(cursor)
    try:
        return None if text is None else UUID(text)
    except ValueError:
        raise Invalid("cursor: expected the `next_cursor` of the page before") from None


def text_cursor(cursor: str | None) -> str:
    """The id in a cursor, where ids are text; empty for the first page."""
    text = decode_cursor(cursor) or ""
    if "\x00" in text:
        raise Invalid("cursor: expected the `next_cursor` of the page before")
    return text


def if_match(header: Annotated[str | None, Header(alias="If-Match", max_length=100)] = None) -> int:
    """The version that the client saw.

    Raises:
        VersionMissing: no header.
        StaleVersion: not a version this API ever gave out.
    """
    if header is None:
        raise VersionMissing
    text = header.strip().removeprefix("W/").strip('"')
    if not (text.isascii() and text.isdigit()) or len(text) > 9:  # noqa: PLR2004 - versions fit an integer column
        raise StaleVersion(f"If-Match {header[:40]!r}: expected the ETag you read")
    return int(text)


def if_match_or_none(header: Annotated[str | None, Header(alias="If-Match", max_length=100)] = None) -> int | None:
    """The version that the client saw, where naming it is not a must."""
    return None if header is None else if_match(header)


SeenVersion = Annotated[int, Depends(if_match)]
SeenVersionIfNamed = Annotated[int | None, Depends(if_match_or_none)]
IdempotencyKey = Annotated[
    str | None, Header(alias="Idempotency-Key", min_length=8, max_length=200, pattern=r"^[\x21-\x7e]+$")
]


def etag(response: Response, version: int) -> None:
    """Tell the version as ETag."""
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
    """Do something once: with an Idempotency-Key, a repeat gets the first answer again.

    `version` gives the ETag of what was changed, so that the next step needs no reading in between.

    The claim of the key, the act and its remembered answer are one transaction: an act that fails leaves the
    key free, and a process that dies leaves neither an act without its answer nor a key that stays taken.

    Raises:
        InProgress: the first request is not done.
        KeyReused: the key came with another request before.
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
    """The same for what has no answer but that it is done (204). Raises as `creating` does."""
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
    """The answer, and the headers of it that say something about what was made."""
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
