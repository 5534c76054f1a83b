"""Real pictures of pets pass a judge with the shipped weights: what rounds find, and under which name it is kept."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from models.catalogue.terms import Zone
from models.evidence.files import EvidenceFiles
from models.store import Store, devices, violations
from tests.support.counting import counted
from tests.support.edge import NOON, shipped_rounds, told
from tests.support.people import picture
from tests.support.world import Kitchen, seed_world
from vision.judging.detections import Detections
from vision.judging.judge import Opened
from vision.judging.rules import default_rules
from vision.pictures.decode import decode, encode
from vision.pipeline.mailbox import Frame
from vision.pipeline.storing import Recorder
from vision.rounds.frames import EVERY_S, LOOKS
from vision.rounds.rounds import Rounds
from vision.weights.shipped import shipped

SECONDS = 30


@pytest.fixture(scope="module")
def rounds() -> Rounds:
    return shipped_rounds()


def told_of(rounds: Rounds | None, shown: Path) -> list[Mapping[str, Any]]:
    """Show a picture to a judge at the edge, noisy so that the gate lets it pass; return the events."""
    rng, still = np.random.default_rng(3), cv2.imread(str(shown))
    assert still is not None
    jpegs = []
    for second in range(SECONDS):
        frame = np.roll(still, (second % 3) * 12, axis=1).astype(np.float32) + rng.normal(0, 6, still.shape)
        jpegs.append(encode(np.clip(frame, 0, 255).astype(np.uint8)))
    return told(jpegs, zone=Zone.storage, rounds=rounds)


def pets(shared: Path) -> list[Path]:
    rows = (shared / "datasets" / "pets_oxford" / "sources.csv").read_text().splitlines()[1:]
    held_out = [row.split(",")[0] for row in rows if row.split(",")[1] == "val"]
    return [shared / "datasets" / "pets_oxford" / "images" / f"{stem}.jpg" for stem in held_out]


def test_a_pet_opens_one_violation_under_the_name_of_the_weights_that_saw_it(rounds: Rounds, shared: Path) -> None:
    found = [told_of(rounds, path) for path in pets(shared)[:6]]
    opened = [event for events in found for event in events if str(event["type"]).endswith("opened")]
    assert len(opened) >= len(found) // 2
    for event in opened:
        data: Any = event["data"]
        assert data["code"] == "animal_intrusion"
        assert data["model"] == shipped("animals-n").reference()
        assert {box["name"] for box in data["boxes"]} <= {"cat", "dog"}


def test_without_rounds_the_same_pets_are_not_seen(shared: Path) -> None:
    assert [told_of(None, path) for path in pets(shared)[:3]] == [[], [], []]


def test_a_kitchen_without_animals_costs_a_look_every_twenty_seconds(rounds: Rounds, shared: Path) -> None:
    before = counted(LOOKS)
    still = min((shared / "footage").rglob("*.jpg"))
    assert not [event for event in told_of(rounds, still) if event["data"]["code"] == "animal_intrusion"]  # type: ignore[index]
    assert counted(LOOKS) - before == 1 + (SECONDS - 1) // EVERY_S


BOTH = {**shipped().reference(), "rounds": shipped("animals-n").reference()}


@pytest.mark.parametrize(
    ("code", "model"),
    [
        ("animal_intrusion", shipped("animals-n").reference()),
        ("phone_use", BOTH),
        ("no_chef_hat", shipped().reference()),
    ],
)
def test_a_stored_violation_names_the_weights_that_found_it(
    store: Store, tmp_path: Path, rounds: Rounds, code: str, model: dict[str, Any]
) -> None:
    kitchen: Kitchen = seed_world(store)[0]
    recorder = Recorder(
        store=store,
        files=EvidenceFiles(tmp_path),
        model=shipped().reference(),
        rules_version=default_rules().version,
        rounds=rounds,
    )
    rule = next(rule for rule in default_rules().rules if rule.code == code)
    with store.read() as r:
        route = devices.routes(r)[kitchen.camera]
    jpeg = picture(code)
    seen = Opened(
        rule=rule, started_s=NOON.timestamp(), at_s=NOON.timestamp(), score=0.9, shown=Detections.empty(), track_id=None
    )
    frame = Frame(device_id=kitchen.camera, jpeg=jpeg, occurred_at=NOON, received_at=NOON)
    violation_id = recorder.opened(seen, route, frame, decode(jpeg, long_side=512), at=NOON)
    assert violation_id is not None
    with store.read() as r:
        violation = violations.violation(r, violation_id)
    assert violation is not None
    assert violation.model == model
