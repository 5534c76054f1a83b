"""Values of the catalogue in Chinese, and the tables of the document."""

from datetime import time, timedelta

import pytest

from models.catalogue.codes import SENSOR_CODES, VIOLATION_CODES
from models.catalogue.overrides import names_of
from models.catalogue.resolving import as_shipped, value_of
from models.catalogue.tables import MARKER, tables
from models.catalogue.terms import Severity
from models.catalogue.words import severity_text, span_text, value_label, value_text
from tests.support.paths import ROOT


def test_every_value_of_every_code_has_a_chinese_name_and_text() -> None:
    for entry in (*VIOLATION_CODES.values(), *SENSOR_CODES.values()):
        names = names_of(entry)
        labels = [value_label(entry, name) for name in names]
        assert len(set(labels)) == len(names), entry.code
        assert all(any("\u4e00" <= one <= "\u9fff" for one in said) for said in labels)
        assert all(value_text(entry, name, value_of(as_shipped(entry), name)) for name in names)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 秒"),
        (10, "10 秒"),
        (60, "1 分钟"),
        (90, "90 秒"),
        (5400, "90 分钟"),
        (86_400, "24 小时"),
        (259_200, "3 天"),
    ],
)
def test_a_span_reads_as_people_say_it(seconds: int, text: str) -> None:
    assert span_text(timedelta(seconds=seconds)) == text


def test_values_read_as_people_say_them() -> None:
    fridge, phone = SENSOR_CODES["fridge_temp"], VIOLATION_CODES["phone_use"]
    assert value_text(fridge, "plausible", (-40.0, 60.0)) == "−40 至 60 ℃"
    assert value_text(fridge, "limits.warn", 6.5) == "6.5 ℃"
    assert value_text(SENSOR_CODES["door"], "report_every", None) == "不定期"
    assert value_text(phone, "hours", None) == "全天"
    assert value_text(phone, "hours", (time(6), time(20))) == "06:00-20:00"
    assert value_text(phone, "watched", False) == "停用"
    assert value_text(phone, "severity", Severity.major) == "较大"


def test_a_severity_says_in_which_rooms_it_differs() -> None:
    assert severity_text(VIOLATION_CODES["no_chef_hat"]) == "一般（专间、备餐区：较大）"
    assert severity_text(VIOLATION_CODES["no_mask"]) == "专间、备餐区：较大；其余区域仅提示，不产生预警"
    assert severity_text(VIOLATION_CODES["rodent"]) == "严重"
    assert severity_text(SENSOR_CODES["gas_ch4"]) == "严重"


def test_the_tables_of_the_document_are_up_to_date() -> None:
    before, made, _behind = (ROOT / "docs" / "CATALOGUE.md").read_text(encoding="utf-8").split(MARKER)
    assert made.strip() == tables(), "run: mingchu code list --markdown --write docs/CATALOGUE.md"
    assert "How an override works" in before
