"""A rule that is off as shipped is judged at the cameras for which somebody switched its code on, and nowhere else."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from ingest.registry import Registry
from models.base.clock import SteppedClock
from models.catalogue.codes import VIOLATION_CODES
from models.evidence.files import EvidenceFiles
from models.store import Store, devices, violations
from models.store.devices import Route
from tests.support.overrides import end_it, override
from tests.support.people import raise_alert
from tests.support.scripted import ENTRY, Scripted
from tests.support.waiting import wait_for
from tests.support.world import Kitchen, seed_world
from vision.engines.detector import Detector
from vision.judging.rules import RuleSet, default_rules
from vision.pipeline import asked
from vision.pipeline.asked import AskedRules
from vision.pipeline.pipeline import Pipeline
from vision.pipeline.storing import Recorder

AT = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)
GLOVES = "no_gloves"


@pytest.fixture
def kitchens(store: Store) -> tuple[Kitchen, Kitchen]:
    return seed_world(store)


def routes(store: Store) -> dict[str, Route]:
    with store.read() as r:
        return dict(devices.routes(r))


def on(rules: RuleSet) -> set[str]:
    return {rule.code for rule in rules.rules if not rule.off}


def test_the_catalogue_says_truly_which_codes_have_a_rule_and_which_is_off() -> None:
    rules = default_rules().rules
    has_rule = {rule.code for rule in rules}
    people = {code for code, entry in VIOLATION_CODES.items() if not code.startswith(("camera_", "sensor_", "duty_"))}
    off = {rule.code for rule in rules if rule.off}
    assert {code for code in people if VIOLATION_CODES[code].judged == "asked"} == off
    elsewhere = people - has_rule - {"accountable_missing"}
    assert {code for code in people if VIOLATION_CODES[code].judged == "elsewhere"} == elsewhere


def test_a_rule_is_on_where_it_is_asked_for_and_off_again_after(
    store: Store, kitchens: tuple[Kitchen, Kitchen]
) -> None:
    a, b = kitchens
    known, cameras = routes(store), [a.camera, b.camera]
    rules = AskedRules(default_rules(), store)
    assert rules.look(known, cameras, at=AT) == []
    assert GLOVES not in on(rules.of(a.camera))
    begun = override(store, GLOVES, at=AT, entity_id=a.entity, watched=True)
    assert rules.look(known, cameras, at=AT) == [a.camera]
    assert on(rules.of(a.camera)) - on(rules.of(b.camera)) == {GLOVES}
    assert rules.of(a.camera).version == default_rules().version
    assert rules.look(known, [b.camera], at=AT) == [], "one camera's look changes no other"
    assert GLOVES in on(rules.of(a.camera))
    end_it(store, begun, at=AT + timedelta(minutes=1))
    assert rules.look(known, cameras, at=AT + timedelta(minutes=2)) == [a.camera]
    assert GLOVES not in on(rules.of(a.camera))


def test_a_narrower_place_says_no(store: Store, kitchens: tuple[Kitchen, Kitchen]) -> None:
    a, _ = kitchens
    override(store, GLOVES, at=AT, region_code="3306", watched=True)
    override(store, GLOVES, at=AT, device_id=a.camera, watched=False)
    rules = AskedRules(default_rules(), store)
    rules.look(routes(store), [a.camera], at=AT)
    assert GLOVES not in on(rules.of(a.camera))


def test_other_changes_of_the_code_ask_for_nothing(store: Store, kitchens: tuple[Kitchen, Kitchen]) -> None:
    a, _ = kitchens
    override(store, GLOVES, at=AT, entity_id=a.entity, min_score=0.5)
    rules = AskedRules(default_rules(), store)
    assert rules.look(routes(store), [a.camera], at=AT) == []


@pytest.mark.parametrize("asked_for", [True, False])
def test_a_judge_that_takes_over_goes_on_with_what_is_asked_for_and_ends_the_rest(
    store: Store, kitchens: tuple[Kitchen, Kitchen], tmp_path: Path, *, asked_for: bool
) -> None:
    a, _ = kitchens
    with store.write() as w:  # outside of these rooms gloves are advice, and no rule applies
        w.raw.execute("UPDATE device SET zone = 'special_room' WHERE id = %s", [a.camera])
    raise_alert(store, EvidenceFiles(tmp_path), a, GLOVES, at=AT)
    with store.read() as r:
        (left,) = (one.id for one in violations.watched_at_sites(r, [a.site]))
    begun = override(store, GLOVES, at=AT, entity_id=a.entity, watched=True)
    if not asked_for:
        end_it(store, begun, at=AT)
    recorder = Recorder(store=store, files=EvidenceFiles(tmp_path), model={}, rules_version="1")
    registry = Registry(store)
    registry.know_sites([a.site])
    pipeline = Pipeline(
        detector=Detector(ENTRY, Scripted()),
        rules=default_rules(),
        recorder=recorder,
        registry=registry,
        clock=SteppedClock(AT),
    )
    pipeline.take_up(*recorder.left_open([a.site]))
    stop = threading.Event()
    judging = threading.Thread(target=pipeline.run, kwargs={"stop": stop})
    judging.start()
    try:
        if not asked_for:
            wait_for(lambda: ended_at(store, left) is not None, timeout_s=20)
    finally:
        stop.set()
        judging.join()
    assert (ended_at(store, left) is None) is asked_for


def ended_at(store: Store, violation_id: UUID) -> datetime | None:
    with store.read() as r:
        found = violations.violation(r, violation_id)
    assert found is not None
    return found.ended_at


def test_it_looks_at_intervals(
    store: Store, kitchens: tuple[Kitchen, Kitchen], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, _ = kitchens
    known = routes(store)
    rules = AskedRules(default_rules(), store)
    assert rules.renew(known, [a.camera], at=AT) == []
    override(store, GLOVES, at=AT, entity_id=a.entity, watched=True)
    assert rules.renew(known, [a.camera], at=AT) == [], "it has just looked"
    monkeypatch.setattr(asked, "EVERY_S", 0.0)
    rules = AskedRules(default_rules(), store)
    assert rules.renew(known, [a.camera], at=AT) == [a.camera]
    assert rules.renew(known, [a.camera], at=AT) == []
    assert rules.renew({}, [], at=AT) == []
    assert GLOVES not in on(rules.of(a.camera)), "a camera that is gone is forgotten"
