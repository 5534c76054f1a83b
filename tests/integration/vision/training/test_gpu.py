"""`mingchu model gpu`: weights that the engine `ultralytics` runs."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

torch = pytest.importorskip("torch", reason="needs mingchu[train]")
pytest.importorskip("ultralytics", reason="needs mingchu[train]")

from deploy.cli import main  # noqa: E402 - only where torch is
from models.base.errors import Invalid  # noqa: E402 - the same
from models.base.jsonio import loads  # noqa: E402 - the same
from vision.training.gpu import for_gpu  # noqa: E402 - the same
from vision.training.trusted import digest  # noqa: E402 - the same
from vision.weights.shipped import load, shipped  # noqa: E402 - the same


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("gpu") / "weights"
    result = CliRunner().invoke(main, ["model", "gpu", str(out)])
    assert result.exit_code == 0, result.output
    assert "model.pt: score_difference" in result.output
    return out


def test_weights_for_a_gpu_are_the_shipped_ones_and_a_checkpoint(made: Path) -> None:
    entry, before = load(made), shipped()
    assert {**before.sha256, "model.pt": digest(made / "model.pt")} == entry.sha256
    assert (entry.name, entry.version, entry.thresholds) == (before.name, before.version, before.thresholds)
    about = loads((made / "meta.json").read_bytes())
    assert about["figures"] == loads((before.folder / "meta.json").read_bytes())["figures"]
    assert about["gpu"]["model.pt"]["score_difference"] <= 0.1
    assert (made / "CARD.md").stat().st_size > 1000
    assert sorted(path.name for path in made.iterdir()) == sorted([*entry.sha256, "meta.json", "CARD.md"])


def test_a_second_run_keeps_the_checkpoint_and_deletes_an_old_engine(made: Path, tmp_path: Path) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    for folder in (source, out):
        shutil.copytree(made, folder)
        (folder / "model.engine").write_bytes(b"of another GPU")
    entry = load(source)
    for_gpu(replace(entry, sha256={**entry.sha256, "model.engine": digest(source / "model.engine")}), out)
    assert load(out).sha256 == entry.sha256
    assert not (out / "model.engine").exists()


def test_a_checkpoint_with_other_results_is_refused_and_nothing_is_replaced(made: Path, tmp_path: Path) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    shutil.copytree(made, source)
    shutil.copytree(made, out)
    saved = torch.load(source / "model.pt", weights_only=False)
    last = saved["model"].model[-1].cv3[0][-1]
    last.bias.data += 2
    torch.save(saved, source / "model.pt")
    entry = load(out)
    wrong = replace(entry, folder=source, sha256={**entry.sha256, "model.pt": digest(source / "model.pt")})
    with pytest.raises(Invalid, match=r"model\.pt differs from the graph"):
        for_gpu(wrong, out)
    assert load(out).sha256 == entry.sha256


def test_the_folder_of_the_weights_is_not_written_to(made: Path) -> None:
    with pytest.raises(Invalid, match="another folder"):
        for_gpu(load(made), made)


@pytest.mark.skipif(torch.cuda.is_available(), reason="for a machine without a GPU")
def test_tensorrt_without_a_gpu_is_refused_with_a_reason(tmp_path: Path) -> None:
    out = tmp_path / "weights"
    result = CliRunner().invoke(main, ["model", "gpu", str(out), "--tensorrt"])
    assert result.exit_code == 1
    assert "torch sees none here" in result.output
    assert not out.exists()


@pytest.mark.parametrize(
    "opening",
    [
        "import vision.training.train",
        (
            "from vision.weights.shipped import load\n"
            "from vision.engines.ultralytics import UltralyticsEngine\n"
            "UltralyticsEngine(load(made), device='cpu')"
        ),
        "from deploy.bench import peers\npeers._yolo(made / 'model.pt')",
    ],
)
def test_the_library_is_kept_from_installing_anything_whoever_opens_it_first(made: Path, opening: str) -> None:
    lines = ["from pathlib import Path", f"made = Path({str(made)!r})", opening, "from ultralytics import utils"]
    script = "\n".join([*lines, "print('installs:', utils.AUTOINSTALL)"])
    clean = {name: value for name, value in os.environ.items() if name != "YOLO_AUTOINSTALL"}
    result = subprocess.run([sys.executable, "-c", script], env=clean, capture_output=True, text=True, check=True)
    assert result.stdout.endswith("installs: False\n")
