"""Judge a detector on the prepared pictures: AP50 per source and class, thresholds, printed tables.

Each source is judged on the classes that it labels, and on nothing else.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import cv2
import numpy as np

from vision.training.classes import CLASSES, SOURCE_CLASSES, labelled_ids
from vision.training.metrics import (
    ClassRecord,
    Detections,
    Floats,
    average_precision,
    balanced,
    collect,
    detections,
    letterbox,
    threshold,
)

BATCH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Quality of one class on one source: AP at IoU 0.5, true boxes, pictures that hold one."""

    ap50: float
    boxes: int
    images: int


@dataclass(frozen=True, slots=True)
class Runner:
    """A detector as a function: pictures (N, 3, S, S) RGB 0–1 → raw heads (N, 4 + C, A)."""

    call: Callable[[Floats], Floats]
    imgsz: int

    @classmethod
    def of_torch(cls, model: Any, imgsz: int) -> "Runner":  # noqa: ANN401 - untyped library
        """Wrap a torch model in evaluation mode (bfloat16 on the way, float32 out)."""
        import torch  # noqa: PLC0415 - torch only when training

        device = next(model.parameters()).device

        def call(batch: Floats) -> Floats:
            with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
                head = model(torch.from_numpy(batch).to(device))[0]
            return np.asarray(head.float().cpu().numpy(), np.float32)

        return cls(call, imgsz)

    @classmethod
    def of_openvino(cls, path: Path, imgsz: int) -> "Runner":
        """Load an exported ``model.xml``."""
        openvino = import_module("openvino")  # heavy, only when asked for
        compiled = openvino.Core().compile_model(path, "CPU")
        return cls(lambda batch: np.asarray(compiled(batch)[0], np.float32), imgsz)


@dataclass(frozen=True, slots=True)
class Report:
    """Records by source and class."""

    records: dict[str, dict[str, ClassRecord]]

    def figures(self) -> dict[str, dict[str, Figure]]:
        """AP50, boxes and pictures by source and class."""
        return {
            source: {
                name: Figure(ap50=round(average_precision(r), 4), boxes=r.boxes, images=r.images)
                for name, r in of_class.items()
                if r.boxes
            }
            for source, of_class in self.records.items()
        }

    def thresholds(self, *, precision: float = 0.9) -> dict[str, tuple[float, bool]]:
        """Per class a score and whether it reaches ``precision`` on every source that has the class.

        A class that some source does not reach gets the lowest of the scores with the best F1: it is a hint
        then, and what is hinted at must not be missed.
        """
        chosen: dict[str, list[tuple[float | None, float]]] = {}
        for of_class in self.records.values():
            for name, record in of_class.items():
                best = balanced(record)
                if best is not None:
                    strict = threshold(record, precision=precision)
                    chosen.setdefault(name, []).append((strict, best))
        return {name: _agreed(values) for name, values in chosen.items()}

    def table(self) -> str:
        """The figures as text, one line a source and class."""
        rows = [f"{'source':<18}{'class':<22}{'AP50':>7}{'boxes':>7}{'images':>8}"]
        for source, of_class in self.figures().items():
            rows += [f"{source:<18}{name:<22}{f.ap50:>7.3f}{f.boxes:>7}{f.images:>8}" for name, f in of_class.items()]
        return "\n".join(rows)


def _agreed(values: Sequence[tuple[float | None, float]]) -> tuple[float, bool]:
    """One score from (precise score or None, score with the best F1) of several sources."""
    precise = [strict for strict, _ in values if strict is not None]
    reached = len(precise) == len(values)
    return round(max(precise) if reached else min(best for _, best in values), 3), reached


def truth_of(image: Path, *, scale: float, left: int, top: int, shape: Sequence[int]) -> Floats:
    """True boxes (T, 5) of a prepared picture: class, x1, y1, x2, y2 in letterboxed pixels."""
    text = (image.parent.parent / "labels" / f"{image.stem}.txt").read_text()
    rows = np.asarray([line.split()[:5] for line in text.splitlines()], np.float32).reshape(-1, 5)
    centre = rows[:, 1:3] * (shape[1], shape[0]) * scale + (left, top)
    size = rows[:, 3:5] * (shape[1], shape[0]) * scale
    return np.concatenate((rows[:, :1], centre - size / 2, centre + size / 2), 1).astype(np.float32)


def detect(runner: Runner, images: Sequence[Path]) -> Iterator[tuple[Detections, Floats]]:
    """Detections and truth of each picture, both in letterboxed pixels."""
    for start in range(0, len(images), BATCH):
        batch, truths = [], []
        for path in images[start : start + BATCH]:
            image = np.asarray(cv2.imread(str(path)), np.uint8)
            boxed, scale, left, top = letterbox(image, runner.imgsz)
            batch.append(boxed[..., ::-1].transpose(2, 0, 1))
            truths.append(truth_of(path, scale=scale, left=left, top=top, shape=image.shape))
        heads = runner.call(np.ascontiguousarray(batch, dtype=np.float32) / 255)
        for head, truth in zip(heads, truths, strict=True):
            yield detections(head), truth


def evaluate(runner: Runner, split: Path) -> Report:
    """Run the detector over ``<split>/<source>/images`` and collect what each class scored."""
    records: dict[str, dict[str, ClassRecord]] = {}
    for folder in sorted(p for p in split.iterdir() if p.name in SOURCE_CLASSES):
        of_class = {CLASSES[number]: ClassRecord() for number in sorted(labelled_ids(folder.name))}
        for found, truth in detect(runner, sorted((folder / "images").iterdir())):
            for number in labelled_ids(folder.name):
                collect(of_class[CLASSES[number]], found, number, truth[truth[:, 0] == number, 1:])
        records[folder.name] = of_class
    return Report(records)


def main(argv: list[str] | None = None) -> None:
    """Print AP50 per source and class: ``python -m vision.training.evaluate model.xml DATA/test``."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("model", type=Path, help="model.xml, or a checkpoint *.pt")
    parser.add_argument("split", type=Path)
    parser.add_argument("--imgsz", type=int, default=416)
    args = parser.parse_args(argv)
    if args.model.suffix == ".pt":
        from ultralytics.nn.tasks import load_checkpoint  # noqa: PLC0415 - torch only when training

        runner = Runner.of_torch(load_checkpoint(str(args.model))[0].eval(), args.imgsz)
    else:
        runner = Runner.of_openvino(args.model, args.imgsz)
    click.echo(evaluate(runner, args.split).table())


if __name__ == "__main__":
    main()
