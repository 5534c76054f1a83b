"""Where a camera is and how to log in there; the secret stays out of every text that leaves this value. Pure."""

import re
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from models.errors import Invalid

_SCHEMES = ("rtsp", "rtsps")
_USER_INFO = re.compile(r"(?<=://)[^/\s'\"]*@")
DEFAULT_PORT = 554


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraAddress:
    """An RTSP address; `url` holds no user and no password."""

    url: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, text: str, *, username: str | None = None, password: str | None = None) -> Self:
        """Read `rtsp://[user:password@]host[:port]/path`; what is given beside the address goes first.

        Raises:
            Invalid: another scheme, or no host. The message never repeats the address.
        """
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
            url=urlunsplit((parts.scheme, netloc, parts.path or "/", parts.query, "")),
            username=username if username is not None else unquote(parts.username) if parts.username else None,
            password=password if password is not None else unquote(parts.password) if parts.password else None,
        )

    @property
    def host(self) -> str:
        """Name or number of the camera."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """Its RTSP port."""
        return urlsplit(self.url).port or DEFAULT_PORT

    def login_url(self) -> str:
        """The address with user and password, for FFmpeg alone: never log or store it."""
        if self.username is None:
            return self.url
        secret = "" if self.password is None else f":{quote(self.password, safe='')}"
        scheme, _, rest = self.url.partition("://")
        return f"{scheme}://{quote(self.username, safe='')}{secret}@{rest}"

    def redact(self, text: str) -> str:
        """Take user, password and any other login out of a text: FFmpeg's errors repeat the address."""
        text = _USER_INFO.sub("", text)
        if self.password:
            for shape in sorted({self.password, quote(self.password, safe=""), quote(self.password)}, key=len):
                text = text.replace(shape, "***")
        return text


_EXPECTED = (
    "camera address: expected rtsp://host[:port]/path; give user and password beside it, "
    "or in it with special characters percent-encoded (@ is %40, # is %23)"
)
