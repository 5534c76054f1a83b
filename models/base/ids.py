"""Identifiers: UUIDv7 for objects that the platform creates, slugs for levels of MQTT topics."""

import os
import re
import time
from datetime import datetime
from uuid import UUID

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?")


def uuid7() -> UUID:
    """Return a new time-ordered UUID (RFC 9562, version 7): 48 bits of milliseconds, 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & (1 << 48) - 1) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def uuid7_at(at: datetime) -> UUID:
    """Return the smallest UUIDv7 of a moment: what is made at it or later has a higher one."""
    return UUID(int=(int(at.timestamp() * 1000) & (1 << 48) - 1) << 80 | 0x7 << 76 | 0x2 << 62)


def is_slug(text: str) -> bool:
    """Return whether `text` may be a level of a topic: 1–64 of a–z, 0–9, `-`, `_`, alnum at both ends."""
    return _SLUG.fullmatch(text) is not None
