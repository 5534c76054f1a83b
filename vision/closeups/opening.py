"""Open the second look with the shipped weights."""

from typing import Final

from vision.closeups.second_look import CloseUps
from vision.engines.openvino import OpenVinoEngine
from vision.judging.rules import RuleSet
from vision.weights.shipped import shipped

WEIGHTS: Final = "closeup-n"


def open_closeups(rules: RuleSet, *, threads: int = 0) -> CloseUps | None:
    """Return the second look; None if no rule asks for one. It belongs to the thread that uses it.

    Raises:
        WeightsRefused: the shipped weights are damaged.
    """
    return open_shipped(threads=threads) if rules.looks else None


def open_shipped(*, threads: int = 0) -> CloseUps:
    """Return the second look with the shipped weights.

    Raises:
        WeightsRefused: they are damaged.
    """
    entry = shipped(WEIGHTS)
    return CloseUps(entry, OpenVinoEngine(entry, threads=threads))
