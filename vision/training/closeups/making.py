"""Make the weights of the second look: cut crops, train, measure, export, describe."""

import json
import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from models.base.errors import Invalid
from models.catalogue.weights import ModelEntry
from vision.closeups.crops import SIDE
from vision.engines.detector import Detector
from vision.engines.openvino import OpenVinoEngine
from vision.judging.attributes import ATTRIBUTES, VALUES
from vision.training.closeups.card import card
from vision.training.closeups.cutting import FOUND, Crop, crops_of
from vision.training.closeups.network import CloseUpNetwork, to_openvino
from vision.training.closeups.training import SURE, figures, train
from vision.training.trusted import digest

FILES: Final = ("model.xml", "model.bin")
LIBRARIES: Final = ("torch", "ultralytics", "openvino")
_SETTLED_ON: Final = 60
"""Number of training pictures for measuring the norms' mean and variance at the start."""

ORIGIN = (
    "Trained on crops of public pictures whose uploaders declare CC BY 4.0 (Roboflow Universe exports: "
    "hairnet_kitchen, hairnet_kitchen2, face_mask, cigarette_head), MIT (gloves_workers, chef_heads from IdenProf, "
    "cigarette_wide) or GPL-3.0 (phone_in_hand; who made its pictures is not known), and on drawn kitchens. "
    "Started from the first layers of {start}; see its card. No picture is part of this repository."
)
"""Which pictures the network has seen, and under which licences they were published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseUpPlan:
    """What to make.

    Attributes:
        data: folder that `vision.training.prepare` made.
        out: folder of the new weights.
        start: the detector, whose first layers are the start and around whose finds crops are cut.
        epochs: number of passes over `each` crops.
        lr: highest learning rate.
    """

    data: Path
    out: Path
    start: ModelEntry
    version: str
    epochs: int = 40
    each: int = 6000
    lr: float = 1e-3
    seed: int = 5


def make(plan: CloseUpPlan, *, told: Callable[[str], None]) -> dict[str, Any]:
    """Make the weights in ``plan.out``; return the content of their ``meta.json``.

    Args:
        plan: what to make.
        told: is called with a line of progress.

    Raises:
        Invalid: ``plan.data`` has no crops to train on.
    """
    crops = {split: cut_all(plan.data / split, plan.start) for split in ("train", "val", "test")}
    if not crops["train"]:
        raise Invalid(f"{plan.data}: no crops to train on; expected a folder made by `mingchu model prepare`")
    told(", ".join(f"{len(found)} crops in {split}" for split, found in crops.items()))
    pictures = sorted((plan.data / "train").glob("*/images/*"))
    few = random.Random(plan.seed).sample(pictures, min(_SETTLED_ON, len(pictures)))  # noqa: S311 - sampling
    network = train(
        CloseUpNetwork.of(plan.start, few),
        crops["train"],
        epochs=plan.epochs,
        each=plan.each,
        lr=plan.lr,
        seed=plan.seed,
        after=lambda epoch, loss: told(f"epoch {epoch + 1} of {plan.epochs}: loss {loss:.3f}"),
    )
    return write(network, crops, plan)


def write(network: CloseUpNetwork, crops: Mapping[str, Sequence[Crop]], plan: CloseUpPlan) -> dict[str, Any]:
    """Measure a trained network and write its graph, ``meta.json`` and card."""
    about: dict[str, Any] = {
        "name": "closeup-n",
        "version": plan.version,
        "architecture": "first layers of YOLO11n, a softmax for each attribute",
        "imgsz": SIDE,
        "classes": list(VALUES),
        "attributes": {name: list(values) for name, values in ATTRIBUTES.items()},
        "thresholds": {},
        "sure": SURE,
        "licence": "AGPL-3.0-or-later",
        "origin": ORIGIN.format(start=plan.start.name),
        "training": {
            "start": f"{plan.start.name} {plan.start.version}",
            "crops": len(crops["train"]),
            "epochs": plan.epochs,
            "crops_an_epoch": plan.each,
            "seed": plan.seed,
            "optimizer": f"AdamW, cosine from {plan.lr:g}, moving average of the weights",
            "versions": {name: version(name) for name in LIBRARIES},
        },
        "figures": {split: figures(network, crops[split]) for split in ("val", "test") if crops[split]},
    }
    plan.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{plan.out.name}-", dir=plan.out.parent) as folder:
        to_openvino(network, Path(folder), side=SIDE)
        about["sha256"] = {name: digest(Path(folder) / name) for name in FILES}
        plan.out.mkdir(exist_ok=True)
        for name in FILES:
            (Path(folder) / name).replace(plan.out / name)
    (plan.out / "meta.json").write_text(json.dumps(about, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    (plan.out / "CARD.md").write_text(card(about), encoding="utf-8")
    return about


def cut_all(split: Path, start: ModelEntry) -> list[Crop]:
    """Return the crops of all sources in a part of the prepared pictures; the same pictures give the same crops."""
    detector = Detector(start, OpenVinoEngine(start), thresholds=dict.fromkeys(start.classes, FOUND))
    return [
        crop
        for folder in sorted(path.parent for path in split.glob("*/images"))
        for path in sorted((folder / "images").iterdir())
        for crop in crops_of(folder, path, detector, random.Random(path.stem))  # noqa: S311 - reproducible jitter
    ]
