"""Held-out pictures of smokers, pasted small into real footage, pass a judge with the shipped weights."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from models.catalogue.terms import Zone
from tests.support.counting import counted
from tests.support.edge import shipped_rounds, told
from vision.closeups.opening import open_shipped
from vision.evaluation.assembled import assembled
from vision.pictures.decode import MAX_SIDE, read_picture
from vision.rounds.heads import EVERY_S, LOOKS, PER_FRAME
from vision.rounds.rounds import Rounds
from vision.weights.shipped import shipped

SECONDS = 65


@pytest.fixture(scope="module")
def rounds() -> Rounds:
    return shipped_rounds()


def smoking(rounds: Rounds | None, jpegs: list[bytes]) -> list[Mapping[str, Any]]:
    """Show frames to a judge; return what smoking opens."""
    events = told(jpegs, zone=Zone.cutting, rounds=rounds, closeups=open_shipped(threads=1))
    return [one for one in events if str(one["type"]).endswith("opened") and one["data"]["code"] == "smoking"]


SMOKERS = {"cigarette_wide_0081": 1, "cigarette_wide_0085": 4, "cigarette_wide_0099": 14, "cigarette_wide_0111": 24}
"""Held-out pictures (part `val`) → seed of their place, in which only looks near heads found smoking when these weights
were measured: within two minutes 12 of 25 with them, 7 without."""


def test_smokers_that_only_looks_near_heads_find_open_under_the_name_of_both_networks(
    rounds: Rounds, shared: Path
) -> None:
    still = read_picture(min((shared / "footage" / "cam_prep_a").glob("*.jpg")), long_side=MAX_SIDE)
    found = {True: 0, False: 0}
    for stem, seed in SMOKERS.items():
        picture = read_picture(shared / "datasets" / "cigarette_wide" / "images" / f"{stem}.jpg", long_side=MAX_SIDE)
        jpegs = assembled(still, picture, side=300, seed=seed, seconds=SECONDS)
        for near in found:
            events = smoking(rounds if near else None, jpegs)
            found[near] += bool(events)
            for event in events:
                rounds_too = {"rounds": shipped("cigarette-n").reference()} if near else {}
                assert event["data"]["model"] == shipped().reference() | rounds_too
                assert {box["name"] for box in event["data"]["boxes"]} == {"cigarette"}
    assert found[True] > found[False]


def test_a_kitchen_without_a_smoker_costs_a_look_once_a_minute(rounds: Rounds, shared: Path) -> None:
    still = read_picture(min((shared / "footage" / "cam_prep_b").glob("*.jpg")), long_side=MAX_SIDE)
    before = counted(LOOKS)
    jpegs = assembled(still, None, side=0, seed=1, seconds=SECONDS)
    assert not smoking(rounds, jpegs)
    turns = 1 + int((SECONDS - 1) // EVERY_S)
    assert 1 <= counted(LOOKS) - before <= PER_FRAME * turns
