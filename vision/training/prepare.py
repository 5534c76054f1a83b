"""Convert the data sources to one layout with one numbering of classes.

``<out>/<split>/<source>/images/*.jpg`` (links), ``…/labels/*.txt`` (our class numbers), ``…/sources.csv`` and
``…/unsure.json``: file stem of each picture that a teacher has processed → class numbers that are unknown there
unless labelled. Every step may be interrupted and repeated: existing files are kept.
"""

import json
import shutil
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from models.base.errors import Invalid
from vision.evaluation.labels import ALIASES, class_names, origins, our_name, pictures_of, read_rows
from vision.training.classes import (
    CLASS_ID,
    CLASSES,
    COMPLIANT_FILE,
    LABELLED_FILE,
    OWN,
    SIMULATED,
    SOURCE_CLASSES,
    TEACHER_CLASSES,
    labelled_in,
    looked_at,
    remember_looks,
)

SPLITS: Final = ("train", "val", "test")
SURE: Final = 0.5
"""Score from which a teacher's box becomes a label."""
UNSURE: Final = 0.1
"""A teacher's box with a score between `UNSURE` and `SURE` makes its class unknown in that picture."""
HELD_OUT: Final = 7
"""One film of so many is held out of a source that its uploader split into ``train`` and ``val`` only."""
_BATCH: Final = 32


def splits(source: Path) -> dict[str, str]:
    """Read ``sources.csv``: file stem → ``train``, ``val`` or ``test``, by whole videos.

    Raises:
        Invalid: the file is missing, names another split, or lacks a picture.
    """
    found = {stem: split for stem, (split, _) in origins(source, wanted=True).items()}
    for path in pictures_of(source):
        if found.get(path.stem) not in SPLITS:
            said = f"split {found[path.stem]!r}" if path.stem in found else "nothing"
            raise Invalid(f"{source / 'sources.csv'} states {said} for {path.name}; expected {', '.join(SPLITS)}")
    return found


def held_out(source: Path, split_of: Mapping[str, str]) -> dict[str, str]:
    """Return the splits, with every seventh film of ``train`` in ``test`` if nothing is in ``test``, for figures."""
    if "test" in split_of.values():
        return dict(split_of)
    films = {stem: film or stem for stem, (_, film) in origins(source, wanted=True).items()}
    apart = {stem for stem, split in split_of.items() if split == "train" and _drawn(films[stem]) % HELD_OUT == 0}
    return {stem: "test" if stem in apart else split for stem, split in split_of.items()}


def _drawn(name: str) -> int:
    return zlib.crc32(name.encode())


def guessed_splits(source: Path) -> dict[str, str]:
    """Assign the pictures of a folder without ``sources.csv``, deterministically: 1/8 to ``val``, 1/8 to ``test``."""
    kinds = ("val", "test", *["train"] * 6)
    return {path.stem: kinds[_drawn(path.stem) % 8] for path in pictures_of(source)}


def translated(label: Path, names: list[str], mapping: Mapping[str, str]) -> str:
    """Return a label file's rows with our class numbers, without the classes that we do not use.

    Raises:
        Invalid: a row is unreadable, or its class has no name.
    """
    rows = read_rows(label)
    for row in rows:
        if row.number >= len(names):
            raise Invalid(f"{label}: class {row.number}, but classes.txt names only {len(names)}")
    kept = ((mapping.get(names[row.number]), row) for row in rows)
    return "".join(f"{CLASS_ID[name]} {r.cx:.6f} {r.cy:.6f} {r.w:.6f} {r.h:.6f}\n" for name, r in kept if name)


def lay_out(data: Path, out: Path) -> None:
    """Link every picture of every source in ``data`` into ``out`` and translate its labels.

    Raises:
        Invalid: ``data`` has none of the sources.
    """
    there = [name for name in SOURCE_CLASSES if name != SIMULATED and (data / name / "images").is_dir()]
    if not there:
        wanted = ", ".join(name for name in SOURCE_CLASSES if name != SIMULATED)
        raise Invalid(f"{data}: it has none of the sources; expected folders named {wanted}")
    for name in there:
        split_of = splits(data / name)
        if SOURCE_CLASSES[name]:  # pictures that label nothing of ours can't be in a figure
            split_of = held_out(data / name, split_of)
        _link(data / name, out, name=name, split_of=split_of, mapping=SOURCE_CLASSES[name])


