"""Labels from verdicts: rows, negatives, splits, and lines of the manifest."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.precision.labelling import Line, classes_of, label_text, sources_text, split_of
from models.base.jsonio import dumps, loads

KNOWN = ("head_bare", "phone")
PICTURE = f"{'ab' * 32}.jpg"


def box(name: str = "head_bare", **sides: float) -> dict[str, Any]:
    return {"name": name, "score": 0.9, "x": 0.25, "y": 0.5, "w": 0.5, "h": 0.25} | sides


def line(
    *boxes: dict[str, Any], number: int = 1, confirmed: bool = True, camera: str = "cam-a", picture: str = PICTURE
) -> Line:
    return Line(
        violation_id=UUID(int=number),
        alert_id=UUID(int=9),
        code="no_chef_hat",
        confirmed=confirmed,
        camera=camera,
        found_at=datetime(2026, 11, 1, 4, tzinfo=UTC),
        model={"name": "kitchen-n", "version": "1", "sha256": "ef" * 32},
        rule={"id": "no_chef_hat", "version": "1"},
        picture=picture,
        sha256="cd" * 32,
        redacted=True,
        boxes=boxes,
    )


def test_a_confirmed_box_is_a_row_of_centre_and_size() -> None:
    assert label_text([line(box())], "head_bare") == "0 0.500000 0.625000 0.500000 0.250000\n"


def test_a_rejected_violation_is_a_negative() -> None:
    assert label_text([line(box(), confirmed=False)], "head_bare") == ""


def test_the_same_boxes_of_two_violations_are_one_row_and_a_confirmed_one_wins() -> None:
    two = [line(box(), number=1), line(box(), number=2, confirmed=False), line(box(), number=3)]
    assert label_text(two, "head_bare").count("\n") == 1


def test_a_class_has_its_own_boxes_only() -> None:
    both = [line(box(), box("phone", x=0.0))]
    assert label_text(both, "phone") == "0 0.250000 0.625000 0.500000 0.250000\n"
    assert classes_of(both[0].boxes, KNOWN) == {"head_bare", "phone"}


@pytest.mark.parametrize(
    "odd",
    [
        {"name": "head_bare"},
        box(w=0.0),
        box(x=1.2),
        box(x=None),  # type: ignore[arg-type]
        box("mover"),
        {"x": 0.1, "y": 0.1, "w": 0.1, "h": 0.1},
    ],
)
def test_a_box_without_a_place_or_a_known_class_is_no_label(odd: dict[str, Any]) -> None:
    assert classes_of([odd], KNOWN) == frozenset()
    assert label_text([line(odd)], "head_bare") == ""


@given(*[st.floats(-1, 2)] * 4)
def test_every_row_lies_in_the_picture(x: float, y: float, w: float, h: float) -> None:
    for row in label_text([line(box(x=x, y=y, w=w, h=h))], "head_bare").splitlines():
        cx, cy, width, height = map(float, row.split()[1:])
        for centre, size in ((cx, width), (cy, height)):
            assert centre - size / 2 >= -1e-6
            assert centre + size / 2 <= 1 + 1e-6


def test_a_camera_is_in_one_split_and_cameras_are_in_all() -> None:
    splits = [split_of(f"cam-{n}") for n in range(400)]
    assert all(splits.count(name) > 20 for name in ("train", "val", "test"))
    text = sources_text([line(number=1), line(number=2)])
    assert text == f"file,split,source\n{PICTURE},{split_of('cam-a')},cam-a\n"


def test_a_line_survives_the_manifest() -> None:
    one = line(box())
    assert Line.of_json(loads(dumps(one.as_json()))) == one


@pytest.mark.parametrize("picture", ["../x.jpg", f"/{PICTURE}", "x.jpg", f"{PICTURE}/..", ""])
def test_a_manifest_names_no_file_elsewhere(picture: str) -> None:
    raw = loads(dumps(line(box()).as_json())) | {"picture": picture}
    with pytest.raises(ValueError, match="expected a sha256"):
        Line.of_json(raw)
