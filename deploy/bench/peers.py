"""Ultralytics' `predict()` in the ways that its documentation shows: one picture a call, or a batch of them."""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from models.catalogue import ModelEntry
from models.errors import Invalid
from vision.detections import Detections
from vision.evaluation import FLOOR, Eye, Look

BATCH: Final = 8
NEEDS: Final = "install the peers with: pip install 'mingchu[train]'"
Run = Callable[[], None]


def torch(checkpoint: Path, jpegs: Sequence[bytes], *, imgsz: int) -> dict[str, Run]:
    """PyTorch, pictures letterboxed to rectangles (`rect`, the library's default)."""
    model = _yolo(checkpoint)
    return {
        "torch, one a call": _one_by_one(model, jpegs, imgsz=imgsz),
        f"torch, {BATCH} a call": _batched(model, jpegs, imgsz=imgsz),
    }


def openvino(
    entry: ModelEntry, checkpoint: Path | None, jpegs: Sequence[bytes], *, folder: Path, shape: tuple[int, int]
) -> dict[str, Run]:
    """Ultralytics' OpenVINO export of the checkpoint: fixed to the frames' rectangle (`shape`), and for any shape.

    Without a checkpoint the shipped graph stands in, in the layout of such an export.
    """
    if checkpoint is None:
        graph = _yolo(_as_export(entry, folder))
        return {
            "openvino, the shipped graph, one a call": _one_by_one(graph, jpegs, imgsz=entry.imgsz),
            f"openvino, the shipped graph, {BATCH} a call": _batched(graph, jpegs, imgsz=entry.imgsz),
        }
    fixed = _yolo(_exported(checkpoint, folder / "fixed", imgsz=list(shape), dynamic=False, batch=1))
    eight = _yolo(_exported(checkpoint, folder / "eight", imgsz=list(shape), dynamic=False, batch=BATCH))
    free = _yolo(_exported(checkpoint, folder / "free", imgsz=entry.imgsz, dynamic=True, batch=BATCH))
    return {
        "openvino, own export of one shape, one a call": _one_by_one(fixed, jpegs, imgsz=list(shape)),
        f"openvino, own export of one shape, {BATCH} a call": _batched(eight, jpegs, imgsz=list(shape)),
        "openvino, own export of any shape, one a call": _one_by_one(free, jpegs, imgsz=entry.imgsz),
        f"openvino, own export of any shape, {BATCH} a call": _batched(free, jpegs, imgsz=entry.imgsz),
    }


def torch_eye(checkpoint: Path, entry: ModelEntry) -> Eye:
    """PyTorch's `predict()` as something that looks at labelled pictures, with our overlap limit for duplicates."""
    model = _yolo(checkpoint)

    def look(path: Path) -> Look:
        (result,) = model.predict(
            str(path), imgsz=entry.imgsz, conf=FLOOR, iou=0.5, max_det=300, verbose=False, device="cpu"
        )
        height, width = result.orig_shape
        numbers = result.boxes.cls.int().tolist()
        found = Detections(
            boxes=np.asarray(result.boxes.xyxyn.cpu().numpy(), np.float32).reshape(-1, 4),
            scores=np.asarray(result.boxes.conf.cpu().numpy(), np.float32),
            names=tuple(entry.classes[number] for number in numbers),
        )
        side = np.array([width, height], np.float32) * (entry.imgsz / max(width, height))
        return Look(everything=found, reported=Detections.empty(), side=side)

    return look


def _yolo(weights: Path) -> Any:  # noqa: ANN401 - untyped library
    os.environ.setdefault("YOLO_VERBOSE", "False")  # it would talk on standard output
    try:
        library, runtime = import_module("ultralytics"), import_module("torch")
    except ImportError as error:
        raise Invalid(f"ultralytics is not installed; {NEEDS}") from error
    runtime.set_num_threads(os.cpu_count() or 1)  # the library would leave one core idle
    return library.YOLO(str(weights), task="detect")


def _exported(checkpoint: Path, folder: Path, **how: Any) -> Path:  # noqa: ANN401 - the library's own options
    folder.mkdir()
    copy = Path(shutil.copy(checkpoint, folder / "model.pt"))
    return Path(_yolo(copy).export(format="openvino", verbose=False, **how))


def _one_by_one(model: Any, jpegs: Sequence[bytes], *, imgsz: int | list[int]) -> Run:  # noqa: ANN401
    def run() -> None:
        for jpeg in jpegs:
            model.predict(_picture(jpeg), imgsz=imgsz, conf=0.25, verbose=False, device="cpu")

    return run


def _batched(model: Any, jpegs: Sequence[bytes], *, imgsz: int | list[int]) -> Run:  # noqa: ANN401
    def run() -> None:
        for start in range(0, len(jpegs), BATCH):
            pictures = [_picture(jpeg) for jpeg in jpegs[start : start + BATCH]]
            model.predict(pictures, imgsz=imgsz, conf=0.25, verbose=False, device="cpu", batch=BATCH)

    return run


def _picture(jpeg: bytes) -> Any:  # noqa: ANN401 - a picture
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)


def _as_export(entry: ModelEntry, folder: Path) -> Path:
    """The shipped graph in the folder layout that ultralytics gives its own OpenVINO exports."""
    export = folder / f"{entry.name}_openvino_model"
    export.mkdir()
    for name in ("model.xml", "model.bin"):
        shutil.copy(entry.folder / name, export / name.replace("model", entry.name))
    about = {
        "stride": 32,
        "task": "detect",
        "batch": BATCH,
        "dynamic": True,
        "imgsz": [entry.imgsz, entry.imgsz],
        "args": {"dynamic": True},
    }
    # JSON is YAML; numbers as keys must stay numbers there.
    lines = [f"{key}: {json.dumps(value)}" for key, value in about.items()]
    lines += ["names:", *(f"  {number}: {name}" for number, name in enumerate(entry.classes))]
    (export / "metadata.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return export


def warm_up(run: Run) -> None:
    """Once before it counts: models are loaded and compiled at the first call."""
    with suppress(StopIteration):
        run()
