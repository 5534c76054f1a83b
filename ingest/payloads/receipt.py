"""Receipts: which numbered messages of a node are stored, so that the node may delete them. Pure.

A broker that dies loses acknowledged messages; only a commit is safe. So after a commit the platform sends the node
the ranges of `seq` that are stored, and a node with a spool sends the rest again.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from models.base.errors import Invalid
from models.base.jsonio import dumps, loads


@dataclass(frozen=True, slots=True)
class Receipt:
    """Stored messages of one session and kind; `ranges` are inclusive pairs of `seq`."""

    session: int
    kind: str
    ranges: tuple[tuple[int, int], ...]


def to_ranges(numbers: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Fold numbers into inclusive ranges: {1, 2, 3, 7} → ((1, 3), (7, 7))."""
    ranges: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return tuple(ranges)


def render(receipt: Receipt) -> bytes:
    """Return a receipt as bytes."""
    return dumps({"session": receipt.session, "kind": receipt.kind, "ranges": receipt.ranges}).encode()


def parse(payload: bytes) -> Receipt:
    """Return the receipt in a payload.

    Raises:
        Invalid: another shape.
    """
    try:
        body = loads(payload)
        ranges = tuple((int(low), int(high)) for low, high in body["ranges"])
        return Receipt(int(body["session"]), str(body["kind"]), ranges)
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid(f"not a receipt: {error}") from None
