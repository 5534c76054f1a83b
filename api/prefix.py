"""The platform below a path of its host, behind a reverse proxy: `https://host/mingchu`.

Inside, every address begins at the root. Here the prefix is taken off what comes in (a proxy may already have done it)
and put on what goes out: redirects, cookies, and the addresses in pages. Scripts read it from the page.
"""

import re
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.base.errors import Invalid

_FORM = re.compile(r"^(/[A-Za-z0-9._~-]+)*$")
# Texts of others are escaped in pages: none of them contains a quotation mark.
_ADDRESS = re.compile(rb'\b(href|src|action|data-src)="/(?!/)')
_FOR_SCRIPTS = b'<meta name="prefix" content="'


def prefix_of(public_url: str) -> str:
    """Return the path of the platform's address, without a slash at its end; empty at the root of the host.

    Raises:
        Invalid: the path has other characters than letters, digits, `.`, `_`, `~` and `-`.
    """
    path = urlsplit(public_url).path.rstrip("/")
    if not _FORM.match(path):
        raise Invalid(
            f"MINGCHU_PUBLIC_URL: path {path!r}: expected letters, digits, '.', '_', '~' and '-' between slashes"
        )
    return path


class Prefixed:
    """The layer that takes the prefix off requests and puts it on answers."""

    def __init__(self, app: ASGIApp, *, prefix: str) -> None:
        self._app = app
        self._prefix, self._raw = prefix, prefix.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        inside = dict(scope)
        path = scope["path"]
        if path == self._prefix or path.startswith(self._prefix + "/"):
            inside["path"] = path[len(self._prefix) :] or "/"
            inside["raw_path"] = scope.get("raw_path", path.encode())[len(self._raw) :] or b"/"
        await self._app(inside, receive, _Outgoing(send, self._raw))


class _Outgoing:
    """Puts the prefix on one answer."""

    def __init__(self, send: Send, prefix: bytes) -> None:
        self._send, self._prefix = send, prefix
        self._start: Message | None = None
        self._page = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [self._header(name, value) for name, value in message["headers"]]
            message = {**message, "headers": headers}
            if any(name == b"content-type" and value.startswith(b"text/html") for name, value in headers):
                self._start = message  # the page gets longer, so its head waits for it
                return
        elif self._start is not None:
            self._page += message.get("body", b"")
            if message.get("more_body"):
                return
            page = _ADDRESS.sub(rb'\1="' + self._prefix + b"/", self._page)
            page = page.replace(_FOR_SCRIPTS, _FOR_SCRIPTS + self._prefix)
            # A HEAD keeps the length that it states.
            grown = len(page) - len(self._page)
            headers = [
                (name, str(int(value) + grown).encode() if name == b"content-length" else value)
                for name, value in self._start["headers"]
            ]
            await self._send({**self._start, "headers": headers})
            self._start, message = None, {**message, "body": page}
        await self._send(message)

    def _header(self, name: bytes, value: bytes) -> tuple[bytes, bytes]:
        if name == b"location" and value.startswith(b"/") and not value.startswith(b"//"):
            return name, self._prefix + value
        if name == b"set-cookie":
            return name, value.replace(b"Path=/", b"Path=" + self._prefix + b"/")
        return name, value
