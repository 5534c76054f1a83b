"""The weights of the second look match their ``meta.json`` and card."""

import hashlib
import json

from tests.support.paths import ROOT
from vision.closeups.crops import SIDE
from vision.judging.attributes import VALUES
from vision.training.classes import SIMULATED
from vision.training.closeups.card import card

FOLDER = ROOT / "vision" / "weights" / "closeup-n"
META = json.loads((FOLDER / "meta.json").read_text())
LARGEST_BYTES = 1_000_000


def test_every_file_has_its_stated_hash() -> None:
    assert set(META["sha256"]) == {"model.xml", "model.bin"}
    for name, digest in META["sha256"].items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest


def test_it_is_small() -> None:
    assert sum((FOLDER / name).stat().st_size for name in META["sha256"]) <= LARGEST_BYTES


def test_it_answers_what_the_product_asks() -> None:
    assert tuple(META["classes"]) == VALUES
    assert META["imgsz"] == SIDE


def test_the_card_shows_the_figures_of_these_weights() -> None:
    assert (FOLDER / "CARD.md").read_text() == card(META)


def test_no_simulated_crop_is_in_the_figures_of_the_test_part() -> None:
    assert META["figures"]["test"]
    assert SIMULATED not in META["figures"]["test"]
