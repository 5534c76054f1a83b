"""The judge of a tenant's cameras: a fault of one does not affect the others, and what opens also ends."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import create_autospec

import numpy as np
import pytest

from models.base.clock import SteppedClock
from models.base.errors import EvidenceStoreAway, LeaseLost, StoreUnavailable
from models.base.ids import uuid7
from models.catalogue.terms import DeviceKind, Review, Severity, ViolationState, Zone
from models.domain.place import place_of
from models.domain.violations import Violation
from models.store.devices import Route
from tests.support.scripted import ENTRY, Scripted
from vision.engines.detector import Detector
from vision.judging.rules import default_rules
from vision.pictures.decode import encode
from vision.pipeline.eye import UNSEEN_AFTER
from vision.pipeline.mailbox import Frame
from vision.pipeline.pipeline import Pipeline
from vision.pipeline.storing import Recorder

AT = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)
BARE = (1, 0.9, 32, 20, 16, 12)
JPEG = encode(np.full((360, 640, 3), 90, np.uint8))
STRIPES = encode(np.tile(np.array([[[0], [255]]], np.uint8), (360, 320, 3)))


def route(device: str, *, zone: Zone = Zone.cooking) -> Route:
    return Route(
        device_id=device,
        node_id="node",
        site_id="site",
        tenant_id="tenant",
        entity_id=uuid7(),
        region_code="330602",
        kind=DeviceKind.camera,
        sensor_code=None,
        zone=zone,
        config={},
        closed_from=None,
        closed_to=None,
        session=1,
    )


class Judge:
    """A pipeline with a recorder that only records its calls."""

    def __init__(self, *devices: str, imgsz: int = ENTRY.imgsz) -> None:
        self.clock = SteppedClock(AT)
        self.routes = {device: route(device) for device in devices}
        self.recorder = create_autospec(Recorder, instance=True)
        self.recorder.opened.side_effect = lambda *_, **__: uuid7()
        registry: Any = SimpleNamespace(routes=self.routes, fresh=lambda: None)
        self.pipeline = Pipeline(
            detector=Detector(replace(ENTRY, imgsz=imgsz), Scripted(BARE)),
            rules=default_rules(),
            recorder=self.recorder,
            registry=registry,
            clock=self.clock,
            gate=False,
        )
        self.stop = threading.Event()

    def frame(self, device: str, *, jpeg: bytes = JPEG) -> Frame:
        return Frame(device_id=device, jpeg=jpeg, occurred_at=self.clock.now(), received_at=self.clock.now())

    def watch(self, seconds: int, *devices: str, jpeg: bytes = JPEG) -> None:
        for _ in range(seconds):
            self.clock.advance(timedelta(seconds=1))
            frames = [self.frame(device, jpeg=jpeg) for device in devices or self.routes]
            self.pipeline._judge([(frame, self.pipeline._decoded(frame)) for frame in frames], stop=self.stop)

    def ends(self) -> list[datetime]:
        return [call.kwargs["ended_at"] for call in self.recorder.ended.call_args_list]


@pytest.mark.parametrize(("imgsz", "width"), [(512, 640), (640, 640), (960, 1280)])
def test_a_frame_is_decoded_as_large_as_the_weights_see(imgsz: int, width: int) -> None:
    judge = Judge("cam", imgsz=imgsz)
    seen = judge.pipeline._decoded(judge.frame("cam", jpeg=encode(np.zeros((720, 1280, 3), np.uint8))))
    assert seen is not None
    assert seen.shape[1] == width


def test_an_error_with_one_camera_does_not_affect_the_others() -> None:
    judge = Judge("bad", "good")

    def opened(_: object, where: Route, *__: object, **___: object) -> object:
        if where.device_id == "bad":
            raise OverflowError("date value out of range")
        return uuid7()

    judge.recorder.opened.side_effect = opened
    judge.watch(10)
    assert {call.args[1].device_id for call in judge.recorder.opened.call_args_list} == {"bad", "good"}


def test_a_frame_that_could_not_be_judged_is_seen_and_not_analysed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger of a camera must not say that it was watched while its judge fails."""

    def fails(*_: object, **__: object) -> None:
        raise ValueError("the truth value of an array")

    judge = Judge("cam")
    book = judge.pipeline._minutes
    judge.watch(2)
    (good,) = book._minutes.values()
    assert (len(good.seen), len(good.analysed)) == (1, 1)
    book.written()
    monkeypatch.setattr("vision.pipeline.camera.Camera.judge_frame", fails)
    judge.clock.advance(timedelta(minutes=5))
    judge.watch(2)
    (bad,) = book._minutes.values()
    assert (len(bad.seen), len(bad.analysed)) == (1, 0)


@pytest.mark.parametrize("error", [StoreUnavailable("away"), EvidenceStoreAway("disk full")])
def test_it_waits_for_an_unavailable_database_or_evidence_store(error: Exception) -> None:
    judge = Judge("cam")
    judge.recorder.opened.side_effect = [error, uuid7()]
    judge.watch(10)
    assert judge.recorder.opened.call_count == 2


def test_a_check_that_is_off_at_a_camera_is_looked_up_once_and_has_no_end() -> None:
    judge = Judge("off", "on")
    judge.recorder.opened.side_effect = lambda _, where, *__, **___: None if where.device_id == "off" else uuid7()
    judge.watch(10)
    assert sorted(call.args[1].device_id for call in judge.recorder.opened.call_args_list) == ["off", "on"]
    judge.clock.advance(UNSEEN_AFTER + timedelta(seconds=1))
    judge.pipeline._end_the_silent()
    assert len(judge.ends()) == 1


