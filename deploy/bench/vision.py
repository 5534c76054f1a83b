"""JPEG → boxes: our path against ultralytics' `predict()`, same weights, same frames, one run.

The peers need `pip install 'mingchu[train]'`. The OpenVINO peer runs the shipped graph through ultralytics'
own OpenVINO backend; the PyTorch peer needs the checkpoint that the graph was exported from.
"""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ingest.simulator.kitchen import KitchenCamera
from models.catalogue import ModelEntry
from models.errors import Invalid
from vision.detector import Detector
from vision.engines.openvino import OpenVinoEngine
from vision.gate import MotionGate
from vision.pictures import decode
from vision.weights_catalogue import shipped

WIDTH, HEIGHT = 1280, 720
CAMERAS, SECONDS = 4, 12
BATCH = 8
ROUNDS = 3
LONG_SIDE = 960
NEEDS = "install the peers with: pip install 'mingchu[train]'"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisionFigures:
    """What `mingchu bench vision --json` prints; a ratio is None where its peer was not run."""

    frames: int
    frames_per_s: float
    cameras_at_1fps: int
    cameras_at_1fps_gated: int
    share_through_gate: float
    ultralytics_openvino_frames_per_s: float
    ratio_to_ultralytics_openvino: float
    ultralytics_torch_frames_per_s: float | None
    ratio_to_ultralytics_torch: float | None


def measure(torch_weights: Path | None) -> VisionFigures:
    """Measure ours and the peers in turn, `ROUNDS` times, and keep each one's best round."""
    entry, jpegs = shipped(), draw_frames()
    flat = [jpeg for camera in jpegs for jpeg in camera]
    runs: dict[str, Callable[[], None]] = {"ours": _ours(entry, flat)}
    with tempfile.TemporaryDirectory() as folder:
        runs["openvino"] = _predict(_as_ultralytics_export(entry, Path(folder)), flat, entry)
        if torch_weights is not None:
            runs["torch"] = _predict(torch_weights, flat, entry)
        best = dict.fromkeys(runs, 0.0)
        for _ in range(ROUNDS):
            for name, run in runs.items():
                began = time.perf_counter()
                run()
                best[name] = max(best[name], len(flat) / (time.perf_counter() - began))
    through, gated = _gated(entry, jpegs)
    torch = best.get("torch")
    return VisionFigures(
        frames=len(flat),
        frames_per_s=round(best["ours"], 1),
        cameras_at_1fps=int(best["ours"]),
        cameras_at_1fps_gated=int(gated),
        share_through_gate=round(through, 3),
        ultralytics_openvino_frames_per_s=round(best["openvino"], 1),
        ratio_to_ultralytics_openvino=round(best["ours"] / best["openvino"], 2),
        ultralytics_torch_frames_per_s=None if torch is None else round(torch, 1),
        ratio_to_ultralytics_torch=None if torch is None else round(best["ours"] / torch, 2),
    )


def draw_frames() -> list[list[bytes]]:
    """JPEGs of drawn kitchens, by camera, one a second; every second camera is a night without movement."""
    at = datetime(2026, 9, 1, tzinfo=UTC)
    cameras = []
    for seed in range(CAMERAS):
        night = seed % 2 == 1
        kitchen = KitchenCamera(
            seed=seed, name=f"BENCH-{seed}", cooks=0 if night else 2, night=night, width=WIDTH, height=HEIGHT
        )
        pictures = (kitchen.render(float(second), wall_clock=at)[0] for second in range(SECONDS))
        cameras.append([bytes(cv2.imencode(".jpg", picture)[1]) for picture in pictures])
    return cameras


def _ours(entry: ModelEntry, jpegs: Sequence[bytes]) -> Callable[[], None]:
    detector = Detector(entry, OpenVinoEngine(entry))

    def run() -> None:
        with ThreadPoolExecutor(max_workers=2) as pool:
            for i in range(0, len(jpegs), BATCH):
                detector.detect(list(pool.map(_decoded, jpegs[i : i + BATCH])))

    return run


def _decoded(jpeg: bytes) -> Any:  # noqa: ANN401 - a picture
    return decode(jpeg, long_side=LONG_SIDE)


def _as_ultralytics_export(entry: ModelEntry, folder: Path) -> Path:
    """The shipped graph in the folder layout that ultralytics gives its own OpenVINO exports."""
    export = folder / f"{entry.name}_openvino_model"
    export.mkdir()
    for name in ("model.xml", "model.bin"):
        shutil.copy(entry.folder / name, export / name.replace("model", entry.name))
    size = [entry.imgsz, entry.imgsz]
    names = dict(enumerate(entry.classes))
    about = {
        "stride": 32,
        "task": "detect",
        "batch": 1,
        "dynamic": False,
        "imgsz": size,
        "names": names,
        "args": {"dynamic": False},
    }
    # JSON is YAML; numbers as keys must stay numbers there.
    lines = [f"{key}: {json.dumps(value)}" for key, value in about.items() if key != "names"]
    lines += ["names:", *(f"  {number}: {name}" for number, name in names.items())]
    (export / "metadata.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return export


def _predict(weights: Path, jpegs: Sequence[bytes], entry: ModelEntry) -> Callable[[], None]:
    """Ultralytics as its documentation shows it: one `predict()` a frame."""
    os.environ.setdefault("YOLO_VERBOSE", "False")  # it would talk on standard output
    try:
        from ultralytics import YOLO  # noqa: PLC0415 - only where the peers are installed
    except ImportError as error:
        raise Invalid(f"ultralytics is not installed; {NEEDS}") from error
    model = YOLO(str(weights), task="detect")

    def run() -> None:
        for jpeg in jpegs:
            picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
            model.predict(picture, imgsz=entry.imgsz, conf=0.25, verbose=False, device="cpu")

    with suppress(StopIteration):
        model.predict(np.zeros((HEIGHT, WIDTH, 3), np.uint8), imgsz=entry.imgsz, verbose=False, device="cpu")
    return run


def _gated(entry: ModelEntry, jpegs: list[list[bytes]]) -> tuple[float, float]:
    """Share of frames that pass the gate, and frames a second with it."""
    detector = Detector(entry, OpenVinoEngine(entry))
    gates = [MotionGate() for _ in jpegs]
    passed = total = 0
    began = time.perf_counter()
    with ThreadPoolExecutor(max_workers=2) as pool:
        for second in range(SECONDS):
            pictures = list(pool.map(_decoded, [camera[second] for camera in jpegs]))
            wanted = [p for gate, p in zip(gates, pictures, strict=True) if gate.wants(p, at_s=float(second))]
            detector.detect(wanted)
            passed, total = passed + len(wanted), total + len(pictures)
    return passed / total, total / (time.perf_counter() - began)
