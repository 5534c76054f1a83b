"""Run ultralytics' `predict()` as its documentation shows: one picture per call, or a batch per call."""

import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from models.base.errors import Invalid
from models.catalogue.weights import ModelEntry
from vision.engines.unasked import nothing_done_unasked
from vision.evaluation import FLOOR, Eye, Look
from vision.judging.detections import Detections

BATCH: Final = 8
NEEDS: Final = "install the peers with: pip install 'mingchu[train]'"
Run = Callable[[], None]


def checkpoint(entry: ModelEntry, out: Path) -> Path:
    """Write a checkpoint with the weights of the entry's graph, and return its path.

    Raises:
        Invalid: ultralytics is not installed.
    """
    try:
        from vision.training.restored import restore  # noqa: PLC0415 - an optional dependency
    except ImportError as error:
        raise Invalid(f"ultralytics is not installed; {NEEDS}") from error
    return restore(entry, out)


def torch(checkpoint: Path, jpegs: Sequence[bytes], *, imgsz: int) -> dict[str, Run]:
    """Return runs on PyTorch; pictures are letterboxed to rectangles (`rect`, the library's default)."""
    model = _yolo(checkpoint)
    return {
        "torch, one a call": _one_by_one(model, jpegs, imgsz=imgsz),
        f"torch, {BATCH} a call": _batched(model, jpegs, imgsz=imgsz),
    }


def openvino(
    checkpoint: Path, jpegs: Sequence[bytes], *, folder: Path, imgsz: int, shape: tuple[int, int]
) -> dict[str, Run]:
    """Return runs on ultralytics' OpenVINO exports of the checkpoint: one fixed to `shape`, one for any shape."""
    fixed = _yolo(_exported(checkpoint, folder / "fixed", imgsz=list(shape), dynamic=False, batch=1))
    eight = _yolo(_exported(checkpoint, folder / "eight", imgsz=list(shape), dynamic=False, batch=BATCH))
    free = _yolo(_exported(checkpoint, folder / "free", imgsz=imgsz, dynamic=True, batch=BATCH))
    return {
        "openvino, own export of one shape, one a call": _one_by_one(fixed, jpegs, imgsz=list(shape)),
        f"openvino, own export of one shape, {BATCH} a call": _batched(eight, jpegs, imgsz=list(shape)),
        "openvino, own export of any shape, one a call": _one_by_one(free, jpegs, imgsz=imgsz),
        f"openvino, own export of any shape, {BATCH} a call": _batched(free, jpegs, imgsz=imgsz),
    }


def torch_eye(checkpoint: Path, entry: ModelEntry) -> Eye:
    """Return an eye that calls PyTorch's `predict()` on labelled pictures, with our overlap limit for duplicates."""
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
    nothing_done_unasked()
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


def warm_up(run: Run) -> None:
    """Call `run` once before the measurement, because the first call loads and compiles the model."""
    with suppress(StopIteration):
        run()
