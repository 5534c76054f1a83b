"""The validation pictures from which a class's threshold is derived."""

import numpy as np

from vision.evaluation import Records
from vision.evaluation.tally import IOUS, Tally
from vision.training.classes import CLASSES, SIMULATED
from vision.training.evaluate import FALLBACK, thresholds


def found(name: str, *scores: float) -> Records:
    """Objects of one class, found with these scores."""
    hits = [np.full(len(IOUS), fill_value=True)] * len(scores)
    return Records(everything={name: Tally(scores=[*scores], hits=hits, true_sizes=[30.0] * len(scores))})


def test_own_pictures_decide_before_public_ones_and_simulated_ones_last() -> None:
    records = {
        "face_mask": found("cat", *[0.3] * 6),
        "own-yard": found("cat", *[0.6] * 6),
        SIMULATED: found("cat", *[0.7] * 6),
    }
    assert thresholds(records)[0]["cat"] == 0.6
    del records["own-yard"]
    assert thresholds(records)[0]["cat"] == 0.3
    del records["face_mask"]
    assert thresholds(records)[0]["cat"] == 0.7
    assert thresholds({}) == (dict.fromkeys(CLASSES, FALLBACK), list(CLASSES))


def test_several_own_folders_decide_together() -> None:
    records = {
        "own-a": found("cat", *[0.7] * 5),
        "own-b": found("cat", 0.4),
        "face_mask": found("dog", *[0.5] * 5),
    }
    scores, short = thresholds(records)
    assert (scores["cat"], scores["dog"]) == (0.4, 0.5)
    assert not {"cat", "dog"} & {*short}
