"""The shipped catalogue: its values match the snapshot, and marks of law cite a provision."""

import json
from dataclasses import asdict
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from models.catalogue.codes import (
    SENSOR_CODES,
    VIOLATION_CODES,
    code_basis_text,
    requires_mask,
)
from models.catalogue.terms import Zone
from models.domain.masking import loses_rules
from vision.judging.rules import default_rules

SNAPSHOT = Path(__file__).with_name("values_2026_11.json")


def plain(value: Any) -> Any:  # noqa: ANN401 - a field of an entry
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items() if key not in {"code", "law", "name"}}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


SINCE_THEN = {
    "accountable_missing",
    "duty_rules",
    "duty_staff",
    "duty_posts",
    "duty_records",
    "duty_ledgers",
    "duty_site",
}
"""Codes that were added after the snapshot."""
NEW_FIELDS = {"duty", "judged"}
"""Fields that entries got after the snapshot."""


def test_every_value_matches_the_snapshot() -> None:
    before = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    for kind, codes in (("violations", VIOLATION_CODES), ("sensors", SENSOR_CODES)):
        now = {code: plain(asdict(entry)) for code, entry in codes.items()}  # type: ignore[attr-defined] # two kinds
        old = {
            code: {name: value for name, value in entry.items() if name not in NEW_FIELDS}
            for code, entry in now.items()
            if code in before[kind]
        }
        assert old == before[kind], kind
        assert list(old) == list(before[kind]), "their order is shown to people"
        assert set(now) - set(old) <= SINCE_THEN, "a new code is added to this list"


def test_no_code_is_a_violation_and_a_sensor_at_once() -> None:
    assert not set(VIOLATION_CODES) & set(SENSOR_CODES)


def test_what_is_marked_as_law_cites_a_provision() -> None:
    for code, entry in (VIOLATION_CODES | SENSOR_CODES).items():
        if entry.law:
            assert code_basis_text(code) not in {"", "设计默认值", "行业惯例", "内部管理规定"}, code
    for code, sensor in SENSOR_CODES.items():
        assert sensor.law or not any(limit.law for limit in sensor.thresholds), code


def test_mask_zones_are_defined_in_one_place() -> None:
    musts = {zone for zone in Zone if requires_mask(zone)}
    assert musts == VIOLATION_CODES["no_mask"].severe_zones == {Zone.special_room, Zone.meal_prep}
    rule = next(rule for rule in default_rules().rules if rule.code == "no_mask")
    assert rule.zones is None, "the rules file names no zones of its own"
    assert {zone for zone in Zone if rule.applies_in(zone)} == musts
    assert {zone for zone in Zone if loses_rules(Zone.special_room, zone)} == set(Zone) - musts
