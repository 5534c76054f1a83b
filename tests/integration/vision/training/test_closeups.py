"""Train the second look on a small scale, with the real library: what is written runs in the product."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

pytest.importorskip("torch", reason="needs mingchu[train]")
pytest.importorskip("ultralytics", reason="needs mingchu[train]")

from deploy.cli import main
from vision.closeups.second_look import CloseUps
from vision.engines.openvino import OpenVinoEngine
from vision.judging.attributes import ATTRIBUTES, VALUES, shares_of
from vision.training.classes import CLASSES
from vision.training.simulate import simulate
from vision.weights.shipped import load


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning")
def test_the_second_look_is_trained_measured_and_exported(tmp_path: Path) -> None:
    simulate(tmp_path, range(400, 404), 8)
    canteen = (tmp_path / "simulated").rename(tmp_path / "canteen")
    (canteen / "classes.txt").write_text("\n".join(CLASSES) + "\n")
    steps = (
        ["prepare", str(tmp_path / "data"), "--own", str(canteen)],
        ["close-ups", str(tmp_path / "data"), str(tmp_path / "out"), "--version", "9", "--epochs", "1"],
    )
    for arguments in steps:
        result = CliRunner().invoke(
            main, ["model", *arguments, *(["--crops", "96"] if "close-ups" in arguments else [])]
        )
        assert result.exit_code == 0, result.output
    about = json.loads((tmp_path / "out" / "meta.json").read_text())
    assert set(about["figures"]) == {"val", "test"}
    assert (tmp_path / "out" / "CARD.md").read_text().startswith("# closeup-n 9\n")
    entry = load(tmp_path / "out")
    closeups = CloseUps(entry, OpenVinoEngine(entry, threads=1))
    shares = closeups.shares([np.full((40, 40, 3), 90, np.uint8)])
    assert shares.shape == (1, len(VALUES))
    for attribute in ATTRIBUTES:
        np.testing.assert_allclose(shares_of(attribute, shares).sum(), 1.0, atol=0.02)


def test_without_crops_there_is_nothing_to_train(tmp_path: Path) -> None:
    (tmp_path / "data" / "train").mkdir(parents=True)
    result = CliRunner().invoke(
        main, ["model", "close-ups", str(tmp_path / "data"), str(tmp_path / "out"), "--version", "9"]
    )
    assert result.exit_code != 0
    assert "no crops to train on" in str(result.output) + str(result.exception)
    assert not (tmp_path / "out").exists()
