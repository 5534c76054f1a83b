"""Messages from a camera's process to the agent: one byte for the kind, then the rest.

No pickles: the sender parses a camera's bytes, so its messages must not be able to execute anything here.
"""

import struct
from collections.abc import Callable
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import get_args

from ingest.payloads.status import Reason
from ingest.video.rtsp import Packet, StreamInfo
from models.base.errors import Invalid
from models.base.jsonio import dumps, loads

_PACKET = struct.Struct("<ddqq?")
_PICTURE = struct.Struct("<d")
_NONE = -(2**63)
MAX_DETAIL = 300


@dataclass(frozen=True, slots=True)
class Picture:
    """A sampled picture and our time at the arrival of its packet."""

    at: float
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class Failed:
    """The reason why the connection failed or ended."""

    reason: Reason
    detail: str


Message = StreamInfo | Packet | Picture | Failed


def pack(message: Message) -> bytes:
    """Return a message as bytes."""
    if isinstance(message, Packet):
        pts, dts = (_NONE if value is None else value for value in (message.pts, message.dts))
        return b"P" + _PACKET.pack(message.at, message.monotonic, pts, dts, message.key) + message.data
    if isinstance(message, Picture):
        return b"J" + _PICTURE.pack(message.at) + message.jpeg
    if isinstance(message, Failed):
        return b"F" + dumps({"reason": message.reason, "detail": message.detail[:MAX_DETAIL]}).encode()
    body = asdict(message) | {"time_base": str(message.time_base), "extradata": message.extradata.hex()}
    return b"I" + dumps(body).encode()


def unpack(data: bytes) -> Message:
    """Return the message in `data`.

    Raises:
        Invalid: another shape; the child may be compromised.
    """
    try:
        return _READERS[data[:1]](data[1:])
    except (KeyError, ValueError, TypeError, struct.error) as error:
        raise Invalid(f"message of a camera's process: {error}") from None


def _packet(data: bytes) -> Packet:
    at, monotonic, pts, dts, key = _PACKET.unpack_from(data)
    return Packet(at, monotonic, _claim(pts), _claim(dts), key, data[_PACKET.size :])


def _claim(value: int) -> int | None:
    return None if value == _NONE else value


def _picture(data: bytes) -> Picture:
    return Picture(_PICTURE.unpack_from(data)[0], data[_PICTURE.size :])


def _failed(data: bytes) -> Failed:
    body = loads(data)
    if body["reason"] not in get_args(Reason):
        raise ValueError(f"reason {body['reason']!r}")
    return Failed(body["reason"], str(body["detail"]))


def _info(data: bytes) -> StreamInfo:
    body = loads(data)
    return StreamInfo(
        codec=str(body["codec"]),
        width=int(body["width"]),
        height=int(body["height"]),
        time_base=Fraction(body["time_base"]),
        extradata=bytes.fromhex(body["extradata"]),
    )


_READERS: dict[bytes, Callable[[bytes], Message]] = {b"P": _packet, b"J": _picture, b"F": _failed, b"I": _info}