def moved(judge: Judge) -> None:
    judge.routes["cam"] = route("cam", zone=Zone.waste)


def revoked(judge: Judge) -> None:
    del judge.routes["cam"]


def set_back(judge: Judge) -> None:
    judge.clock.advance(timedelta(minutes=-10))


@pytest.mark.parametrize("happens", [moved, revoked, set_back])
def test_a_violation_that_is_no_longer_checked_ends_with_its_last_frame(happens: Callable[[Judge], None]) -> None:
    judge = Judge("cam")
    judge.watch(10)
    last = judge.clock.now()
    assert judge.recorder.opened.call_count == 1
    happens(judge)
    judge.watch(1, "cam")
    assert judge.ends() == [last]


def test_the_judge_continues_after_the_clock_was_set_back() -> None:
    judge = Judge("cam")
    judge.watch(10)
    set_back(judge)
    judge.watch(10)
    assert judge.recorder.opened.call_count == 2


def test_a_silent_camera_ends_open_violations_and_keeps_the_fault_of_its_picture() -> None:
    judge = Judge("cam")
    judge.watch(70, jpeg=STRIPES)  # every picture is the same: frozen
    last = judge.clock.now()
    (told,) = judge.recorder.condition.call_args_list
    assert told.args[1] is None
    judge.clock.advance(UNSEEN_AFTER + timedelta(seconds=1))
    judge.pipeline._end_the_silent()
    assert judge.ends() == [last]
    for second in range(30):
        judge.watch(1, jpeg=encode(np.full((360, 640, 3), 60 + 3 * (second % 2), np.uint8)))
    assert judge.recorder.condition.call_args_list[1].args[1] == "camera_frozen"
    assert judge.recorder.opened.call_count == 2  # the situation still exists, and is detected again


def left(device: str, *, rule: str = "head_bare") -> Violation:
    """A violation that another judge opened and left open."""
    return Violation(
        id=uuid7(),
        **place_of(route(device)),
        code="no_chef_hat",
        severity=Severity.major,
        track_id=1,
        state=ViolationState.active,
        review=Review.unreviewed,
        started_at=AT,
        ended_at=None,
        occurred_at=AT,
        received_at=AT,
        score=0.9,
        boxes=[],
        model={},
        rule={"id": rule, "version": "1"},
        evidence_ids=(),
        alert_id=None,
        version=1,
    )


def rule_of(judge: Judge) -> str:
    """The rule that opens a violation of these pictures."""
    judge.watch(10)
    return str(judge.recorder.opened.call_args.args[0].rule.id)


def test_what_another_judge_left_open_is_not_opened_again_and_ends_once() -> None:
    rule = rule_of(Judge("cam"))
    judge = Judge("cam")
    known = left("cam", rule=rule)
    judge.pipeline.take_up([known], [])
    judge.watch(30)
    assert not judge.recorder.opened.called
    assert not judge.recorder.ended.called
    judge.clock.advance(UNSEEN_AFTER + timedelta(seconds=1))
    judge.pipeline._end_the_silent()
    assert [call.args[0] for call in judge.recorder.ended.call_args_list] == [known.id]


def test_what_was_taken_up_ends_without_a_single_frame() -> None:
    judge = Judge("cam")
    judge.pipeline.take_up([left("cam", rule=rule_of(Judge("cam")))], [])
    taken_up_at = judge.clock.now()
    judge.clock.advance(UNSEEN_AFTER + timedelta(seconds=1))
    judge.pipeline._end_the_silent()
    assert judge.ends() == [taken_up_at]


def test_what_nobody_watches_any_more_is_ended_at_once() -> None:
    rule = rule_of(Judge("cam"))
    judge = Judge("cam")
    one, twice, no_rule, gone = left("cam", rule=rule), left("cam", rule=rule), left("cam", rule="?"), left("gone")
    judge.pipeline.take_up([one, twice, no_rule, gone], [])
    judge.recorder.end_unwatched.side_effect = [StoreUnavailable("away"), None]
    judge.pipeline._do_soon()
    judge.pipeline._do_soon()
    judge.pipeline._do_soon()
    assert judge.recorder.end_unwatched.call_count == 2
    assert judge.recorder.end_unwatched.call_args.args[0] == [twice, no_rule, gone]


def test_a_camera_of_a_site_that_was_left_is_forgotten_and_nothing_of_it_ends() -> None:
    judge = Judge("cam")
    judge.watch(10)
    judge.pipeline.leave({"site"})
    judge.clock.advance(UNSEEN_AFTER + timedelta(seconds=1))
    judge.pipeline._end_the_silent()
    assert not judge.recorder.ended.called


def test_a_judge_whose_lease_was_lost_goes_on_with_its_other_cameras() -> None:
    judge = Judge("lost", "kept")

    def opened(_: object, where: Route, *__: object, **___: object) -> object:
        if where.device_id == "lost":
            raise LeaseLost
        return uuid7()

    judge.recorder.opened.side_effect = opened
    judge.recorder.ended.side_effect = LeaseLost
    judge.watch(10)
    assert "kept" in {call.args[1].device_id for call in judge.recorder.opened.call_args_list}
    judge.clock.advance(UNSEEN_AFTER + timedelta(seconds=1))
    judge.pipeline._end_the_silent()
    judge.pipeline._end_the_silent()
    assert judge.recorder.ended.call_count == 1  # another process watches it, so it is not tried again
