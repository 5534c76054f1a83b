"""The weights for rounds, over frames and near heads, match their ``meta.json`` and card, and those of the detector."""

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner

from deploy.cli import main
from models.base.errors import WeightsRefused
from tests.support.paths import ROOT
from vision.rounds import frames, heads
from vision.rounds.opening import open_rounds
from vision.training.card import card
from vision.training.classes import CLASSES
from vision.training.export import LARGEST_BYTES
from vision.weights.shipped import shipped

WEIGHTS = ROOT / "vision" / "weights"
META, NEAR = (json.loads((WEIGHTS / name / "meta.json").read_text()) for name in ("animals-n", "cigarette-n"))


@pytest.mark.parametrize("about", [META, NEAR], ids=["frames", "heads"])
def test_every_file_has_its_stated_hash_and_all_are_small_enough_to_ship(about: dict[str, Any]) -> None:
    folder = WEIGHTS / about["name"]
    assert set(about["sha256"]) == {"model.xml", "model.bin"}
    for name, digest in about["sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert sum((folder / name).stat().st_size for name in about["sha256"]) <= LARGEST_BYTES


@pytest.mark.parametrize("about", [META, NEAR], ids=["frames", "heads"])
def test_the_card_shows_the_figures_of_these_weights(about: dict[str, Any]) -> None:
    text = (WEIGHTS / about["name"] / "CARD.md").read_text()
    assert text == card(about)
    for name in about["classes"]:
        assert f"| `{name}` | {next(f[name]['ap50'] for f in about['figures'].values() if name in f):.3f} |" in text


def test_each_card_tells_how_its_network_looks() -> None:
    over, near = (" ".join(card(about).split()) for about in (META, NEAR))
    assert f"looks over a whole frame of each camera every {frames.EVERY_S:.0f} s" in over
    assert f"Every {heads.EVERY_S:.0f} s this network looks at squares around up to {heads.PER_FRAME} heads" in near


def test_the_card_of_weights_that_were_not_measured_further_says_less() -> None:
    bare = {key: value for key, value in META.items() if key not in {"nothing_there", "stills", "limits"}}
    text = card(bare)
    assert "By the rules" not in text
    assert "Not stated." in text


def test_what_the_detector_leaves_to_rounds_is_what_it_has_not_learnt_and_they_have() -> None:
    detector, rounds = shipped(), shipped("animals-n")
    assert set(detector.left_to.values()) == {rounds.name}
    assert set(detector.left_to) <= set(rounds.classes) <= set(CLASSES)


def test_near_heads_shipped_weights_look_for_a_class_that_the_detector_has() -> None:
    detector, near = shipped(), shipped("cigarette-n")
    assert detector.near_heads == dict.fromkeys(near.classes, near.name)
    assert set(near.classes) <= set(detector.classes)
    assert set(near.classes).isdisjoint(shipped("animals-n").classes), "each class is one network's"


def test_weights_that_lack_what_they_are_to_look_for_are_refused() -> None:
    with pytest.raises(WeightsRefused, match="expected fire among its classes cigarette"):
        open_rounds(replace(shipped(), near_heads={"fire": "cigarette-n"}))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--class", "hat"], "--class hat: expected one of"),
        (["--class", "cat "], "--class cat : expected one of"),
        (["--class", "cat", "--threshold", "dog=0.5"], "--threshold dog=0.5: expected a class that --class keeps"),
    ],
)
def test_only_outputs_that_exist_can_be_kept_and_given_a_threshold(
    given: list[str], said: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("x")
    (folder / "a.pt").touch()
    options = ["--data", str(folder), "--out", str(folder / "out"), "--version", "1", *given]
    result = CliRunner().invoke(main, ["model", "export", str(folder / "a.pt"), *options])
    assert result.exit_code == 1
    assert said in result.output
