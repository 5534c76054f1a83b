"""Bring the data sources into one layout with one numbering of classes.

``<out>/<split>/<source>/images/*.jpg`` (links), ``…/labels/*.txt`` (our class numbers) and
``…/unsure.json``: file stem → class numbers about which nothing may be concluded from silence.
"""

import argparse
import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click

from vision.training.classes import CLASS_ID, SIMULATED, SOURCE_CLASSES, TEACHER_CLASSES

SURE: Final = 0.5
"""A teacher's box at or above this score becomes a label."""
UNSURE: Final = 0.1
"""A teacher's box between `UNSURE` and `SURE` makes its class unknown in that picture."""


def splits(source: Path) -> dict[str, str]:
    """Read ``sources.csv``: file stem → ``train``, ``val`` or ``test``, by whole videos."""
    with (source / "sources.csv").open(newline="") as handle:
        return {Path(row["file"]).stem: row["split"] for row in csv.DictReader(handle)}


def translated(lines: str, names: list[str], mapping: Mapping[str, str]) -> str:
    """Rewrite YOLO label lines with our class numbers, leaving out classes that we do not take."""
    rows = (line.split() for line in lines.splitlines() if line.strip())
    kept = ((mapping.get(names[int(row[0])]), row[1:5]) for row in rows)
    return "".join(f"{CLASS_ID[name]} {' '.join(box)}\n" for name, box in kept if name)


def lay_out(data: Path, out: Path) -> None:
    """Link every picture of every source in ``data`` into ``out`` and translate its labels."""
    for name, mapping in SOURCE_CLASSES.items():
        if name == SIMULATED:
            continue
        source = data / name
        names = (source / "classes.txt").read_text().split()
        split_of = splits(source)
        for image in sorted((source / "images").iterdir()):
            folder = out / split_of[image.stem] / name
            (folder / "images").mkdir(parents=True, exist_ok=True)
            (folder / "labels").mkdir(exist_ok=True)
            link = folder / "images" / image.name
            if not link.exists():
                link.symlink_to(image)
            text = (source / "labels" / f"{image.stem}.txt").read_text()
            (folder / "labels" / f"{image.stem}.txt").write_text(translated(text, names, mapping))


def _teacher_boxes(result: Any) -> Iterator[tuple[str, float, list[float]]]:  # noqa: ANN401 - untyped library
    for number, score, box in zip(
        result.boxes.cls.tolist(), result.boxes.conf.tolist(), result.boxes.xywhn.tolist(), strict=True
    ):
        yield TEACHER_CLASSES[int(number)], score, box


def pseudo_label(folder: Path, teacher: Path, *, imgsz: int = 448) -> int:
    """Add the teacher's sure boxes to the labels of ``folder`` and note the unsure classes.

    Runs once a folder; a second call does nothing because ``unsure.json`` exists.

    Returns:
        Number of boxes added.
    """
    note = folder / "unsure.json"
    if note.exists():
        return 0
    from ultralytics import YOLO  # noqa: PLC0415 - torch only when training

    images = sorted(str(p) for p in (folder / "images").iterdir())
    unsure: dict[str, set[int]] = defaultdict(set)
    added = 0
    model = YOLO(teacher)
    for start in range(0, len(images), 32):
        results = model.predict(
            images[start : start + 32], imgsz=imgsz, conf=UNSURE, classes=list(TEACHER_CLASSES), verbose=False
        )
        for path, result in zip(images[start : start + 32], results, strict=True):
            stem = Path(path).stem
            with (folder / "labels" / f"{stem}.txt").open("a") as labels:
                for name, score, box in _teacher_boxes(result):
                    if score >= SURE:
                        labels.write(f"{CLASS_ID[name]} " + " ".join(f"{v:.5f}" for v in box) + "\n")
                        added += 1
                    else:
                        unsure[stem].add(CLASS_ID[name])
    note.write_text(json.dumps({stem: sorted(ids) for stem, ids in unsure.items()}))
    return added


def main(argv: list[str] | None = None) -> None:
    """Prepare all sources: ``python -m vision.training.prepare DATA OUT --teacher COCO.pt``."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--teacher", type=Path, required=True)
    args = parser.parse_args(argv)
    lay_out(args.data, args.out)
    for folder in sorted((args.out / "train").iterdir()):
        click.echo(f"{folder.name}: {pseudo_label(folder, args.teacher)} pseudo-labels")


if __name__ == "__main__":
    main()
