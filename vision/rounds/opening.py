"""Open the rounds with the shipped weights."""

from models.base.errors import WeightsRefused
from models.catalogue.weights import ModelEntry
from vision.engines.detector import Detector, Engine
from vision.engines.openvino import OpenVinoEngine
from vision.judging.rules import RuleSet
from vision.rounds.rounds import LookedOver, Rounds
from vision.weights.shipped import NAMES, shipped


def open_rounds(entry: ModelEntry, rules: RuleSet | None = None, *, threads: int = 0) -> Rounds | None:
    """Return the rounds that a detector's weights leave classes to; None if there are none, or no rule uses any.

    They belong to the thread that uses them.

    Raises:
        WeightsRefused: the shipped weights are damaged, or classes are left to weights that are not shipped or do not
            have them.
    """
    left = entry.left_to
    if not left or (rules is not None and rules.classes.isdisjoint(left)):
        return None
    by, *others = sorted(set(left.values()))
    if others or by not in NAMES:
        raise WeightsRefused(f"weights {entry.name}: expected classes left to one of {', '.join(NAMES)}, got {by}")
    network = shipped(by)
    return Rounds(network, OpenVinoEngine(network, threads=threads), names=left)


def open_looked_over(entry: ModelEntry, engine: Engine, rules: RuleSet | None = None) -> Detector:
    """Return a detector with rounds at every picture, if its weights and the rules ask for them: for measuring.

    Raises:
        WeightsRefused: as `open_rounds`.
    """
    rounds = open_rounds(entry, rules)
    return Detector(entry, engine) if rounds is None else LookedOver(entry, engine, rounds)
