"""Areas of a picture: which boxes lie in one, what is none, and how one is said."""

from typing import Any

import pytest

from models.base.errors import Invalid, LawDemands
from models.catalogue.areas import Area, Span, area_text, holds, is_area, span_of
from models.catalogue.checking import require_lawful, require_sensible
from models.catalogue.codes import VIOLATION_CODES
from models.catalogue.overrides import Changes
from models.catalogue.terms import Role
from models.catalogue.words import value_text


def box(x: float, y: float) -> dict[str, Any]:
    return {"x": x, "y": y, "w": 0.2, "h": 0.2, "label": "head"}


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ([], None),
        ([box(0.1, 0.3)], (0.2, 0.4, 0.2, 0.4)),
        ([box(0.1, 0.3), box(0.5, 0.1)], (0.2, 0.2, 0.6, 0.4)),
        ([box(0.1, 0.3), {"label": "head"}], None),
        ([box(0.1, 0.3) | {"h": None}], None),
    ],
)
def test_a_span_is_around_all_centres(boxes: list[dict[str, Any]], expected: Span | None) -> None:
    assert span_of(boxes) == (expected if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("area", "span", "expected"),
    [
        ((0.25, 0.25, 0.25, 0.25), (0.25, 0.25, 0.49, 0.49), True),
        ((0.25, 0.25, 0.25, 0.25), (0.25, 0.25, 0.5, 0.49), False),  # the right edge is the next cell's
        ((0.25, 0.25, 0.25, 0.25), (0.24, 0.25, 0.3, 0.3), False),
        ((0.75, 0.75, 0.25, 0.25), (0.8, 0.8, 1.0, 1.0), True),  # no cell follows at the edge of the picture
        ((0.7, 0.0, 0.3, 1.0), (0.7, 0.0, 1.0, 1.0), True),
    ],
)
def test_an_area_holds_what_lies_in_it_with_every_centre(area: Area, span: Span, *, expected: bool) -> None:
    assert holds(area, span) is expected


@pytest.mark.parametrize(
    ("area", "expected"),
    [
        ((0.0, 0.0, 1.0, 1.0), True),
        ((0.7, 0.1, 0.3, 0.2), True),
        ((0.8, 0.0, 0.3, 0.1), False),
        ((-0.1, 0.0, 0.3, 0.1), False),
        ((0.1, 0.1, 0.0, 0.1), False),
        ((float("nan"), 0.1, 0.1, 0.1), False),
    ],
)
def test_an_area_lies_in_the_picture(area: Area, *, expected: bool) -> None:
    entry, changes = VIOLATION_CODES["phone_use"], Changes(ignored_area=area)
    assert is_area(area) is expected
    if expected:
        require_sensible(entry, changes)
    else:
        with pytest.raises(Invalid, match="屏蔽区域"):
            require_sensible(entry, changes)


def test_an_area_is_said_in_percent_and_survives_storage() -> None:
    area = (0.25, 0.0, 0.125, 0.25)
    assert area_text(area) == "左起 25%–37.5%、上起 0%–25%"
    assert value_text(VIOLATION_CODES["phone_use"], "ignored_area", area) == area_text(area)
    assert value_text(VIOLATION_CODES["phone_use"], "ignored_area", None) == "无"
    assert Changes.of_json(Changes(ignored_area=area).as_json()).ignored_area == area


def test_what_a_law_demands_is_watched_in_the_whole_picture_unless_an_administrator_says_so() -> None:
    changes = Changes(ignored_area=(0.0, 0.0, 0.25, 0.25))
    with pytest.raises(LawDemands, match="whole picture"):
        require_lawful(VIOLATION_CODES["smoking"], changes, role=Role.regulator)
    require_lawful(VIOLATION_CODES["smoking"], changes, role=Role.admin)
    require_lawful(VIOLATION_CODES["phone_use"], changes, role=Role.regulator)
