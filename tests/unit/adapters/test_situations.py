from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ingest.adapters.events import VendorEvent
from ingest.adapters.situations import ENDS_AFTER, MOST_OPEN, Situations
from ingest.adapters.table import meaning

T0 = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
RAT = VendorEvent(vendor="edge_box", name="MICE", meaning=meaning("edge_box", "MICE"), channel="1", id="1/MICE", at=T0)


def test_what_goes_on_is_told_once() -> None:
    going_on = Situations()
    assert going_on.saw(RAT, "cam", at=T0) is not None
    for second in range(1, 30):
        again = replace(RAT, at=T0 + timedelta(seconds=second))
        assert going_on.saw(again, "cam", at=again.at) is None


def test_its_end_belongs_to_its_begin_and_the_next_is_another() -> None:
    going_on = Situations()
    first = going_on.saw(RAT, "cam", at=T0)
    end = going_on.saw(replace(RAT, ended=True, at=T0 + timedelta(seconds=9)), "cam", at=T0)
    second = going_on.saw(replace(RAT, at=T0 + timedelta(minutes=5)), "cam", at=T0)
    assert first is not None
    assert end is not None
    assert second is not None
    assert (end.id, end.ended) == (first.id, True)
    assert second.id != first.id


def test_silence_is_an_end_too() -> None:
    going_on = Situations()
    opened = going_on.saw(RAT, "cam", at=T0)
    assert list(going_on.over(at=T0 + ENDS_AFTER - timedelta(seconds=1))) == []
    over = list(going_on.over(at=T0 + ENDS_AFTER))
    assert [(device, event.id, event.ended) for device, event in over] == [("cam", opened.id, True)]  # type: ignore[union-attr]
    assert list(going_on.over(at=T0 + timedelta(hours=1))) == []


def test_an_end_without_a_begin_and_what_tells_nothing_are_nothing() -> None:
    going_on = Situations()
    assert going_on.saw(replace(RAT, ended=True), "cam", at=T0) is None
    assert going_on.saw(replace(RAT, meaning=meaning("aliyun", "chefcap")), "cam", at=T0) is None


def test_what_is_open_is_bounded() -> None:
    going_on = Situations()
    for number in range(MOST_OPEN * 2):
        going_on.saw(replace(RAT, id=str(number)), "cam", at=T0)
    assert len(list(going_on.over(at=T0 + timedelta(hours=1)))) == MOST_OPEN
