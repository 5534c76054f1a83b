"""Weights for a machine with a GPU: a checkpoint made from the graph, and a TensorRT engine built for this GPU."""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from models.base.errors import Invalid
from models.base.jsonio import loads
from models.catalogue.weights import ENTRY_FILE, ModelEntry
from vision.engines.openvino import OpenVinoEngine
from vision.engines.precision import BOX_TOLERANCE, SAFE, SCORE_TOLERANCE, difference, drawn
from vision.engines.ultralytics import UltralyticsEngine, tensorrt_lacks
from vision.judging.detections import Head
from vision.training.export import CHECKPOINT, ENGINE, GRAPH, INT8, put, write_papers
from vision.training.restored import restore
from vision.training.trusted import digest

_OPSET: Final = 17
"""Opset of the intermediate ONNX graph, which every TensorRT from 8.6 on reads."""


def for_gpu(entry: ModelEntry, out: Path, *, tensorrt_batch: int | None = None) -> dict[str, Any]:
    """Write the entry into ``out`` with files for the engine `ultralytics`; return their part of ``meta.json``.

    The files are checked on simulated kitchens: their output has to equal that of the graph in float32, within the
    tolerance of 16 bits. The content of ``out`` is replaced only after that.

    Args:
        entry: weights whose graph is a YOLO11n, as shipped.
        out: folder to write; it is created if it is missing.
        tensorrt_batch: also build a TensorRT engine (16 bits, any shape up to twice the input's side) for this
            machine's first GPU. It processes this many pictures at once, and reserves memory for them.

    Raises:
        Invalid: there is no GPU or TensorRT, ``out`` is the entry's own folder, or the result differs too much.
        WeightsRefused: the graph is not a YOLO11n with the entry's classes.
    """
    if out.resolve() == entry.folder.resolve():
        raise Invalid(f"{out}: expected another folder than that of the weights themselves")
    if tensorrt_batch is not None and (lacking := tensorrt_lacks(gpu=import_module("torch").cuda.is_available())):
        raise Invalid(f"building for TensorRT needs {lacking}")
    about = loads((entry.folder / ENTRY_FILE).read_bytes())
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as folder:
        made = Path(folder)
        for name in entry.sha256:
            if name != ENGINE:  # it may be of another GPU, or outdated
                shutil.copy(entry.folder / name, made / name)
        if CHECKPOINT not in entry.sha256:
            restore(entry, made / CHECKPOINT)
        pictures = drawn(entry.imgsz)
        exact = OpenVinoEngine(entry, precision=SAFE).infer(pictures)

        def same(name: str) -> dict[str, float]:
            engine = UltralyticsEngine(replace(entry, folder=made, sha256={name: digest(made / name)}))
            return _same(name, exact, engine.infer(pictures), side=entry.imgsz)

        checks: dict[str, Any] = {CHECKPOINT: same(CHECKPOINT)}
        if tensorrt_batch is not None:
            _build(made / CHECKPOINT, imgsz=entry.imgsz, batch=tensorrt_batch)
            checks[ENGINE] = {**_built_with(), "batch": tensorrt_batch, **same(ENGINE)}
        names = (*GRAPH, *INT8, CHECKPOINT, ENGINE)
        about["sha256"] = {name: digest(made / name) for name in names if (made / name).exists()}
        about["gpu"] = checks
        put(made, out)
    write_papers(out, about)
    return checks


def _build(checkpoint: Path, *, imgsz: int, batch: int) -> None:
    """Write ``model.engine`` beside the checkpoint.

    Raises:
        Invalid: TensorRT can't build it.
    """
    yolo = import_module("ultralytics").YOLO(str(checkpoint))
    try:
        yolo.export(
            format="engine",
            quantize=16,
            dynamic=True,
            batch=batch,
            imgsz=imgsz,
            opset=_OPSET,
            simplify=False,
            device=0,
            verbose=False,
        )
    except (RuntimeError, AttributeError, ImportError, OSError) as error:
        raise Invalid(f"TensorRT could not build an engine of {checkpoint.name}: {error}") from error
    checkpoint.with_suffix(".onnx").unlink(missing_ok=True)


def _built_with() -> Mapping[str, str]:
    torch, tensorrt = import_module("torch"), import_module("tensorrt")
    return {"tensorrt": str(tensorrt.__version__), "gpu": str(torch.cuda.get_device_name(0))}


def _same(name: str, exact: list[Head], heads: list[Head], *, side: int) -> dict[str, float]:
    """Return the differences of the file's heads from the graph's in float32.

    Raises:
        Invalid: they exceed the tolerance of 16 bits.
    """
    score, box = difference(exact, heads, side=side)
    if score > SCORE_TOLERANCE["f16"] or box > BOX_TOLERANCE:
        raise Invalid(
            f"{name} differs from the graph by {score} in score and {box} in boxes, "
            f"at most {SCORE_TOLERANCE['f16']} and {BOX_TOLERANCE} are allowed"
        )
    return {"score_difference": score, "box_difference": box}
