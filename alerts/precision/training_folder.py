"""A folder of labelled pictures for training: `manifest.jsonl`, and below it one folder for each class.

`<class>/images/*.jpg`, `<class>/labels/*.txt`, `<class>/classes.txt` and `<class>/sources.csv`, the layout that
`mingchu model prepare --own` and `mingchu model evaluate --data` read. A class has a folder of its own because a
verdict is about one rule: what else the picture shows is unknown, and not absent.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path
from uuid import UUID

from alerts.precision.labelling import Line, classes_of, label_text, sources_text
from models.base.atomic import write_atomically
from models.base.errors import Invalid
from models.base.jsonio import dumps, loads
from models.base.textio import read_text

MANIFEST = "manifest.jsonl"
MOST_LINES = 50_000
"""Violations in one folder; collect further ones into another."""


class TrainingFolder:
    """A folder with its manifest in memory; `save` writes what changed.

    Args:
        path: the folder, which may not exist yet.
        classes: the classes that labels may have.
        redacted: whether its pictures hide faces; one folder holds one kind.

    Raises:
        Invalid: the folder has other content, pictures of the other kind, or an unreadable manifest.
    """

    def __init__(self, path: Path, *, classes: Collection[str], redacted: bool) -> None:
        self.path, self._classes = path, classes
        self._lines: dict[UUID, Line] = {line.violation_id: line for line in _read(path)}
        self._of_picture: dict[str, dict[UUID, Line]] = defaultdict(dict)
        for line in self._lines.values():
            self._of_picture[line.picture][line.violation_id] = line
        self._touched: set[str] = set()
        if any(line.redacted is not redacted for line in self._lines.values()):
            there, wanted = ("hidden", "shown") if not redacted else ("shown", "hidden")
            raise Invalid(
                f"{path} holds pictures with faces {there}; collect those with faces {wanted} into another folder"
            )

    @property
    def pictures(self) -> int:
        """The number of pictures."""
        return len(self._of_picture)

    @property
    def unsaved(self) -> int:
        """The number of pictures that changed since `save`."""
        return len(self._touched)

    @property
    def is_full(self) -> bool:
        """Whether the folder takes no further violation."""
        return len(self._lines) >= MOST_LINES

    def line(self, violation_id: UUID) -> Line | None:
        """Return the line of a violation whose picture is in the folder; None if it has to be collected."""
        found = self._lines.get(violation_id)
        return found if found is not None and all(file.exists() for file in self._files(found)) else None

    def put(self, line: Line, content: bytes | None = None) -> None:
        """Add or replace a line, and write its picture if there is content."""
        if content is not None:
            self._make()
            for file in self._files(line):
                file.parent.mkdir(parents=True, exist_ok=True)
                unfinished = file.with_suffix(".part")
                unfinished.write_bytes(content)
                unfinished.replace(file)
        self._lines[line.violation_id] = line
        self._of_picture[line.picture][line.violation_id] = line
        self._touched.add(line.picture)

    def save(self) -> None:
        """Write the labels of the changed pictures, then the lists of each class, and the manifest last."""
        if not self._touched and (self.path / MANIFEST).exists():
            return
        self._make()
        for picture in self._touched:
            lines = self._of_picture[picture].values()
            for name in self._names(lines):
                label = self.path / name / "labels" / f"{Path(picture).stem}.txt"
                label.parent.mkdir(parents=True, exist_ok=True)
                label.write_text(label_text(lines, name), encoding="utf-8")
        of_class: dict[str, list[Line]] = defaultdict(list)
        for line in self._lines.values():
            for name in classes_of(line.boxes, self._classes):
                of_class[name].append(line)
        for name, known in of_class.items():
            write_atomically(self.path / name / "classes.txt", f"{name}\n", mode=0o644)
            write_atomically(self.path / name / "sources.csv", sources_text(known), mode=0o644)
        text = "".join(f"{dumps(self._lines[key].as_json())}\n" for key in sorted(self._lines))
        write_atomically(self.path / MANIFEST, text)
        self._touched.clear()

    def _make(self) -> None:
        """Make the folder; only its owner may read it, since it shows kitchens and perhaps faces."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _names(self, lines: Iterable[Line]) -> set[str]:
        return {name for line in lines for name in classes_of(line.boxes, self._classes)}

    def _files(self, line: Line) -> list[Path]:
        return [self.path / name / "images" / line.picture for name in classes_of(line.boxes, self._classes)]


def _read(path: Path) -> list[Line]:
    manifest = path / MANIFEST
    if not manifest.exists():
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise Invalid(f"{path} has no {MANIFEST} and is not empty; name an empty or a new folder")
        return []
    found = []
    for number, text in enumerate(read_text(manifest).splitlines(), 1):
        try:
            found.append(Line.of_json(loads(text)))
        except (KeyError, TypeError, ValueError) as error:
            raise Invalid(f"{manifest}, line {number}: not a line of this command ({error})") from error
    return found
