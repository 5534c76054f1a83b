"""Scene packs: every shipped one is whole, each line of business has one, and a wrong one says where."""

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from alerts.duties.packs import pack
from alerts.duties.scene_packs import GENERIC, ScenePack, read, scene_of, scene_packs
from models.base.errors import Invalid
from models.catalogue.duty_terms import Indicator
from models.catalogue.supervision_terms import BusinessKind

SHIPPED = list(scene_packs().values())


def data(name: str = "school") -> dict[str, Any]:
    text = files("alerts.duties").joinpath(f"scenes/{name}.v1.toml").read_text("utf-8")
    return tomllib.loads(text)


@pytest.mark.parametrize("scene", SHIPPED, ids=lambda scene: scene.id)
def test_every_pack_has_a_form_points_zones_indicators_and_words(scene: ScenePack) -> None:
    form = pack(scene.day)
    assert len(form.rows) >= 8
    assert any(row.key for row in form.rows)
    assert scene.zones
    assert scene.indicators
    assert len(scene.week) >= 3
    assert len(scene.month) >= 3
    assert all(scene.words.values())
    kept = {Indicator.meals_kept, Indicator.meals_sampled, Indicator.supplies_traced} & set(scene.indicators)
    assert bool(kept) == bool(scene.meals)
    assert (Indicator.meals_accompanied in scene.indicators) == scene.accompanied


def test_the_seven_scenes_are_there_and_have_forms_of_their_own() -> None:
    assert set(scene_packs()) == {
        "school",
        "catering",
        "central_kitchen",
        "meal_delivery",
        "elderly",
        "staff_canteen",
        GENERIC,
    }
    assert len({scene.day for scene in SHIPPED}) == len(SHIPPED)


@pytest.mark.parametrize(
    ("kind", "scene"),
    [
        (BusinessKind.school_canteen, "school"),
        (BusinessKind.nursery_canteen, "school"),
        (BusinessKind.elderly_canteen, "elderly"),
        (BusinessKind.other_canteen, "staff_canteen"),
        (BusinessKind.meal_delivery, "meal_delivery"),
        (BusinessKind.central_kitchen, "central_kitchen"),
        (BusinessKind.restaurant, "catering"),
        (BusinessKind.grocery, GENERIC),
        (None, GENERIC),
    ],
)
def test_the_line_of_business_chooses_the_pack(kind: BusinessKind | None, scene: str) -> None:
    assert scene_of(kind).id == scene


def test_every_line_of_business_has_a_pack() -> None:
    assert {scene_of(kind).id for kind in BusinessKind} == set(scene_packs())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"day": "day.moon.v1"}, "day: day.moon.v1"),
        ({"zones": ["toilet"]}, "toilet"),  # no camera may hang there
        ({"rules": ["no_hat"]}, "rules: no_hat"),
        ({"sensors": ["noise"]}, "sensors: noise"),
        ({"meals": ["brunch"]}, "brunch"),
        ({"meals": []}, "accompanied"),
        ({"indicators": ["luck"]}, "luck"),
        ({"kinds": ["bank"]}, "bank"),
        ({"words": {"principal": "校长"}}, "words"),
        ({"week": []}, "week"),
        ({"version": "one"}, "invalid literal"),
    ],
)
def test_a_wrong_pack_is_refused_with_the_place(change: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read(data() | change)


def test_a_pack_without_a_field_is_refused() -> None:
    whole = data()
    del whole["zones"]
    with pytest.raises(Invalid, match="expected the field 'zones'"):
        read(whole)
