"""Open the rounds with the shipped weights."""

from collections.abc import Mapping

from models.base.errors import WeightsRefused
from models.catalogue.weights import ModelEntry
from vision.engines.detector import Detector, Engine
from vision.engines.openvino import OpenVinoEngine
from vision.judging.rules import RuleSet
from vision.rounds.frames import FrameRounds
from vision.rounds.heads import HeadRounds
from vision.rounds.rounds import LookedOver, Rounds
from vision.weights.shipped import NAMES, shipped


def open_rounds(entry: ModelEntry, rules: RuleSet | None = None, *, threads: int = 0) -> Rounds | None:
    """Return the rounds that a detector's weights ask for; None if they ask for none that a rule uses.

    They belong to the thread that uses them.

    Raises:
        WeightsRefused: the shipped weights are damaged, or classes are left to weights that are not shipped or do not
            have them.
    """
    frames = heads = None
    if _used(entry.left_to, rules):
        network = _network(entry, entry.left_to)
        frames = FrameRounds(network, OpenVinoEngine(network, threads=threads), names=entry.left_to)
    if _used(entry.near_heads, rules):
        network = _network(entry, entry.near_heads)
        heads = HeadRounds(network, OpenVinoEngine(network, threads=threads))
    return None if frames is None and heads is None else Rounds(frames=frames, heads=heads)


def _used(by_class: Mapping[str, str], rules: RuleSet | None) -> bool:
    return bool(by_class) and (rules is None or not rules.classes.isdisjoint(by_class))


def _network(entry: ModelEntry, by_class: Mapping[str, str]) -> ModelEntry:
    by, *others = sorted(set(by_class.values()))
    if others or by not in NAMES:
        raise WeightsRefused(f"weights {entry.name}: expected classes left to one of {', '.join(NAMES)}, got {by}")
    network = shipped(by)
    if missing := set(by_class) - set(network.classes):
        raise WeightsRefused(
            f"weights {network.name}: expected {', '.join(sorted(missing))} among its classes "
            f"{', '.join(network.classes)}"
        )
    return network


def open_looked_over(entry: ModelEntry, engine: Engine, rules: RuleSet | None = None) -> Detector:
    """Return a detector with rounds at every picture, if its weights and the rules ask for them: for measuring.

    Raises:
        WeightsRefused: as `open_rounds`.
    """
    rounds = open_rounds(entry, rules)
    return Detector(entry, engine) if rounds is None else LookedOver(entry, engine, rounds)
