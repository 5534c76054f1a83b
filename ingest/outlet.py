"""The way out for commands to nodes."""

from typing import Protocol


class Outlet(Protocol):
    """Whatever publishes at the broker."""

    @property
    def is_connected(self) -> bool:
        """Whether a message can be published now."""

    def publish(self, topic: str, payload: bytes, *, qos: int, expiry_s: int | None = None) -> int | None:
        """Pass on a message; return its number, None if there is no connection."""
