"""Folders of `mingchu model collect` as sources: one for each class, since a verdict is about one rule alone.

What else a collected picture shows stays unknown and is taught as nothing. The split is that of the collection, by
whole cameras.
"""

import json
from pathlib import Path
from typing import Final

from models.base.errors import Invalid
from vision.training.classes import CLASSES, OWN, looked_at, remember_looks
from vision.training.prepare import SPLITS, lay_out_own, splits

MANIFEST: Final = "manifest.jsonl"
NOTE: Final = "collected.json"
"""File in a prepared folder: file stem → label rows of the collection, to notice a verdict that changed since."""


def lay_out_collected(folder: Path, out: Path) -> list[str]:
    """Add a collected folder to `out`, or what changed in it since; return the names of its sources.

    Labels of a picture whose verdict changed are written anew, and a teacher looks at it again.

    Raises:
        Invalid: no folder of `mingchu model collect`, or one that was changed by hand: a class that does not exist, a
            picture without a split, or a picture in another split than before.
    """
    if not (folder / MANIFEST).is_file():
        raise Invalid(f"{folder}: it has no {MANIFEST}; expected a folder that `mingchu model collect` has written")
    made = sorted(path for path in folder.iterdir() if path.is_dir())
    unknown = [path.name for path in made if path.name not in CLASSES]
    if unknown or not made:
        raise Invalid(f"{folder}: expected folders named by classes, got {', '.join(unknown) or 'none'}")
    return [_lay_out(path, out, name=f"{OWN}{folder.resolve().name}-{path.name}") for path in made]


def _lay_out(folder: Path, out: Path, *, name: str) -> str:
    named = (folder / "classes.txt").read_text(encoding="utf-8").split() if (folder / "classes.txt").exists() else []
    if named != [folder.name]:
        raise Invalid(f"{folder}: expected the class {folder.name} in classes.txt, got {' '.join(named) or 'nothing'}")
    lay_out_own(folder, out, name=name, split_of=splits(folder))
    for split in SPLITS:
        if (out / split / name).is_dir():
            _follow(folder, out / split / name)
    return name


def _follow(folder: Path, made: Path) -> None:
    """Write the labels of pictures anew whose collected rows changed since the last time."""
    note = made / NOTE
    before: dict[str, str] = json.loads(note.read_text(encoding="utf-8")) if note.exists() else {}
    stems = sorted(path.stem for path in (made / "images").iterdir())
    now = {stem: (folder / "labels" / f"{stem}.txt").read_text(encoding="utf-8") for stem in stems}
    changed = {stem for stem in before if stem in now and now[stem] != before[stem]}
    for stem in changed:
        rows = now[stem].splitlines()
        number = CLASSES.index(folder.name)
        text = "".join(f"{number} {row.partition(' ')[2]}\n" for row in rows)
        (made / "labels" / f"{stem}.txt").write_text(text, encoding="utf-8")
    if changed:
        remember_looks(made, {stem: unsure for stem, unsure in looked_at(made).items() if stem not in changed})
    note.write_text(json.dumps(now), encoding="utf-8")
