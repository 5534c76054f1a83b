"""What the start of a training knows is kept beside what new pictures teach."""

import json
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

torch = pytest.importorskip("torch", reason="needs mingchu[train]")
pytest.importorskip("ultralytics", reason="needs mingchu[train]")

from ultralytics.cfg import get_cfg  # noqa: E402 - only where it is

from deploy.cli import main  # noqa: E402 - only where torch is
from models.base.errors import Invalid  # noqa: E402 - the same
from vision.engines.precision import drawn  # noqa: E402 - the same
from vision.training.classes import CLASS_ID, CLASSES  # noqa: E402 - the same
from vision.training.kept import Start, strayed  # noqa: E402 - the same
from vision.training.loss import MaskedDetectionLoss, MaskedDetectionModel, blank  # noqa: E402 - the same
from vision.training.restored import restore  # noqa: E402 - the same
from vision.training.simulate import simulate  # noqa: E402 - the same
from vision.weights.shipped import shipped  # noqa: E402 - the same

CPU = torch.device("cpu")
OLD, NEW = "hairnet_kitchen", "chef_heads"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return restore(shipped(), tmp_path_factory.mktemp("start") / "start.pt")


@pytest.fixture(scope="module")
def pictures() -> "torch.Tensor":
    canvases = np.stack([canvas[..., ::-1].transpose(2, 0, 1) for canvas in islice(drawn(256), 2)])
    return torch.from_numpy(np.ascontiguousarray(canvases)).float() / 255


def pull(
    checkpoint: Path, pictures: "torch.Tensor", *, keep: float | None, source: str, known: str
) -> dict[str, np.ndarray]:
    """Return the gradient of each class's scores, (B, anchors), if a network says what the start says.

    The pictures are of `source`, without any label, and only the class `known` is known to be absent.
    """
    start = Start(checkpoint, keep=keep or 0.0, device=CPU)
    with torch.no_grad():
        preds = start._model(pictures)
    scores = preds["scores"].detach().clone().requires_grad_()
    model = blank(MaskedDetectionModel, CLASSES)
    model.args = get_cfg()
    batch = {
        "img": pictures,
        "batch_idx": torch.zeros(0),
        "cls": torch.zeros(0, 1),
        "bboxes": torch.zeros(0, 4),
        "class_mask": torch.tensor([[name == known for name in CLASSES]] * len(pictures)),
    }
    if keep is not None:
        batch["kept"] = start.answers(pictures, [source] * len(pictures))
    MaskedDetectionLoss(model).loss({**preds, "scores": scores}, batch)[0].sum().backward()
    return {name: scores.grad[:, CLASS_ID[name]].numpy() for name in CLASSES}


def test_classes_that_no_label_speaks_of_are_left_alone_without_the_start(
    checkpoint: Path, pictures: "torch.Tensor"
) -> None:
    found = pull(checkpoint, pictures, keep=None, source=NEW, known="head_covered")
    assert {name for name, gradient in found.items() if np.abs(gradient).max() > 0} == {"head_covered"}


def test_a_new_source_teaches_what_it_labels_and_the_start_the_rest(checkpoint: Path, pictures: "torch.Tensor") -> None:
    plain = pull(checkpoint, pictures, keep=None, source=NEW, known="head_covered")
    found = pull(checkpoint, pictures, keep=0.5, source=NEW, known="head_covered")
    np.testing.assert_allclose(found["head_covered"], plain["head_covered"])
    # The start's answers are made in bfloat16, so that it does not quite agree with itself.
    assert np.abs(found["person"]).max() < 0.05 * np.abs(plain["head_covered"]).max()


def test_a_source_that_the_start_has_learnt_from_takes_its_share(checkpoint: Path, pictures: "torch.Tensor") -> None:
    plain = pull(checkpoint, pictures, keep=None, source=OLD, known="head_covered")["head_covered"]
    for keep in (0.0, 0.5):
        found = pull(checkpoint, pictures, keep=keep, source=OLD, known="head_covered")["head_covered"]
        most = np.unravel_index(plain.argmax(), plain.shape)
        assert found[most] == pytest.approx((1 - keep) * plain[most], rel=0.05)


def test_the_start_is_never_asked_about_what_it_has_not_learnt(checkpoint: Path, pictures: "torch.Tensor") -> None:
    start = Start(checkpoint, keep=0.5, device=CPU)
    answers = start.answers(pictures, [NEW, NEW])
    unknown = torch.zeros(2, 1, len(CLASSES), dtype=torch.bool)
    share = answers.share(unknown)
    assert share[0, 0, CLASS_ID["person"]] == 1
    assert share[0, 0, CLASS_ID["cat"]] == 0


def test_boxes_are_held_where_the_start_is_sure(checkpoint: Path, pictures: "torch.Tensor") -> None:
    start = Start(checkpoint, keep=0.5, device=CPU)
    answers = start.answers(pictures, [NEW, NEW])
    with torch.no_grad():
        boxes = start._model(pictures)["boxes"]
    unknown = torch.zeros(2, len(CLASSES), dtype=torch.bool)
    assert float(answers.scores.max()) > 0.5, "the drawn kitchens show nothing that it is sure of"
    assert float(strayed(boxes, answers, unknown)) < 0.05
    assert float(strayed(boxes.flip(1), answers, unknown)) > 1
    nothing = torch.ones(2, len(CLASSES), dtype=torch.bool)  # all labelled, in a source that it does not know
    assert float(strayed(boxes.flip(1), answers, nothing)) == 0


def test_a_start_with_other_classes_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.pt"
    torch.save({"model": blank(MaskedDetectionModel, ("head", "cigarette")), "ema": None, "train_args": {}}, other)
    with pytest.raises(Invalid, match="own classes"):
        Start(other, keep=0.5, device=CPU)


def test_training_keeps_what_the_start_knows(tmp_path: Path) -> None:
    simulate(tmp_path, range(400, 403), 8)
    canteen = (tmp_path / "simulated").rename(tmp_path / "canteen")
    (canteen / "classes.txt").write_text("\n".join(CLASSES) + "\n")
    small = ("--imgsz", "128", "--batch", "8", "--workers", "0", "--epochs", "1", "--lr", "1e-4")
    for arguments in (
        ("prepare", tmp_path / "data", "--own", canteen),
        ("train", tmp_path / "data", tmp_path / "run", *small, "--quota", "own-canteen=16", "--keep", "0.5"),
    ):
        result = CliRunner().invoke(main, ["model", *map(str, arguments)])
        assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "run" / "run.json").read_text())["plan"]["keep"] == 0.5
    assert (tmp_path / "run" / "weights" / "last.pt").exists()
