"""Training leaves no tensor on the CPU: tested on a GPU if there is one, else on a simulated device."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

pytest.importorskip("torch", reason="needs mingchu[train]")
pytest.importorskip("ultralytics", reason="needs mingchu[train]")

from deploy.cli import main
from vision.training.classes import CLASSES
from vision.training.simulate import simulate


def elsewhere(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.support.elsewhere", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_a_tensor_on_the_wrong_device_is_detected() -> None:
    result = elsewhere("mix")
    assert result.returncode != 0
    assert "expected all tensors to be on the same device" in result.stderr


@pytest.mark.parametrize("more", [(), ("--int8",), ("--keep", "0.5")], ids=["plain", "rounding", "keeping"])
def test_a_run_trains_validates_and_saves_on_another_device(tmp_path: Path, more: tuple[str, ...]) -> None:
    simulate(tmp_path, range(410, 412), 8)
    (tmp_path / "simulated" / "classes.txt").write_text("\n".join(CLASSES) + "\n")
    own = (tmp_path / "simulated").rename(tmp_path / "canteen")
    prepared = CliRunner().invoke(main, ["model", "prepare", str(tmp_path / "data"), "--own", str(own)])
    assert prepared.exit_code == 0, prepared.output
    small = ("--imgsz", "128", "--batch", "8", "--epochs", "1", "--quota", "own-canteen=16", "--workers", "0")
    result = elsewhere("model", "train", tmp_path / "data", tmp_path / "run", *small, *more)
    assert result.returncode == 0, result.stderr[-2000:]
    assert json.loads((tmp_path / "run" / "history.jsonl").read_text())["epoch"] == 0
    assert (tmp_path / "run" / "weights" / "last.pt").exists()
