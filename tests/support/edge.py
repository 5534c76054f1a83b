"""A judge at the edge with the shipped weights, shown frames one a second."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from models.catalogue.terms import Zone
from vision.closeups.second_look import CloseUps
from vision.edge import EdgeJudge
from vision.engines.detector import Detector
from vision.engines.openvino import OpenVinoEngine
from vision.judging.rules import default_rules
from vision.pipeline.mailbox import Frame
from vision.rounds.opening import open_rounds
from vision.rounds.rounds import Rounds
from vision.weights.shipped import shipped

NOON = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)


def shipped_rounds() -> Rounds:
    """Return all rounds that the shipped weights and rules ask for."""
    found = open_rounds(shipped(), default_rules(), threads=1)
    assert found is not None
    assert found.frames is not None
    assert found.heads is not None
    return found


def told(
    jpegs: Sequence[bytes], *, zone: Zone, rounds: Rounds | None, closeups: CloseUps | None = None
) -> list[Mapping[str, Any]]:
    """Show frames of a camera to a new judge; return its events."""
    entry, said = shipped(), []

    def report(_device: str, event: Mapping[str, Any]) -> None:
        said.append(event)

    judge = EdgeJudge(
        {"cam": zone},
        detector=Detector(entry, OpenVinoEngine(entry, threads=1)),
        rules=default_rules(),
        closed=None,
        report=report,
        closeups=closeups,
        rounds=rounds,
    )
    for second, jpeg in enumerate(jpegs):
        at = NOON + timedelta(seconds=second)
        judge.judge([Frame(device_id="cam", jpeg=jpeg, occurred_at=at, received_at=at)])
    return said
