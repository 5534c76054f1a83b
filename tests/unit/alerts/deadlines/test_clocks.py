from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.deadlines.clocks import deadline_text
from models.catalogue.codes import SENSOR_CODES, VIOLATION_CODES
from models.catalogue.terms import Severity


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("phone_use", "72 小时（工作时间）"),  # not "3 天": ten working days
        ("rodent", "24 小时（连续）"),
        ("no_mask", "24 小时（工作时间）"),
    ],
)
def test_a_deadline_names_the_clock_of_its_severity(code: str, text: str) -> None:
    assert deadline_text(VIOLATION_CODES[code]) == text


def test_a_deadline_names_both_clocks_where_the_severity_differs() -> None:
    assert deadline_text(SENSOR_CODES["gas_ch4"]) == "2 小时（严重：连续；一般：工作时间）"
    mixed = replace(VIOLATION_CODES["no_chef_hat"], severity_in_zones=Severity.critical)
    assert deadline_text(mixed) == "24 小时（严重：连续；一般：工作时间）"


def test_a_long_continuous_deadline_is_in_days_and_an_odd_one_in_minutes() -> None:
    rodent, phone = VIOLATION_CODES["rodent"], VIOLATION_CODES["phone_use"]
    assert deadline_text(replace(rodent, deadline=timedelta(days=3))) == "3 天（连续）"
    assert deadline_text(replace(phone, deadline=timedelta(minutes=90))) == "90 分钟（工作时间）"