def lay_out_own(folder: Path, out: Path, *, name: str | None = None, split_of: Mapping[str, str] | None = None) -> str:
    """Add a user's own pictures (images/, labels/, classes.txt, optional sources.csv) as a source; return its name.

    Args:
        folder: the pictures.
        out: the prepared folder.
        name: of the source; by default that of the folder.
        split_of: file stem → split; by default that of `sources.csv`, else a guess.

    Raises:
        Invalid: the folder has another layout, unknown classes, or the name of another folder that is in ``out``.
    """
    names = list(filter(None, class_names(folder)))
    mapping = {name: our_name(name) for name in names}
    unknown = [name for name in names if mapping[name] not in CLASSES]
    if unknown or not (folder / "images").is_dir():
        raise Invalid(
            f"{folder}: unknown classes {', '.join(unknown) or '(none)'}; expected images/, and in classes.txt names "
            f"out of {', '.join(CLASSES)} (or {', '.join(ALIASES)})"
        )
    source = name or OWN + folder.resolve().name
    if split_of is None:
        split_of = splits(folder) if (folder / "sources.csv").exists() else guessed_splits(folder)
    _link(folder, out, name=source, split_of=split_of, mapping=mapping)
    for made in out.glob(f"*/{source}"):
        (made / LABELLED_FILE).write_text(json.dumps(sorted(CLASS_ID[name] for name in mapping.values())))
    return source


def _link(source: Path, out: Path, *, name: str, split_of: Mapping[str, str], mapping: Mapping[str, str]) -> None:
    names = class_names(source)
    _same_as_before(source, out, name=name)
    for image in pictures_of(source):
        folder = out / split_of[image.stem] / name
        for other in SPLITS:
            if other != split_of[image.stem] and (out / other / name / "images" / image.name).is_symlink():
                raise Invalid(f"{image} is in {other} of {out}, and now in {folder.parent.name}: prepare a new folder")
        (folder / "images").mkdir(parents=True, exist_ok=True)
        (folder / "labels").mkdir(exist_ok=True)
        link, label = folder / "images" / image.name, folder / "labels" / f"{image.stem}.txt"
        if not link.exists():
            link.symlink_to(image.resolve())
        if not label.exists():  # keep what a teacher has added
            text = translated(source / "labels" / f"{image.stem}.txt", names, mapping)
            label.write_text(text, encoding="utf-8")
    for folder in out.glob(f"*/{name}"):
        for note in ("sources.csv", COMPLIANT_FILE):
            if (source / note).exists() and not (folder / note).exists():
                shutil.copy(source / note, folder / note)


def _same_as_before(source: Path, out: Path, *, name: str) -> None:
    """Refuse a name that ``out`` has for another folder.

    Raises:
        Invalid: ``out`` has pictures of another folder under this name.
    """
    earlier = next(out.glob(f"*/{name}/images/*"), None)
    if earlier is not None and earlier.resolve().parent != (source / "images").resolve():
        raise Invalid(
            f"{source}: {out} has pictures of {earlier.resolve().parent.parent} as {name}; rename one of them"
        )


def _teacher_boxes(result: Any) -> Iterator[tuple[str, float, list[float]]]:  # noqa: ANN401 - untyped library
    for number, score, box in zip(
        result.boxes.cls.tolist(), result.boxes.conf.tolist(), result.boxes.xywhn.tolist(), strict=True
    ):
        yield TEACHER_CLASSES[int(number)], score, box


def pseudo_label(folder: Path, teacher: Path, *, imgsz: int = 448) -> int:
    """Add the teacher's sure boxes to the labels of ``folder`` and note the unsure classes.

    Each picture is processed once: a second call only processes new ones. Classes that the folder itself labels are
    skipped, because its own labels are complete.

    Returns:
        Number of boxes added.
    """
    labelled = labelled_in(folder)
    wanted = [number for number, name in TEACHER_CLASSES.items() if CLASS_ID[name] not in labelled]
    seen = looked_at(folder)
    images = sorted(str(p) for p in (folder / "images").iterdir() if p.stem not in seen)
    if not images or not wanted:
        return 0
    from ultralytics import YOLO  # noqa: PLC0415 - torch only when training

    unsure: dict[str, set[int]] = {Path(path).stem: set() for path in images}
    more: dict[str, list[str]] = defaultdict(list)
    model = YOLO(teacher)
    for start in range(0, len(images), _BATCH):
        batch = images[start : start + _BATCH]
        results = model.predict(batch, imgsz=imgsz, conf=UNSURE, classes=wanted, verbose=False)
        for path, result in zip(batch, results, strict=True):
            for name, score, box in _teacher_boxes(result):
                if score >= SURE:
                    more[Path(path).stem].append(f"{CLASS_ID[name]} " + " ".join(f"{v:.5f}" for v in box) + "\n")
                else:
                    unsure[Path(path).stem].add(CLASS_ID[name])
    for stem, lines in more.items():  # only now, so that an interrupted run adds nothing twice
        with (folder / "labels" / f"{stem}.txt").open("a", encoding="utf-8") as labels:
            labels.writelines(lines)
    remember_looks(folder, {**seen, **unsure})
    return sum(map(len, more.values()))
