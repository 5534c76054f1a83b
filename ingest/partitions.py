"""Partitions of intake: fixed shares of the nodes, each with one session at the broker. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from ingest.topics import PREFIX, ROOT, UP_KINDS
from models.base.errors import Invalid

KIND = "intake"
"""The kind of work, as leases name it."""
MOST = 64
QOS = 1
EVERYTHING = f"{ROOT}/#"
STATUS = f"{PREFIX}/+/+/+/+/status"
_KINDS = (*(kind for kind in UP_KINDS if kind != "frame"), "cmd/+/res")
"""What a partition takes. Vision takes the frames; copies of them would be most of the load."""


@dataclass(frozen=True, slots=True, order=True)
class PartitionKey:
    """The partition `index` of `count`."""

    index: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the partition that a lease names, as in `3of8`."""
        index, _, count = text.partition("of")
        return cls(int(index), int(count))

    @property
    def is_whole(self) -> bool:
        """Whether this partition takes every node."""
        return self.count == 1

    def __str__(self) -> str:
        return f"{self.index}of{self.count}"


def keys_of(count: int) -> list[PartitionKey]:
    """Return the partitions of a layout.

    Raises:
        Invalid: fewer than 1 or more than `MOST`.
    """
    if not 1 <= count <= MOST:
        raise Invalid(f"{count} partitions, expected 1–{MOST}")
    return [PartitionKey(index, count) for index in range(count)]


def session_of(client_id: str, key: PartitionKey) -> str:
    """Return the client id of a partition's session; every process that owns the partition in turn uses the same."""
    return client_id if key.is_whole else f"{client_id}-p{key}"


def filters_of(nodes: Iterable[str]) -> dict[str, int]:
    """Return the filters for what some nodes send, with their QoS.

    A node's level is its user name at the broker, so a filter names the node and leaves tenant and site open: a wrong
    one is told to the node in the quarantine.
    """
    return {f"{PREFIX}/+/+/{node}/+/{kind}": QOS for node in nodes for kind in _KINDS}


def is_replayed(name: str) -> bool:
    """Return whether the retained messages of a filter are read again when a process begins: births and deaths.

    They mend what a database that was restored to an earlier state believes of its nodes.
    """
    return name.endswith("/status")


def whole_filters() -> dict[str, int]:
    """Return the filters of the only partition: everything under our name, whatever its version and shape.

    The broker would acknowledge and lose a topic with a typing error.
    """
    return {EVERYTHING: QOS, STATUS: QOS}
