"""Export a checkpoint for the product: OpenVINO with fp16 weights, dynamic batch, raw head, ``meta.json``, card."""

import json
import random
import shutil
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.base.errors import Invalid
from models.catalogue.weights import ModelEntry
from vision.engines.openvino import OpenVinoEngine
from vision.engines.precision import difference, drawn
from vision.evaluation import Records
from vision.evaluation.detail import by_light, by_size, by_source, reliability
from vision.evaluation.labels import read_truth
from vision.pictures.decode import STRIDE, letterbox, read_picture
from vision.training.card import card
from vision.training.classes import CLASS_ID, CLASSES, OWN, SIMULATED
from vision.training.evaluate import evaluate, thresholds, unfinished
from vision.training.trusted import digest

LARGEST_BYTES: Final = 12_000_000
GRAPH: Final = ("model.xml", "model.bin")
CHECKPOINT, ENGINE = "model.pt", "model.engine"
INT8: Final = ("model_int8.xml", "model_int8.bin")
LIBRARIES: Final = ("torch", "ultralytics", "openvino", "onnx")
_EXACT: Final = [r"/model\.23/(Add|Sub|Mul|Div|Sigmoid|Softmax).*", r".*/dfl/.*"]
"""Nodes that convert the head's output to boxes and scores: small, so quantising them gains nothing."""
MOST_LOST: Final = 0.02
"""Most AP50 that int8 may lose on the validation pictures, over all boxes."""
SWINGS_BELOW: Final = 40
"""Number of validation pictures under which that loss is mostly chance: six pictures say -0.01 to 0.05 of one plan."""
CALIBRATED_ON: Final = 200
"""Number of validation pictures for calibrating the value ranges of int8 layers."""
ORIGIN: Final = (
    "Trained on public pictures whose uploaders declare CC BY 4.0 (Roboflow Universe exports: hairnet_kitchen, "
    "face_mask, cigarette_head, garbage_bin, fire_smoke, cockroach) or MIT (gloves_workers, rat_pet), and on "
    "pictures drawn by this project's simulator. Started from a YOLO11n COCO checkpoint (Ultralytics, AGPL-3.0) "
    "by way of our own head detector; person and, with drawn ones, phone come from that checkpoint's pseudo-labels. "
    "No picture is part of this repository."
)


