"""Films put together, judged by the real detector, rules and second look."""

from datetime import UTC, datetime
from pathlib import Path

import cv2
import pytest

from ingest.simulator.kitchen import KitchenCamera, Situation
from vision.closeups.opening import open_shipped
from vision.engines.detector import Detector
from vision.engines.openvino import OpenVinoEngine
from vision.evaluation.assembled import HELD_S, judge_assembled, play_calm
from vision.judging.rules import default_rules
from vision.pictures.decode import Picture
from vision.weights.shipped import shipped

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def kitchen(*codes: str) -> Picture:
    script = [Situation(code=code, start_s=0, end_s=60) for code in codes]
    return KitchenCamera(seed=40_001, name="sequence", cooks=1, situations=script).render(20.0, wall_clock=NOON)[0]


@pytest.mark.parametrize(("codes", "false"), [((), 0), (("phone_use",), 1)])
def test_an_alert_on_a_still_alone_is_false_and_one_on_a_film_is_found(
    tmp_path: Path, codes: tuple[str, ...], false: int
) -> None:
    entry, rules = shipped(), default_rules()
    detector, closeups = Detector(entry, OpenVinoEngine(entry, threads=1)), open_shipped(threads=1)
    still = kitchen(*codes)
    empty = tmp_path / "grey.png"
    cv2.imwrite(str(empty), still[:40, :40])
    calm = play_calm(detector, rules, [still], closeups)
    for judged in judge_assembled(
        detector,
        rules,
        code="phone_use",
        pictures=[empty],
        stills=[still],
        calm=calm,
        side=40,
        closeups=closeups,
    ):
        assert (judged.situations, judged.found, judged.false) == (1, false, false)
        assert judged.hours == HELD_S / 3600
        assert judged.naive_false >= 10 * false
