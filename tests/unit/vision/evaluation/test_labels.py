"""Folders of labelled pictures from users: what is read, and what is refused with file and line."""

from pathlib import Path

import numpy as np
import pytest

from models.base.errors import Invalid
from vision.evaluation.labels import class_names, known_classes, origins, read_rows, read_truth, samples

KNOWN = {0: "head_covered", 1: "head_bare"}


def written(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_box_is_converted_to_corners(tmp_path: Path) -> None:
    label = written(tmp_path / "a.txt", "\ufeff0 0.5 0.5 0.2 0.4\r\n\r\n 7 0.5 0.5 0.1 0.1\n")
    found = read_truth(label, KNOWN)
    assert list(found) == ["head_covered"]
    np.testing.assert_allclose(found["head_covered"], [[0.4, 0.3, 0.6, 0.7]], atol=1e-6)


def test_an_outline_counts_as_its_bounding_box(tmp_path: Path) -> None:
    label = written(tmp_path / "a.txt", "1 0.4 0.3 0.6 0.3 0.55 0.7 0.5 0.5\n")
    np.testing.assert_allclose(read_truth(label, KNOWN)["head_bare"], [[0.4, 0.3, 0.6, 0.7]], atol=1e-6)


def test_a_box_slightly_outside_the_picture_is_cropped(tmp_path: Path) -> None:
    label = written(tmp_path / "a.txt", "0 0.1 0.5 0.205 0.4\n")
    np.testing.assert_allclose(read_truth(label, KNOWN)["head_covered"], [[0, 0.3, 0.2025, 0.7]], atol=1e-6)


@pytest.mark.parametrize(
    "row",
    [
        "0 320 240 64 64",  # pixels
        "0 nan .5 .2 .2",
        "nan .5 .5 .2 .2",
        "-1 .5 .5 .2 .2",
        "0.5 .5 .5 .2 .2",
        "inf .5 .5 .2 .2",
        "0 .5 .5 0 .2",
        "0 .5 .5 .2",
        "0 .5 .5 .2 .2 .9",  # a score: predictions are not labels
        "0 .9 .5 .4 .2",
        "hairnet .5 .5 .2 .2",
    ],
)
def test_an_invalid_row_is_refused_with_its_line(tmp_path: Path, row: str) -> None:
    label = written(tmp_path / "a.txt", f"0 0.5 0.5 0.2 0.2\n{row}\n")
    with pytest.raises(Invalid, match=r"a\.txt, line 2: expected"):
        read_rows(label)


def test_a_label_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"a\.txt: expected UTF-8"):
        read_rows(written(tmp_path / "a.txt", b"\xff\xfe\x00\x80\xff"))


def test_an_empty_line_between_classes_keeps_their_numbers(tmp_path: Path) -> None:
    written(tmp_path / "classes.txt", "hairnet\n\nno_hairnet\n\n")
    assert class_names(tmp_path) == ["hairnet", "", "no_hairnet"]
    assert known_classes(tmp_path, ("head_covered", "head_bare")) == {0: "head_covered", 2: "head_bare"}


def test_pictures_without_a_labels_folder_are_refused(tmp_path: Path) -> None:
    written(tmp_path / "images" / "a.jpg", b"")
    with pytest.raises(Invalid, match="expected labels/"):
        list(samples(tmp_path, KNOWN))


def test_a_picture_without_a_label_file_is_empty_in_every_format(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.webp", "c.BMP", "notes.txt"):
        written(tmp_path / "images" / name, b"")
    (tmp_path / "labels").mkdir()
    assert [(s.path.name, dict(s.truth)) for s in samples(tmp_path, KNOWN)] == [
        ("a.jpg", {}),
        ("b.webp", {}),
        ("c.BMP", {}),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_sources_are_read_as_excel_writes_them(tmp_path: Path, encoding: str) -> None:
    written(tmp_path / "sources.csv", "file,split,source\r\na.jpg,test,后厨一\r\n".encode(encoding))
    assert origins(tmp_path, wanted=True) == {"a": ("test", "后厨一")}


def test_a_row_of_sources_without_a_split_is_named_where_splits_are_wanted(tmp_path: Path) -> None:
    written(tmp_path / "sources.csv", "file,split,source\na.jpg,test,x\nb.jpg\n")
    assert origins(tmp_path, wanted=False) == {"a": ("test", "x")}
    with pytest.raises(Invalid, match=r"sources\.csv, line 3"):
        origins(tmp_path, wanted=True)