def to_openvino(checkpoint: Path, out: Path, *, imgsz: int, classes: Sequence[str] = CLASSES) -> Path:
    """Write ``out/model.xml`` and ``model.bin``: images (N, 3, H, W) → head (N, 4 + C, A), any multiples of 32.

    Of a network for all `CLASSES` only the outputs of `classes` are kept, in this order.

    The anchors are part of the graph and adapt to its input's shape, so that the engine can run 16:9 pictures directly.

    Raises:
        ValueError: the model is larger than `LARGEST_BYTES`.
    """
    torch, openvino = import_module("torch"), import_module("openvino")
    model = import_module("ultralytics.nn.tasks").load_checkpoint(str(checkpoint))[0].float().eval()
    import_module("vision.training.rounding").plain(model)
    model = model.fuse(verbose=False)
    head = model.model[-1]
    _narrow(head, [CLASS_ID[name] for name in classes])
    head.export, head.format, head.dynamic = True, "onnx", True
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer's warnings about itself and about dynamic shapes
        onnx = Path(folder) / "model.onnx"
        torch.onnx.export(
            model,
            torch.zeros(
                2, 3, imgsz, max(imgsz // 2 // STRIDE * STRIDE, STRIDE)
            ),  # not square, so that each side stays dynamic
            str(onnx),
            input_names=["images"],
            output_names=["output0"],
            dynamic_axes={"images": {0: "batch", 2: "height", 3: "width"}, "output0": {0: "batch", 2: "anchors"}},
            opset_version=17,
            dynamo=False,
        )
        graph = openvino.convert_model(str(onnx))
        openvino.save_model(graph, str(out / "model.xml"), compress_to_fp16=True)
    size = sum((out / name).stat().st_size for name in GRAPH)
    if size > LARGEST_BYTES:
        raise ValueError(f"{out}: the model has {size} bytes, at most {LARGEST_BYTES} are allowed")
    return out / "model.xml"


def _narrow(head: Any, rows: Sequence[int]) -> None:  # noqa: ANN401 - untyped library
    """Keep only some classes of a detection head, in the order of `rows`."""
    nn = import_module("torch").nn
    for branch in head.cv3:
        last = branch[-1]
        kept = nn.Conv2d(last.in_channels, len(rows), 1)
        kept.weight, kept.bias = nn.Parameter(last.weight[rows]), nn.Parameter(last.bias[rows])
        branch[-1] = kept
    head.nc, head.no = len(rows), len(rows) + 4 * head.reg_max


def to_int8(out: Path, pictures: Sequence[Path], *, imgsz: int) -> Path:
    """Write ``out/model_int8.xml``: the graph in ``out`` with int8 convolutions, calibrated on `pictures`."""
    nncf, openvino = import_module("nncf"), import_module("openvino")

    def canvas(path: Path) -> NDArray[np.float32]:
        fitted = letterbox(read_picture(path, long_side=imgsz), imgsz)[0]
        return np.ascontiguousarray(fitted[..., ::-1].transpose(2, 0, 1)[None], np.float32) / np.float32(255)

    quantized = nncf.quantize(
        openvino.Core().read_model(out / GRAPH[0]),
        nncf.Dataset(list(pictures), canvas),
        preset=nncf.QuantizationPreset.MIXED,
        ignored_scope=nncf.IgnoredScope(patterns=_EXACT, types=["Sigmoid"], validate=False),
        subset_size=len(pictures),
    )
    openvino.save_model(quantized, str(out / INT8[0]))
    return out / INT8[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """What ``meta.json`` of new weights states besides measurements.

    Attributes:
        training: the settings of the training.
        fixed: thresholds set by hand, by class.
        classes: the classes whose outputs are kept.
        more: further keys of ``meta.json``, such as the reasons for those thresholds.
    """

    name: str
    version: str
    imgsz: int
    training: Mapping[str, Any]
    fixed: Mapping[str, float]
    classes: tuple[str, ...] = CLASSES
    more: Mapping[str, Any] = field(default_factory=dict)


def taken_over(before: Mapping[str, Any], data: Path) -> tuple[dict[str, float], dict[str, Any]]:
    """Return what new weights keep of the ``meta.json`` of their predecessors: thresholds set by hand, and reasons.

    A class in a user's own validation pictures gets its threshold from these pictures instead: a user who has taught
    the detector to see cats must not inherit a threshold that hides them.
    """
    numbers = dict(enumerate(CLASSES))
    labels = (data / "val").glob(f"{OWN}*/labels/*.txt")
    shown = {name for path in labels for name in read_truth(path, numbers)}
    kept = {name: before["thresholds"][name] for name in before["thresholds_fixed_by_hand"] if name not in shown}
    not_learnt = {name: why for name, why in before.get("not_learnt", {}).items() if name not in shown}
    left = {name: by for name, by in before.get("left_to", {}).items() if name not in shown}
    more = {"not_learnt": not_learnt, "left_to": left, "near_heads": before.get("near_heads")}
    if kept:
        more["thresholds_why"] = before.get("thresholds_why")
    return kept, {key: value for key, value in more.items() if value}


def meta_of(out: Path, data: Path, papers: Papers) -> dict[str, Any]:
    """Return ``meta.json``, measured on the exported files: thresholds on ``val``, figures on ``test``."""
    entry = replace(unfinished(papers.imgsz, papers.classes), folder=out)
    engine = OpenVinoEngine(entry)
    validation = evaluate(entry, engine, data / "val")
    rounded = _int8(entry, data, validation)
    scores, short = thresholds(validation, papers.classes)
    scores |= papers.fixed
    found = {
        source: records
        for source, records in evaluate(replace(entry, thresholds=scores), engine, data / "test").items()
        if source != SIMULATED
    }
    return {
        "name": papers.name,
        "version": papers.version,
        "architecture": "YOLO11n",
        "imgsz": papers.imgsz,
        "classes": list(papers.classes),
        "thresholds": scores,
        "thresholds_fixed_by_hand": sorted(papers.fixed),
        "thresholds_short_of_precision": [name for name in papers.classes if name in {*short, *papers.fixed}],
        "sha256": {name: digest(out / name) for name in (*GRAPH, *INT8, CHECKPOINT) if (out / name).exists()},
        "licence": "AGPL-3.0-or-later",
        "origin": ORIGIN,
        "training": {**papers.training, "versions": {name: version(name) for name in LIBRARIES}},
        "figures": _by_source(found, lambda records: records.figures()),
        "by_size": _by_source(found, by_size),
        "by_light": _by_source(found, by_light),
        "by_film": _by_source(found, by_source),
        "reliability": {source: asdict(reliability(records)) for source, records in found.items()},
        **rounded,
        **papers.more,
    }


def _int8(entry: ModelEntry, data: Path, validation: Mapping[str, Records]) -> dict[str, Any]:
    """Return the figures in int8, if there is such a graph: AP50 on ``test``, and the scores' difference from f32.

    Raises:
        Invalid: int8 loses more than `MOST_LOST` on the validation pictures.
    """
    if not (entry.folder / INT8[0]).exists():
        return {}
    marked = replace(entry, sha256={name: digest(entry.folder / name) for name in INT8})
    engine = OpenVinoEngine(marked, precision="int8")
    lost = _mean_ap50(validation) - _mean_ap50(evaluate(marked, engine, data / "val"))
    if lost > MOST_LOST:
        pictures = sum(len(records.samples) for records in validation.values())
        few = f", or give more validation pictures (under {SWINGS_BELOW}, chance alone loses as much)"
        raise Invalid(
            f"int8 loses {lost:.3f} of AP50 on the {pictures} validation pictures, at most {MOST_LOST} is allowed: "
            f"train some epochs with --int8 first, or omit --int8{few if pictures < SWINGS_BELOW else ''}"
        )
    canvases = drawn(entry.imgsz)
    exact = OpenVinoEngine(entry, precision="f32").infer(canvases)
    apart, _ = difference(exact, engine.infer(canvases), side=entry.imgsz)
    found = evaluate(marked, engine, data / "test")
    ap50 = {
        source: {name: figures.ap50 for name, figures in records.figures().items() if figures.boxes}
        for source, records in found.items()
        if source != SIMULATED
    }
    return {"int8": {"calibration_pictures": CALIBRATED_ON, "difference": apart, "lost": round(lost, 4), "ap50": ap50}}


def _mean_ap50(found: Mapping[str, Records]) -> float:
    """Return the mean AP50 of all classes, weighted by their numbers of boxes."""
    figures = [f for records in found.values() for f in records.figures().values() if f.boxes]
    return sum(f.ap50 * f.boxes for f in figures) / max(sum(f.boxes for f in figures), 1)


def _by_source(
    found: Mapping[str, Records], of: Callable[[Records], Mapping[str, Any]]
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return source → class → result of ``of``, without classes that no test picture has."""
    return {
        source: {name: _plain(value) for name, value in of(records).items() if records.everything[name].boxes}
        for source, records in found.items()
    }


def _plain(value: Any) -> dict[str, Any]:  # noqa: ANN401 - a dataclass, or parts by name
    return {key: asdict(part) for key, part in value.items()} if isinstance(value, dict) else asdict(value)


def export(
    checkpoint: Path, data: Path, out: Path, papers: Papers, *, keep_checkpoint: bool = False, int8: bool = False
) -> dict[str, Any]:
    """Export a checkpoint with ``meta.json`` and card into ``out``; return the content of ``meta.json``.

    The content of ``out`` is replaced after all measurements, so an interrupted export leaves it unchanged.

    Raises:
        Invalid: ``data`` has no pictures to measure on, or the network does not support this input size.
        ValueError: the model is too large to ship.
    """
    if papers.imgsz < STRIDE or papers.imgsz % STRIDE:
        raise Invalid(f"--imgsz {papers.imgsz}: expected a multiple of {STRIDE}")
    for split in ("val", "test"):
        if next((data / split).glob("*/images/*"), None) is None:
            raise Invalid(f"{data}: no pictures in {split}/; expected a folder made by `mingchu model prepare`")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as folder:
        made = Path(folder)
        to_openvino(checkpoint, made, imgsz=papers.imgsz, classes=papers.classes)
        if keep_checkpoint:
            shutil.copy(checkpoint, made / CHECKPOINT)
        if int8:
            pictures = sorted((data / "val").glob("*/images/*"))
            few = random.Random(0).sample(pictures, min(CALIBRATED_ON, len(pictures)))  # noqa: S311 - sampling
            to_int8(made, few, imgsz=papers.imgsz)
        about = meta_of(made, data, papers)
        put(made, out)
    write_papers(out, about)
    return about


def put(made: Path, out: Path) -> None:
    """Replace the weights in ``out``, and delete old files that the new ``meta.json`` does not describe."""
    out.mkdir(exist_ok=True)
    for name in (*GRAPH, *INT8, CHECKPOINT, ENGINE):
        if (made / name).exists():
            (made / name).replace(out / name)
        else:
            (out / name).unlink(missing_ok=True)


def write_papers(out: Path, about: Mapping[str, Any]) -> None:
    """Write ``meta.json`` and the card generated from it."""
    text = json.dumps(about, indent=2, ensure_ascii=False)
    (out / "meta.json").write_text(text + "\n", encoding="utf-8")
    (out / "CARD.md").write_text(card(json.loads(text)), encoding="utf-8")
