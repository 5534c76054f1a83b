"""Receipts: which numbered messages of a node are stored, so that it may forget them. Pure.

A broker that dies takes acknowledged messages with it; only a commit is safe. So after a commit the
platform tells the node the ranges of `seq` it holds, and a node that keeps a spool sends the rest again.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from models.base.errors import Invalid
from models.base.jsonio import dumps, loads


@dataclass(frozen=True, slots=True)
class Receipt:
    """`ranges` are inclusive pairs of `seq` of one session and kind."""

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
    """Write a receipt."""
    return dumps({"session": receipt.session, "kind": receipt.kind, "ranges": receipt.ranges}).encode()


def parse(payload: bytes) -> Receipt:
    """Read a receipt.

    Raises:
        Invalid: another shape.
    """
    try:
        body = loads(payload)
        ranges = tuple((int(low), int(high)) for low, high in body["ranges"])
        return Receipt(int(body["session"]), str(body["kind"]), ranges)
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid(f"no receipt: {error}") from None
