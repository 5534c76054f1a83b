"""A folder of labelled pictures: what it writes, and what it refuses."""

from dataclasses import replace
from pathlib import Path

import pytest

from alerts.precision import training_folder
from alerts.precision.training_folder import MANIFEST, TrainingFolder
from models.base.errors import Invalid
from tests.unit.alerts.precision.test_labelling import KNOWN, PICTURE, box, line

LABEL = PICTURE.replace(".jpg", ".txt")


def opened(path: Path, *, redacted: bool = True) -> TrainingFolder:
    return TrainingFolder(path, classes=KNOWN, redacted=redacted)


def written(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def test_a_folder_has_one_layout_for_each_class_and_a_manifest(tmp_path: Path) -> None:
    folder = opened(tmp_path / "out")
    folder.put(line(box(), box("phone")), b"jpeg")
    folder.save()
    found = written(tmp_path / "out")
    classes = {f"{name}/{rest}" for name in KNOWN for rest in ("classes.txt", "sources.csv")}
    pictures = {f"{name}/{rest}" for name in KNOWN for rest in (f"images/{PICTURE}", f"labels/{LABEL}")}
    assert set(found) == {MANIFEST} | classes | pictures
    assert found["phone/classes.txt"] == b"phone\n"
    assert found[f"phone/images/{PICTURE}"] == b"jpeg"
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0


def test_a_changed_verdict_changes_the_label_alone(tmp_path: Path) -> None:
    folder = opened(tmp_path / "out")
    folder.put(line(box()), b"jpeg")
    folder.save()
    again = opened(tmp_path / "out")
    known = again.line(line().violation_id)
    assert known is not None
    again.put(replace(known, confirmed=False))
    again.save()
    found = written(tmp_path / "out")
    assert (found[f"head_bare/labels/{LABEL}"], found[f"head_bare/images/{PICTURE}"]) == (b"", b"jpeg")
    assert b'"verdict":"rejected"' in found[MANIFEST]


def test_a_lost_picture_is_collected_again(tmp_path: Path) -> None:
    folder = opened(tmp_path / "out")
    folder.put(line(box()), b"jpeg")
    folder.save()
    (tmp_path / "out" / "head_bare" / "images" / PICTURE).unlink()
    assert opened(tmp_path / "out").line(line().violation_id) is None


def test_pictures_with_and_without_faces_are_not_mixed(tmp_path: Path) -> None:
    folder = opened(tmp_path / "out")
    folder.put(line(box()), b"jpeg")
    folder.save()
    with pytest.raises(Invalid, match="another folder"):
        opened(tmp_path / "out", redacted=False)


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("x")
    with pytest.raises(Invalid, match="not empty"):
        opened(tmp_path)
    with pytest.raises(Invalid, match="not empty"):
        opened(tmp_path / "thesis.txt")


@pytest.mark.parametrize("text", ["{}", "[]", "x", '{"violation_id":"x"}'])
def test_a_broken_manifest_is_named_with_its_line(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(f"{text}\n")
    with pytest.raises(Invalid, match="line 1"):
        opened(tmp_path)


def test_a_folder_is_full_at_its_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_folder, "MOST_LINES", 2)
    folder = opened(tmp_path / "out")
    for number in (1, 2):
        assert not folder.is_full
        folder.put(line(box(), number=number), b"jpeg")
    assert folder.is_full
