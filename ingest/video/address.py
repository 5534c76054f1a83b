"""The address of a camera and its log-in; no text made from this value contains the secret. Pure."""

import re
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import quote, unquote, urlsplit

from models.base.errors import Invalid

_SCHEMES = ("rtsp", "rtsps")
_USER_INFO = re.compile(r"(?<=://)[^/\s'\"]*@")
DEFAULT_PORT = 554
_SECRET = re.compile(
    r"(?i)(?<![a-z])((?:login)?(?:password|passwd|passwort|passw|pass|pwd|pas|psw|secret|token|auth)=)"
    r"((?:(?!_[a-z]+=)[^&/?;\s'\"#])+)"
)
"""Matches a password in the URL, as `/user=admin&password=…&stream=0.sdp?` and `/user=admin_password=…_channel=1`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraAddress:
    """An RTSP address; `url` holds no user and no password before the host.

    Its path may hold a password, as some makes require: show only `shown`, and protect the file that holds the address.
    """

    url: str = field(repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, text: str, *, username: str | None = None, password: str | None = None) -> Self:
        """Return the address in `rtsp://[user:password@]host[:port]/path`; arguments override its user and password."""
        try:
            parts = urlsplit(text.strip())
            port = parts.port
        except ValueError:
            raise Invalid(_EXPECTED) from None
        if parts.scheme not in _SCHEMES or not parts.hostname:
            raise Invalid(_EXPECTED)
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        netloc = host if port is None else f"{host}:{port}"
        return cls(
            url=f"{parts.scheme}://{netloc}{_path_of(text.strip())}",
            username=username if username is not None else unquote(parts.username) if parts.username else None,
            password=password if password is not None else unquote(parts.password) if parts.password else None,
        )

    @property
    def host(self) -> str:
        """Name or IP address of the camera."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """RTSP port of the camera."""
        return urlsplit(self.url).port or DEFAULT_PORT

    @property
    def shown(self) -> str:
        """The address for people, without any password."""
        return _SECRET.sub(r"\1***", self.url)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Texts that must not be shown: the password, and those in path and query."""
        found = [] if self.password is None else [self.password]
        return tuple(secret for secret in (*found, *(value for _, value in _SECRET.findall(self.url))) if secret)

    def login_url(self) -> str:
        """Return the address with user and password, only for FFmpeg: never log or store it."""
        if self.username is None:
            return self.url
        secret = "" if self.password is None else f":{quote(self.password, safe='')}"
        scheme, _, rest = self.url.partition("://")
        return f"{scheme}://{quote(self.username, safe='')}{secret}@{rest}"

    def redact(self, text: str) -> str:
        """Remove user, password and any other log-in from a text, because FFmpeg's errors repeat the address."""
        text = _SECRET.sub(r"\1***", _USER_INFO.sub("", text))
        shapes = {
            shape
            for secret in self.secrets
            for shape in (secret, unquote(secret), quote(secret, safe=""), quote(secret))
        }
        for shape in sorted(filter(None, shapes), key=len, reverse=True):
            text = text.replace(shape, "***")
        return text


def _path_of(text: str) -> str:
    """Return path and query as written: some makes' addresses end with a `?`, which `urlunsplit` drops."""
    rest = text.partition("://")[2].partition("#")[0]
    start = min((place for place in (rest.find("/"), rest.find("?")) if place >= 0), default=len(rest))
    path = rest[start:]
    return path if path.startswith("/") else f"/{path}"


_EXPECTED = (
    "camera address: expected rtsp://host[:port]/path; give user and password separately, "
    "or in it with special characters percent-encoded (@ is %40, # is %23)"
)
