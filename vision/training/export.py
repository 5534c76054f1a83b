"""Export a checkpoint for the product: OpenVINO with fp16 weights, dynamic batch, raw head, and its papers."""

import argparse
import hashlib
import json
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import asdict
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import click

from vision.training.card import card
from vision.training.classes import CLASSES, SIMULATED
from vision.training.evaluate import Report, Runner, evaluate

LARGEST_BYTES: Final = 12_000_000
FALLBACK: Final = 0.5
"""Threshold of a class that no validation picture shows."""
MOST: Final = 0.75
"""No threshold above this: a class that needs more is found too rarely to be of use."""
LEAST: Final = 0.2
"""No threshold below this: validation pictures are easier than a camera's long day."""
ORIGIN: Final = (
    "Trained on public pictures whose uploaders declare CC BY 4.0 (Roboflow Universe exports: hairnet_kitchen, "
    "face_mask, cigarette_head, garbage_bin, fire_smoke, cockroach) or MIT (gloves_workers, rat_pet), and on "
    "pictures drawn by this project's simulator. Started from a YOLO11n COCO checkpoint (Ultralytics, AGPL-3.0) "
    "by way of our own head detector; person, cat, dog and phone come from that checkpoint's pseudo-labels. "
    "No picture is part of this repository."
)


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def to_openvino(checkpoint: Path, out: Path, *, imgsz: int) -> Path:
    """Write ``out/model.xml`` and ``model.bin``: images (N, 3, H, W) → head (N, 4 + C, A), any multiples of 32.

    The anchors are part of the graph and follow its input's shape, so that the engine can run 16:9 pictures as such.

    Raises:
        ValueError: the model is larger than `LARGEST_BYTES`.
    """
    torch, openvino = import_module("torch"), import_module("openvino")
    model = import_module("ultralytics.nn.tasks").load_checkpoint(str(checkpoint))[0].float().eval()
    model = model.fuse(verbose=False)
    head = model.model[-1]
    head.export, head.format, head.dynamic = True, "onnx", True
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer's remarks about itself and about shapes that it follows
        onnx = Path(folder) / "model.onnx"
        torch.onnx.export(
            model,
            torch.zeros(2, 3, imgsz, imgsz // 2),
            str(onnx),
            input_names=["images"],
            output_names=["output0"],
            dynamic_axes={"images": {0: "batch", 2: "height", 3: "width"}, "output0": {0: "batch", 2: "anchors"}},
            opset_version=17,
            dynamo=False,
        )
        graph = openvino.convert_model(str(onnx))
        openvino.save_model(graph, str(out / "model.xml"), compress_to_fp16=True)
    size = sum((out / name).stat().st_size for name in ("model.xml", "model.bin"))
    if size > LARGEST_BYTES:
        raise ValueError(f"{out}: the model has {size} bytes, at most {LARGEST_BYTES} are allowed")
    return out / "model.xml"


def thresholds(validation: Report) -> tuple[dict[str, float], list[str]]:
    """A score for every class, and the classes that do not reach precision 0.9 with it on validation pictures."""
    chosen = validation.thresholds()
    scores = {name: min(max(chosen.get(name, (FALLBACK, False))[0], LEAST), MOST) for name in CLASSES}
    return scores, [name for name in CLASSES if name not in chosen or not chosen[name][1]]


def figures(report: Report) -> dict[str, dict[str, dict[str, float | int]]]:
    """Test figures by source and class, without the simulated pictures."""
    return {
        source: {name: asdict(figure) for name, figure in of_class.items()}
        for source, of_class in report.figures().items()
        if source != SIMULATED
    }


def meta(
    out: Path, data: Path, *, imgsz: int, training: Mapping[str, Any], fixed: Mapping[str, float]
) -> dict[str, Any]:
    """What ``meta.json`` says, measured on the exported files themselves; ``fixed`` overrides thresholds."""
    runner = Runner.of_openvino(out / "model.xml", imgsz)
    scores, short = thresholds(evaluate(runner, data / "val"))
    versions = {name: version(name) for name in ("torch", "ultralytics", "openvino", "onnx")}
    return {
        "name": "kitchen-n",
        "version": "0.1.0",
        "architecture": "YOLO11n",
        "imgsz": imgsz,
        "classes": list(CLASSES),
        "thresholds": {**scores, **fixed},
        "thresholds_fixed_by_hand": sorted(fixed),
        "thresholds_short_of_precision": [name for name in CLASSES if name in {*short, *fixed}],
        "sha256": {name: sha256(out / name) for name in ("model.xml", "model.bin")},
        "licence": "AGPL-3.0-or-later",
        "origin": ORIGIN,
        "training": {**training, "versions": versions},
        "figures": figures(evaluate(runner, data / "test")),
    }


def main(argv: list[str] | None = None) -> None:
    """Export: ``python -m vision.training.export last.pt DATA vision/weights/kitchen-n --training '{…}'``."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("data", type=Path, help="folder with val/ and test/ as prepared")
    parser.add_argument("out", type=Path)
    parser.add_argument("--imgsz", type=int, default=416)
    parser.add_argument("--training", type=json.loads, default={}, help="what to write down about the run")
    parser.add_argument("--fixed", type=json.loads, default={}, help='thresholds set by hand, {"class": score}')
    args = parser.parse_args(argv)
    to_openvino(args.checkpoint, args.out, imgsz=args.imgsz)
    text = json.dumps(
        meta(args.out, args.data, imgsz=args.imgsz, training=args.training, fixed=args.fixed),
        indent=2,
        ensure_ascii=False,
    )
    (args.out / "meta.json").write_text(text + "\n")
    (args.out / "CARD.md").write_text(card(json.loads(text)))
    click.echo(text)


if __name__ == "__main__":
    main()
