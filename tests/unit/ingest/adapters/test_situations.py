from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ingest.adapters.events import VendorEvent, cloud_event
from ingest.adapters.situations import MOST_OPEN, Situations, manner_of
from ingest.adapters.table import meaning

T0 = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
ENDS_AFTER = manner_of("edge_box").silent_for
RAT = VendorEvent(vendor="edge_box", name="MICE", meaning=meaning("edge_box", "MICE"), channel="1", id="1/MICE", at=T0)


def test_a_lasting_situation_is_reported_once() -> None:
    going_on = Situations()
    assert going_on.saw(RAT, "cam", at=T0) is not None
    for second in range(1, 30):
        again = replace(RAT, at=T0 + timedelta(seconds=second))
        assert going_on.saw(again, "cam", at=again.at) is None


def test_an_end_belongs_to_its_begin_and_the_next_situation_is_new() -> None:
    going_on = Situations()
    first = going_on.saw(RAT, "cam", at=T0)
    end = going_on.saw(replace(RAT, ended=True, at=T0 + timedelta(seconds=9)), "cam", at=T0)
    second = going_on.saw(replace(RAT, at=T0 + timedelta(minutes=5)), "cam", at=T0)
    assert first is not None
    assert end is not None
    assert second is not None
    assert (end.id, end.ended) == (first.id, True)
    assert second.id != first.id


def test_silence_ends_a_situation() -> None:
    going_on = Situations()
    opened = going_on.saw(RAT, "cam", at=T0)
    assert list(going_on.over(at=T0 + ENDS_AFTER - timedelta(seconds=1))) == []
    over = list(going_on.over(at=T0 + ENDS_AFTER))
    assert [(device, event.id, event.ended) for device, event in over] == [("cam", opened.id, True)]  # type: ignore[union-attr]
    assert list(going_on.over(at=T0 + timedelta(hours=1))) == []


def test_an_end_without_a_begin_is_ignored() -> None:
    going_on = Situations()
    assert going_on.saw(replace(RAT, ended=True), "cam", at=T0) is None
    assert going_on.saw(replace(RAT, meaning=meaning("aliyun", "chefcap")), "cam", at=T0) is None


def test_the_number_of_open_situations_is_bounded() -> None:
    going_on = Situations()
    for number in range(MOST_OPEN * 2):
        going_on.saw(replace(RAT, id=str(number)), f"cam{number}", at=T0)
    assert len(list(going_on.over(at=T0 + timedelta(hours=1)))) == MOST_OPEN


DOG = VendorEvent(
    vendor="frigate", name="dog", meaning=meaning("frigate", "dog"), channel="kitchen", id="1-abc", at=T0, began=T0
)
FIELD = VendorEvent(
    vendor="hikvision",
    name="fielddetection",
    meaning=meaning("hikvision", "fielddetection"),
    channel="1",
    id="1/fielddetection",
    at=T0,
)


def after(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


@pytest.mark.parametrize("every", [60.2, 61, 600])
def test_a_frigate_object_that_stands_still_for_hours_is_one_situation(every: float) -> None:
    going_on, told, ended = Situations(), 0, 0
    for number in range(int(3 * 3600 / every)):
        at = after(number * every)
        told += going_on.saw(DOG, "cam", at=at) is not None
        ended += len(list(going_on.over(at=at)))
    assert (told, ended) == (1, 0)


def test_a_frigate_review_without_updates_ends_when_frigate_says_so() -> None:
    going_on = Situations()
    opened = going_on.saw(DOG, "cam", at=T0)
    assert list(going_on.over(at=after(3000))) == []
    end = going_on.saw(replace(DOG, ended=True, at=after(3001)), "cam", at=after(3001))
    assert opened is not None
    assert end is not None
    assert (end.id, end.at, end.amends) == (opened.id, after(3001), False)


def test_a_review_whose_objects_change_is_still_one_situation() -> None:
    going_on = Situations()
    assert going_on.saw(replace(DOG, name="person", meaning=meaning("frigate", "person")), "cam", at=T0) is None
    opened = going_on.saw(DOG, "cam", at=after(1))
    end = going_on.saw(replace(DOG, name="cat", ended=True, at=after(9)), "cam", at=after(9))
    assert opened is not None
    assert end is not None
    assert (end.id, end.name) == (opened.id, "dog")


def test_an_end_after_silence_corrects_the_end_and_late_messages_open_nothing() -> None:
    going_on = Situations()
    opened = going_on.saw(DOG, "cam", at=T0)
    later = 13 * 3600
    assert len(list(going_on.over(at=after(later)))) == 1
    assert going_on.saw(DOG, "cam", at=after(later + 1)) is None
    end = going_on.saw(replace(DOG, ended=True, at=after(later + 2)), "cam", at=after(later + 2))
    assert opened is not None
    assert end is not None
    assert (end.id, end.at, end.amends) == (opened.id, after(later + 2), True)
    assert going_on.saw(replace(DOG, ended=True, at=after(later + 2)), "cam", at=after(later + 3)) != opened


def test_an_end_of_a_situation_from_before_a_restart_belongs_to_the_same_violation() -> None:
    opened = Situations().saw(DOG, "cam", at=T0)
    end = Situations().saw(replace(DOG, ended=True, at=after(90)), "cam", at=after(90))
    assert opened is not None
    assert end is not None
    address = {"tenant": "t", "site": "s", "device": "cam"}
    begin, over = cloud_event(opened, **address), cloud_event(end, **address)
    assert begin["data"]["violation_id"] == over["data"]["violation_id"]  # type: ignore[index]
    assert over["data"]["start"] == begin["data"]["start"]  # type: ignore[index]


def test_when_frigate_goes_offline_its_situations_end() -> None:
    going_on = Situations()
    going_on.saw(DOG, "cam", at=T0)
    assert list(going_on.gone("frigate", frozenset({"hall"}), at=after(5))) == []
    assert [event.at for _, event in going_on.gone("frigate", frozenset({"kitchen"}), at=after(5))] == [after(5)]


def test_a_person_on_the_edge_of_an_area_is_one_situation() -> None:
    going_on, opened = Situations(), []
    for second in range(0, 60, 4):
        opened.append(going_on.saw(replace(FIELD, at=after(second)), "cam", at=after(second)))
        assert going_on.saw(replace(FIELD, ended=True, at=after(second + 2)), "cam", at=after(second + 2)) is None
        assert list(going_on.over(at=after(second + 3))) == []
    assert len([event for event in opened if event is not None]) == 1
    (end,) = going_on.over(at=after(70))
    assert end[1].at == after(58)


def test_a_box_that_numbers_its_reports_has_one_situation_per_camera_and_name() -> None:
    going_on = Situations()
    told = [going_on.saw(replace(RAT, id=f"alarm-{n}"), "cam", at=after(120 * n)) for n in range(9)]
    assert len([event for event in told if event is not None]) == 1
