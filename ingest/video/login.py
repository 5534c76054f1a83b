"""Log in to a camera by RTSP: choose one of the offered schemes, and answer its challenge. Pure.

FFmpeg supports digest only with MD5 and uses the last challenge it reads. So with a camera that also offers SHA-256
it seems as if the password were wrong.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

_SCHEME = re.compile(r"^\s*([A-Za-z]+)\s*(.*)$", re.DOTALL)
_PARAMETER = re.compile(r'([A-Za-z][A-Za-z0-9_-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]*))')
_HASHES = {"sha-512-256": "sha512_256", "sha-256": "sha256", "md5": "md5"}
_OF_FFMPEG = frozenset({"", "md5"})


@dataclass(frozen=True, slots=True)
class Challenge:
    """One log-in scheme that the camera offers; `algorithm` is lower case, empty if the camera names none."""

    scheme: str
    parameters: dict[str, str]

    @classmethod
    def parse(cls, header: str) -> Self | None:
        """Return the challenge in a `WWW-Authenticate` header; None if it can't be parsed."""
        found = _SCHEME.match(header)
        if found is None:
            return None
        pairs = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(found.group(2))}
        return cls(found.group(1).lower(), pairs)

    @property
    def algorithm(self) -> str:
        """Name of the hash in lower case, as the camera writes it; empty if it names none."""
        return self.parameters.get("algorithm", "").lower()

    @property
    def hash_name(self) -> str | None:
        """Name of the hash in Python's hashlib; None if it is unknown."""
        return _HASHES.get(self.algorithm.removesuffix("-sess") or "md5")

    @property
    def stale(self) -> bool:
        """Whether the camera refused only because the nonce was too old."""
        return self.parameters.get("stale", "").lower() == "true"


def challenges(headers: Sequence[str]) -> list[Challenge]:
    """Return all offered challenges, in the camera's order."""
    return [found for found in map(Challenge.parse, headers) if found is not None]


def chosen(offered: Sequence[Challenge]) -> Challenge | None:
    """Return the strongest supported challenge; Basic shows the password, so it is last."""
    ranks = [*_HASHES.values()]
    digests = [one for one in offered if one.scheme == "digest" and one.hash_name is not None]
    if digests:
        return min(digests, key=lambda one: ranks.index(one.hash_name or "md5"))
    return next((one for one in offered if one.scheme == "basic"), None)


def ffmpeg_speaks(offered: Sequence[Challenge]) -> bool:
    """Return whether FFmpeg can log in whatever the order of the challenges."""
    return all(one.scheme != "digest" or one.algorithm in _OF_FFMPEG for one in offered)


@dataclass(slots=True)
class Login:
    """Answers one challenge for several requests."""

    username: str
    password: str
    challenge: Challenge
    _count: int = 0

    def header(self, method: str, uri: str) -> str:
        """Return the value of `Authorization` for a request."""
        if self.challenge.scheme == "basic":
            return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode("ascii")
        return self._digest(method, uri)

    def _digest(self, method: str, uri: str) -> str:
        given, name = self.challenge.parameters, self.challenge.hash_name or "md5"

        def hashed(text: str) -> str:
            return hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()

        realm, nonce = given.get("realm", ""), given.get("nonce", "")
        cnonce, count = secrets.token_hex(8), ""
        one = hashed(f"{self.username}:{realm}:{self.password}")
        if self.challenge.algorithm.endswith("-sess"):
            one = hashed(f"{one}:{nonce}:{cnonce}")
        two = hashed(f"{method}:{uri}")
        fields = [("username", self.username), ("realm", realm), ("nonce", nonce), ("uri", uri)]
        if "auth" in re.split(r"[\s,]+", given.get("qop", "").lower()):
            self._count += 1
            count = f"{self._count:08x}"
            response = hashed(f"{one}:{nonce}:{count}:{cnonce}:auth:{two}")
        else:
            response = hashed(f"{one}:{nonce}:{two}")
        fields.append(("response", response))
        text = ", ".join(f'{key}="{value}"' for key, value in fields)
        if count:
            text += f', qop=auth, nc={count}, cnonce="{cnonce}"'
        if "algorithm" in given:
            text += f", algorithm={given['algorithm']}"
        if "opaque" in given:
            text += f', opaque="{given["opaque"]}"'
        return f"Digest {text}"
