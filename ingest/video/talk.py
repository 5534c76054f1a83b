"""RTSP messages on a socket: our requests and a camera's answers, bounded in size and time."""

import socket
import time
from dataclasses import dataclass, field

_MOST_HEAD = 16_384
_MOST_BODY = 262_144
_INTERLEAVED = b"$"


class NotRtsp(Exception):
    """The received bytes are not an RTSP message, or the connection ended."""


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer: its first line, its headers in order, its body."""

    first: str
    headers: list[tuple[str, str]]
    body: bytes = b""

    @property
    def status(self) -> int:
        """Status code of an answer; 0 if it has none."""
        word = self.first.split(" ", 2)[1:2]
        return int(word[0]) if word and word[0].isdigit() and len(word[0]) == 3 else 0  # noqa: PLR2004 - three digits

    def all(self, name: str) -> list[str]:
        """Return all values of a header."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def encoded(self) -> bytes:
        """Return the message as sent over the line."""
        head = "\r\n".join([self.first, *(f"{name}: {value}" for name, value in self.headers)])
        return head.encode("utf-8", "surrogateescape") + b"\r\n\r\n" + self.body


@dataclass(slots=True)
class Line:
    """One connection, read message by message. `deadline` is monotonic; None waits for ever."""

    socket: socket.socket
    deadline: float | None = None
    _held: bytearray = field(default_factory=bytearray)

    def message(self) -> Message | bytes:
        """Return the next message, or a media packet as raw bytes.

        Raises:
            NotRtsp: something else, or the end.
            TimeoutError: the deadline has passed.
            OSError: the connection broke.
        """
        while self._held[:2] == b"\r\n":
            del self._held[:2]
        self._need(1)
        if self._held[:1] == _INTERLEAVED:
            self._need(4)
            size = 4 + int.from_bytes(self._held[2:4], "big")
            return self._take(size)
        while (end := self._held.find(b"\r\n\r\n")) < 0:
            if len(self._held) > _MOST_HEAD:
                raise NotRtsp("no end of the header")
            self._more()
        head = self._take(end + 4).decode("utf-8", "surrogateescape").strip("\r\n")
        first, *lines = head.split("\r\n")
        if "RTSP/" not in first:
            raise NotRtsp(first[:80])
        headers = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        message = Message(first, headers)
        length = message.all("Content-Length")
        size = int(length[0]) if length and length[0].isdigit() else 0
        if size > _MOST_BODY:
            raise NotRtsp(f"a body of {size} bytes")
        return Message(first, headers, self._take(size)) if size else message

    def answer(self) -> Message:
        """Return the next answer; drops media in between. Raises as `message` does."""
        while True:
            found = self.message()
            if isinstance(found, Message):
                return found

    def rest(self) -> bytes:
        """Return the received bytes after the last message."""
        rest, self._held = bytes(self._held), bytearray()
        return rest

    def _take(self, size: int) -> bytes:
        self._need(size)
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken

    def _need(self, size: int) -> None:
        while len(self._held) < size:
            self._more()

    def _more(self) -> None:
        if self.deadline is not None:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self.socket.settimeout(left)
        more = self.socket.recv(65_536)
        if not more:
            raise NotRtsp("the connection ended")
        self._held += more
