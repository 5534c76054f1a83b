"""Figures from counts, and the bars that ship."""

from datetime import timedelta

from alerts.precision.measuring import Figures, bar_of, by_hour, limits, total
from models.catalogue.codes import VIOLATION_CODES
from models.domain.precision import HourCount


def counted(hour: int, trues: int, falses: int) -> HourCount:
    return HourCount(device_id="cam", code="no_mask", hour=hour, trues=trues, falses=falses)


def test_hours_add_up_to_the_whole() -> None:
    counts = [counted(3, 1, 4), counted(12, 5, 0)]
    assert total(counts) == Figures(trues=6, falses=4)
    hours = by_hour(counts)
    assert (len(hours), hours[3], hours[12], hours[0].precision) == (
        24,
        Figures(trues=1, falses=4),
        Figures(trues=5, falses=0),
        None,
    )


def test_every_code_has_a_bar_and_a_code_may_have_its_own() -> None:
    for entry in VIOLATION_CODES.values():
        bar = bar_of(entry)
        assert 0 < bar.least < 1
        assert bar.minimum > 0
    assert bar_of(VIOLATION_CODES["rodent"]).least < bar_of(VIOLATION_CODES["no_mask"]).least


def test_too_few_verdicts_miss_no_bar() -> None:
    bar = bar_of(VIOLATION_CODES["no_mask"])
    assert not bar.is_missed(Figures(trues=0, falses=bar.minimum - 1))
    assert bar.is_missed(Figures(trues=0, falses=bar.minimum))
    assert not bar.is_missed(Figures(trues=bar.minimum, falses=0))
    assert not bar.is_missed(Figures(trues=0, falses=0))


def test_the_limits_ship() -> None:
    assert limits().window == timedelta(days=90)
    assert 0 <= limits().most_lost < limits().least_gone <= 1
