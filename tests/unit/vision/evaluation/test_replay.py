"""The same clip under two rule sets."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from models.base.errors import Invalid
from models.catalogue.terms import Zone
from tests.support.scripted import ENTRY, SIDE, Scripted
from vision.engines.detector import Detector
from vision.evaluation.replay import replay
from vision.judging.rules import default_rules, load_rules

BARE = (1, 0.9, 32, 32, 16, 16)


def clip_of(folder: Path, *, pictures: int = 20) -> Path:
    for i in range(pictures):
        cv2.imwrite(str(folder / f"{i:03}.jpg"), np.zeros((SIDE, SIDE, 3), np.uint8))
    return folder


def test_stricter_rules_change_the_violations_of_a_clip(tmp_path: Path) -> None:
    strict = tmp_path / "strict.toml"
    strict.write_text('extends = "kitchen"\nversion = "strict"\n[[rule]]\nid = "no_chef_hat"\nmin_score = 0.95\n')
    clip = clip_of(tmp_path)
    detector = Detector(ENTRY, Scripted(BARE))
    usual, stricter = replay(
        clip,
        detector,
        [default_rules(), load_rules(strict, classes=ENTRY.classes)],
        zone=Zone.cooking,
        fps=1,
        closed=False,
    )
    assert [(v.rule, v.started_s, v.opened_s, v.ended_s) for v in usual] == [("no_chef_hat", 0, 5, None)]
    assert stricter == []


def test_an_invalid_clip_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="pictures"):
        replay(tmp_path, Detector(ENTRY, Scripted()), [default_rules()], zone=Zone.cooking, fps=1, closed=False)
