"""The weights for rounds in the repository match their ``meta.json`` and card, and those of the detector."""

import hashlib
import json

import pytest
from click.testing import CliRunner

from deploy.cli import main
from tests.support.paths import ROOT
from vision.training.card import card
from vision.training.classes import CLASSES
from vision.training.export import LARGEST_BYTES
from vision.weights.shipped import shipped

FOLDER = ROOT / "vision" / "weights" / "animals-n"
META = json.loads((FOLDER / "meta.json").read_text())


def test_every_file_has_its_stated_hash_and_all_are_small_enough_to_ship() -> None:
    assert set(META["sha256"]) == {"model.xml", "model.bin"}
    for name, digest in META["sha256"].items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest
    assert sum((FOLDER / name).stat().st_size for name in META["sha256"]) <= LARGEST_BYTES


def test_the_card_shows_the_figures_of_these_weights() -> None:
    text = (FOLDER / "CARD.md").read_text()
    assert text == card(META)
    for name in META["classes"]:
        assert f"| `{name}` | {next(f[name]['ap50'] for f in META['figures'].values() if name in f):.3f} |" in text


def test_the_card_of_weights_that_were_not_measured_further_says_less() -> None:
    bare = {key: value for key, value in META.items() if key not in {"nothing_there", "stills", "limits"}}
    text = card(bare)
    assert "By the rules" not in text
    assert "Not stated." in text


def test_what_the_detector_leaves_to_rounds_is_what_it_has_not_learnt_and_they_have() -> None:
    detector, rounds = shipped(), shipped("animals-n")
    assert set(detector.left_to.values()) == {rounds.name}
    assert set(detector.left_to) <= set(rounds.classes) <= set(CLASSES)


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
