"""Rules of warnings: the first step that applies decides, and a wrong file is refused."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest

from alerts.duties.warnings.rules import (
    MEASURE_LABELS,
    MEASURES,
    RANGES,
    check_steps,
    due_at,
    here,
    read_rules,
    shipped,
    verdict,
)
from models.base.clock import SHANGHAI
from models.base.errors import Invalid
from models.catalogue.duty_terms import WarningLevel
from models.catalogue.terms import Holder
from models.domain.warnings import Fact, RuleSetting, StepSetting
from models.store.warnings import FACTS

OWNER = {"tenant_id": "t", "entity_id": UUID(int=1), "region_code": "330602"}


def fact(code: str = "", **numbers: float) -> Fact:
    return Fact(**OWNER, site_id="s", subject="s", numbers=dict(numbers), code=code, day="2026-11-27")


@pytest.mark.parametrize(
    ("rule", "numbers", "level"),
    [
        ("day_missing", {"in_30": 1, "in_a_row": 1}, "yellow"),
        ("day_missing", {"in_30": 3, "in_a_row": 3}, "orange"),
        ("day_missing", {"in_30": 5, "in_a_row": 0}, "red"),
        ("day_missing", {"in_30": 4, "in_a_row": 0}, None),
        ("period_missing", {"weeks": 1, "months": 0}, "yellow"),
        ("period_missing", {"weeks": 0, "months": 1}, "orange"),
        ("repeated", {"in_7": 2, "in_30": 4}, None),
        ("repeated", {"in_7": 3, "in_30": 3}, "orange"),
        ("repeated", {"in_7": 0, "in_30": 5}, "orange"),
        ("cameras_away", {"day_rate": 90.0, "week_rate": 80.0}, None),
        ("cameras_away", {"day_rate": 89.9, "week_rate": 99.0}, "yellow"),
        ("cameras_away", {"day_rate": 100.0, "week_rate": 79.9}, "orange"),
        ("post_empty", {"posts": 1}, "yellow"),
        ("relapse", {"relapses": 2}, "orange"),
    ],
)
def test_what_a_rule_says(rule: str, numbers: dict[str, float], level: str | None) -> None:
    said = verdict(shipped()[rule], fact("no_mask", **numbers))
    assert (None if said is None else said.level.value) == level
    if said is not None:
        assert said.told
        assert "{" not in said.because


def test_a_warning_explains_itself() -> None:
    said = verdict(shipped()["repeated"], fact("no_mask", in_7=3, in_30=4))
    assert said is not None
    assert (said.because, said.told) == ("未戴口罩 7 天内查实 3 次", (Holder.director, Holder.authority))
    missing = verdict(shipped()["day_missing"], fact(in_30=3, in_a_row=3))
    assert missing is not None
    assert missing.because == "截至 2026-11-27 已连续 3 天没有日管控记录"


def test_levels_are_ordered_and_every_rule_has_facts() -> None:
    assert sorted(WarningLevel, key=lambda level: level.rank) == ["red", "orange", "yellow", "blue"]
    assert set(shipped()) == set(MEASURES) == FACTS


@pytest.mark.parametrize(
    ("at", "day", "week", "month"),
    [
        ("2026-11-27 09:59", "2026-11-25", "2026-11-16", "2026-10-01"),
        ("2026-11-27 10:00", "2026-11-26", "2026-11-16", "2026-10-01"),
        ("2026-11-30 12:00", "2026-11-29", "2026-11-16", "2026-10-01"),
        ("2026-11-30 12:01", "2026-11-29", "2026-11-23", "2026-10-01"),
        ("2026-12-05 23:59", "2026-12-04", "2026-11-23", "2026-10-01"),
        ("2026-12-06 00:01", "2026-12-04", "2026-11-23", "2026-11-01"),
    ],
)
def test_nothing_is_missing_before_its_grace_time_is_over(at: str, day: str, week: str, month: str) -> None:
    due = due_at(datetime.fromisoformat(at).replace(tzinfo=SHANGHAI))
    assert (due.day, due.week, due.month) == tuple(map(date.fromisoformat, (day, week, month)))


def written(**change: Any) -> str:  # noqa: ANN401
    step = {"measure": "posts", "least": 1, "level": "yellow", "told": ["officer"], "because": "空缺"} | change
    fields = ", ".join(f"{key} = {value!r}" for key, value in step.items() if value is not None)
    return f'[post_empty]\nnumber = "W10"\nlabel = "空缺"\nenabled = true\nstep = [ {{ {fields} }} ]\n'


def test_a_rule_can_be_tuned_and_switched_off() -> None:
    text = written(least=2)
    (rule,) = read_rules(text).values()
    assert verdict(rule, fact(posts=1)) is None
    assert verdict(rule, fact(posts=2)) is not None
    (off,) = read_rules(text.replace("enabled = true", "enabled = false")).values()
    assert verdict(off, fact(posts=2)) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (written(measure="days"), "measure 'days', expected one of posts"),
        (written(level="pink"), "expected a level"),
        (written(told=["mayor"]), "who hears of it"),
        (written(least=None), "exactly one of least and below"),
        (written(because="{days} 天"), "because names days"),
        (written(wrong=1), "unknown wrong"),
        (written().replace("[post_empty]", "[posts_empty]"), "unknown rule 'posts_empty'"),
        (written().replace("enabled = true", 'enabled = "yes"'), "enabled = true or false"),
    ],
)
def test_a_wrong_rule_is_refused(text: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        read_rules(text)


def setting(region: str, *steps: tuple[float, str], enabled: bool = True, tenant: str = "t") -> RuleSetting:
    return RuleSetting(
        id=UUID(int=9),
        tenant_id=tenant,
        region_code=region,
        rule="day_missing",
        internal=False,
        enabled=enabled,
        steps=tuple(StepSetting(limit=limit, level=WarningLevel(level)) for limit, level in steps),
        reason="x",
        set_by="x",
        set_at=datetime(2026, 11, 27, tzinfo=SHANGHAI),
        version=1,
    )


MILD = ((7, "red"), (4, "orange"), (2, "yellow"))


def test_the_longest_region_that_fits_decides() -> None:
    rule = shipped()["day_missing"]
    known = here(
        rule, [setting("", *MILD), setting("3306", enabled=False), setting("330602"), setting("33", *MILD, tenant="u")]
    )
    assert known.at("t", "330602001").steps == rule.steps, "no steps: the shipped ones"
    assert not known.at("t", "330681").enabled
    assert known.at("t", "4403").steps[0].limit == 7
    assert known.at("v", "330602") is rule
    assert known.enabled
    assert not here(rule, [setting("", enabled=False)]).at("t", "33").enabled
    assert here(rule, []).at("t", "33") is rule
    assert here(shipped()["relapse"], [setting("")]).by_place == {}


def test_a_tuned_warning_says_whose_rule_and_which_limit() -> None:
    tuned = here(shipped()["day_missing"], [setting("330602", *MILD)]).at("t", "330602")
    assert verdict(tuned, fact(in_30=1, in_a_row=1)) is None
    said = verdict(tuned, fact(in_30=4, in_a_row=4))
    assert said is not None
    assert (said.level, said.told) == (WarningLevel.orange, (Holder.director, Holder.principal))
    assert said.because == "截至 2026-11-27 已连续 4 天没有日管控记录（地区 330602调整的规则：连续天数达到 4）"


def test_the_limit_in_the_words_is_the_one_in_force() -> None:
    shipped_words = verdict(shipped()["cameras_away"], fact(day_rate=99.0, week_rate=70.0))
    assert shipped_words is not None
    assert shipped_words.because == "近 7 天摄像头在线率 70.0%，低于 80%"


def test_steps_of_a_former_version_of_a_rule_count_no_more() -> None:
    rule = here(shipped()["day_missing"], [setting("33", (9, "red"))]).at("t", "33")
    assert rule.steps == shipped()["day_missing"].steps


@pytest.mark.parametrize("rule", sorted(MEASURES))
def test_every_rule_as_shipped_may_be_set_as_it_is(rule: str) -> None:
    steps = tuple(StepSetting(limit=one.limit, level=one.level) for one in shipped()[rule].steps)
    check_steps(shipped()[rule], steps)
    check_steps(shipped()[rule], ())
    assert MEASURES[rule] <= set(RANGES) == set(MEASURE_LABELS)


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        (MILD[:2], "expected 3"),
        (((31, "red"), *MILD[1:]), "from 2 to 30"),
        (((float("nan"), "red"), *MILD[1:]), "from 2 to 30"),
        (((float("inf"), "red"), *MILD[1:]), "from 2 to 30"),
        ((MILD[0], (4, "orange"), (4, "yellow")), "never apply"),
        ((MILD[0], (4, "yellow"), (2, "orange")), "the most urgent step stands first"),
    ],
)
def test_a_wrong_setting_is_refused(steps: tuple[tuple[float, str], ...], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        check_steps(shipped()["day_missing"], setting("33", *steps).steps)
