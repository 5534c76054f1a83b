"""Upload a clip by HTTP, in pieces that can be resumed. The address carries a token: it is never logged."""

import base64
import hashlib
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import httpx

from models.base.errors import Invalid
from models.domain.uploads import CODEC, COMPLETE, END, OFFSET, START, WHOLE

CHUNK_BYTES = 4 * 2**20
TIMEOUT_S = 60.0
_FINAL = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.GONE,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
)


class UploadRefused(Invalid):
    """The platform does not accept this clip (any more)."""


class UploadInterrupted(Exception):
    """The upload broke off and may be resumed."""


class AddressUnknown(UploadInterrupted):
    """The platform does not know the address: it sent a newer one meanwhile, or does not want the clip any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFile:
    """A written clip and its description for the platform; times are RFC 3339."""

    path: Path
    sha256: str
    size: int
    start: str
    end: str
    codec: str


def clip_file(path: Path, *, start: str, end: str, codec: str) -> ClipFile:
    """Hash a written clip and return its description."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return ClipFile(path=path, sha256=digest, size=path.stat().st_size, start=start, end=end, codec=codec)


def upload(client: httpx.Client, url: str, clip: ClipFile) -> None:
    """Upload a clip; continue where an earlier try ended.

    Raises:
        UploadRefused: the platform does not accept the clip: give up.
        AddressUnknown: use the address of the platform's newer command, if there is one.
        UploadInterrupted: try again later.
    """
    stands = _ask(client, "HEAD", url)
    if _complete(stands):
        return
    offset = _offset(stands, clip)
    with clip.path.open("rb") as file:
        while offset < clip.size:
            file.seek(offset)
            piece = file.read(CHUNK_BYTES)
            headers = _headers(clip, offset, len(piece))
            answer = _ask(client, "PUT", url, content=piece, headers=headers)
            if _complete(answer):
                return
            offset = _offset(answer, clip)
    raise UploadInterrupted("the platform has every byte, but does not confirm that the clip is complete")


def _ask(
    client: httpx.Client, method: str, url: str, *, content: bytes | None = None, headers: dict[str, str] | None = None
) -> httpx.Response:
    try:
        answer = client.request(method, url, content=content, headers=headers)
    except httpx.HTTPError as error:
        raise UploadInterrupted(type(error).__name__) from None  # its text may hold the address
    if answer.status_code in _FINAL:
        raise UploadRefused(f"the platform refuses the clip: HTTP {answer.status_code}")
    if answer.status_code == HTTPStatus.NOT_FOUND:
        raise AddressUnknown(f"the platform does not know the upload address: HTTP {answer.status_code}")
    if answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY and _is_final(answer):
        raise UploadRefused("the platform can't read the clip, or it shows another time than the one asked for")
    if answer.status_code >= HTTPStatus.BAD_REQUEST and answer.status_code != HTTPStatus.CONFLICT:
        raise UploadInterrupted(f"the platform answers {answer.status_code}")
    return answer


def _is_final(answer: httpx.Response) -> bool:
    """Return whether the platform refused the film itself, so that sending it again is useless."""
    try:
        code = str(answer.json().get("code", ""))
    except (ValueError, AttributeError):
        return False
    return code == "no_picture" or code.startswith("picture_")


def _complete(answer: httpx.Response) -> bool:
    return answer.status_code == HTTPStatus.CREATED or answer.headers.get(COMPLETE) == WHOLE


def _offset(answer: httpx.Response, clip: ClipFile) -> int:
    text = answer.headers.get(OFFSET, "")
    if not text.isascii() or not text.isdigit() or int(text) > clip.size:
        raise UploadInterrupted(f"the platform's answer names no {OFFSET} within the file")
    return int(text)


def _headers(clip: ClipFile, offset: int, length: int) -> dict[str, str]:
    digest = base64.b64encode(bytes.fromhex(clip.sha256)).decode()
    return {
        "Content-Type": "video/mp4",
        "Content-Range": f"bytes {offset}-{offset + length - 1}/{clip.size}",
        "Repr-Digest": f"sha-256=:{digest}:",
        START: clip.start,
        END: clip.end,
        CODEC: clip.codec,
    }
