"""TensorRT against PyTorch on the same GPU, weights and pictures: the engine alone, `bench_gpu.py WEIGHTS`.

WEIGHTS is the folder that `mingchu model gpu FOLDER --tensorrt` wrote on this machine. Pictures are drawn kitchens
(512 × 288), 16 per call and one per call; the two take turns, and the best turn of each counts.
"""

import json
import sys
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from ingest.simulator.kitchen import KitchenCamera
from models.base.clock import SHANGHAI
from vision.engines.ultralytics import BUILT, UltralyticsEngine
from vision.pictures.decode import STRIDE, Picture, letterbox
from vision.weights.shipped import load

PICTURES, TURNS, ROUNDS = 16, 6, 10
AT = datetime(2026, 1, 5, 10, 30, tzinfo=SHANGHAI)


def drawn(side: int) -> list[Picture]:
    cameras = (KitchenCamera(seed=seed, name="b", cooks=3, width=640, height=360) for seed in range(PICTURES))
    return [letterbox(camera.render(7.0, wall_clock=AT)[0], side, stride=STRIDE)[0] for camera in cameras]


def seconds(engine: UltralyticsEngine, batches: list[list[Picture]]) -> float:
    """Per picture."""
    began = time.perf_counter()
    for _ in range(ROUNDS):
        for batch in batches:
            engine.infer(batch)
    return (time.perf_counter() - began) / ROUNDS / PICTURES


def main(folder: Path) -> None:
    entry = load(folder)
    if BUILT not in entry.sha256:
        sys.exit(f"{folder}: no {BUILT}; write one with: mingchu model gpu FOLDER --tensorrt")
    checkpoint = replace(entry, sha256={name: sha for name, sha in entry.sha256.items() if name != BUILT})
    engines = {"tensorrt": UltralyticsEngine(entry), "torch": UltralyticsEngine(checkpoint)}
    pictures = drawn(entry.imgsz)
    ways = {f"{PICTURES} a call": [pictures], "one a call": [[picture] for picture in pictures]}
    best = {(way, name): float("inf") for way in ways for name in engines}
    for engine in engines.values():
        for batches in ways.values():
            engine.infer(batches[0])
    for _ in range(TURNS):
        for way, batches in ways.items():
            for name, engine in engines.items():
                best[way, name] = min(best[way, name], seconds(engine, batches))
    for way in ways:
        figures = {f"{name}_pictures_per_s": round(1 / best[way, name]) for name in engines}
        print(json.dumps({"way": way, **figures, "ratio": round(best[way, "torch"] / best[way, "tensorrt"], 2)}))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        print("not run: give the folder that `mingchu model gpu FOLDER --tensorrt` wrote on this machine")
        sys.exit(0)
    main(Path(sys.argv[1]))
