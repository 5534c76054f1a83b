"""A wrong catalogue file is refused with file, code, key and what was expected."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base.errors import Invalid
from models.catalogue.loading import sensors_of, violations_of
from models.catalogue.terms import Severity, Zone

VIOLATION = {
    "label": '"未戴帽"',
    "duty": '"people"',
    "basis": '"FSL 33"',
    "severity": '"minor"',
    "deadline_h": "24",
    "law": '["watched"]',
}
SENSOR = {
    "label": '"冷藏"',
    "duty": '"storage"',
    "unit": '"Cel"',
    "plausible": "[-40, 60]",
    "basis": '"OP"',
    "hysteresis": "0.5",
    "deadline_h": "4",
    "severity": '"major"',
    "limit": '[{ name = "alarm", level = "alarm", above = 10, hold_s = 60 }, '
    '{ name = "warn", level = "warn", above = 8, hold_s = 60, law = true }]',
}


def written(entry: dict[str, str], **changes: str | None) -> str:
    fields = {key: value for key, value in (entry | changes).items() if value is not None}
    return 'version = "1"\n[some_code]\n' + "\n".join(f"{key} = {value}" for key, value in fields.items())


def test_a_good_file_is_read() -> None:
    text = written(VIOLATION, severe_zones='["special_room"]', severity_in_zones='"major"')
    version, found = violations_of(text, file="v.toml")
    entry = found["some_code"]
    assert version == "1"
    assert entry.deadline == timedelta(hours=24)
    assert entry.severity_in(Zone.special_room) is Severity.major
    assert entry.severity_in(Zone.cooking) is Severity.minor
    alarm, warn = sensors_of(written(SENSOR), file="s.toml")[1]["some_code"].thresholds
    assert (alarm.limit, alarm.law, warn.limit, warn.law, warn.name) == (10, False, 8, True, "warn")


WRONG_VIOLATIONS = [
    ({"label": None}, "label is missing, expected text"),
    ({"label": '""'}, "label = '', expected text"),
    ({"lable": '"x"'}, "lable = 'x', expected one of the keys"),
    ({"severity": '"bad"'}, "severity = 'bad', expected one of critical, major, minor"),
    ({"duty": None}, "duty is missing, expected one of people, premises"),
    ({"duty": '"cooking"'}, "duty = 'cooking', expected one of people, premises"),
    ({"severity": "3"}, "severity = 3, expected one of critical"),
    ({"deadline_h": '"24"'}, "deadline_h = '24', expected hours"),
    ({"deadline_h": "0"}, "deadline_h = 0, expected hours"),
    ({"deadline_h": "true"}, "deadline_h = True, expected hours"),
    ({"deadline_h": "nan"}, "deadline_h = nan, expected hours"),
    ({"deadline_h": "1e9"}, "expected hours, more than 0 and at most 8760"),
    ({"severe_zones": '["toilet"]', "severity_in_zones": '"major"'}, "severe_zones = ['toilet'], expected a list of"),
    ({"severe_zones": '["cooking"]'}, "severity_in_zones = None, expected one of"),
    ({"severity_in_zones": '"major"'}, "severe_zones = [], expected the zones"),
    ({"advice_elsewhere": "true"}, "severe_zones = [], expected the zones"),
    ({"advice_elsewhere": '"yes"'}, "advice_elsewhere = 'yes', expected true or false"),
    ({"law": '["everything"]'}, "law = ['everything'], expected a list of watched, severity, deadline"),
]


@pytest.mark.parametrize(("changes", "said"), WRONG_VIOLATIONS, ids=[said[:40] for _, said in WRONG_VIOLATIONS])
def test_a_wrong_violation_is_refused(changes: dict[str, str | None], said: str) -> None:
    with pytest.raises(Invalid) as refused:
        violations_of(written(VIOLATION, **changes), file="v.toml")
    assert "v.toml, code 'some_code': " in str(refused.value)
    assert said in str(refused.value)


def limits(*rows: str) -> dict[str, str | None]:
    return {"limit": "[" + ", ".join("{ " + row + " }" for row in rows) + "]"}


WARN, ALARM = 'name = "warn", level = "warn"', 'name = "alarm", level = "alarm"'
WRONG_SENSORS = [
    ({"plausible": "[60, -40]"}, "plausible = [60, -40], expected two numbers, the lower one first"),
    ({"plausible": "[1]"}, "plausible = [1], expected two numbers"),
    ({"plausible": "[0, inf]"}, "expected two numbers"),
    ({"limit": "[]"}, "limit = [], expected a list of at least one"),
    ({"limit": None}, "limit is missing"),
    ({"report_every_s": "0"}, "report_every_s = 0, expected seconds, 1 to 86400"),
    ({"fault_values": '["x"]'}, "fault_values = ['x'], expected a list of numbers"),
    ({"hysteresis": "-1"}, "hysteresis = -1, expected a number of at least 0"),
    (limits(f"{WARN}, hold_s = 1"), "above = None, expected exactly one of above and below"),
    (limits(f"{WARN}, above = 1, below = 1, hold_s = 1"), "expected exactly one of above and below"),
    (limits(f"{WARN}, above = 1, hold_s = 1, colour = 1"), "limit 'warn': colour = 1, expected one of the keys"),
    (limits('name = "warn", level = "loud", above = 1, hold_s = 1'), "level = 'loud', expected one of warn, alarm"),
    (limits(f"{WARN}, above = 60, hold_s = 1"), "limit warn = 60, expected a value inside the plausible range"),
    (limits(f"{WARN}, below = -40, hold_s = 1"), "limit warn = -40, expected a value inside"),
    (limits(f"{ALARM}, above = 7, hold_s = 9", f"{WARN}, above = 8, hold_s = 9"), "are in the wrong order"),
    (limits(f"{ALARM}, above = 8, hold_s = 1", f"{WARN}, above = 8, hold_s = 9"), "alarm not to come before warn"),
    (limits(f"{ALARM}, below = 61, hold_s = 1"), "expected a value inside"),
    (limits(f"{ALARM}, below = 6, hold_s = 9", f"{WARN}, below = 5, hold_s = 9"), "(below) are in the wrong order"),
    (limits(f"{WARN}, above = 1, hold_s = 9", f"{WARN}, above = 2, hold_s = 1"), "expected limits of different names"),
    (
        limits(f"{ALARM}, above = 9, hold_s = 9", 'name = "far", level = "alarm", above = 10, hold_s = 9'),
        "far to be reached sooner than alarm",
    ),
]


@pytest.mark.parametrize(("changes", "said"), WRONG_SENSORS, ids=[str(n) for n in range(len(WRONG_SENSORS))])
def test_a_wrong_sensor_is_refused(changes: dict[str, str | None], said: str) -> None:
    with pytest.raises(Invalid) as refused:
        sensors_of(written(SENSOR, **changes), file="s.toml")
    assert "s.toml, code 'some_code'" in str(refused.value)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version = 1", "version = 1, expected text"),
        ('version = "1"', "no codes"),
        ('version = "1"\nlabel = "x"', "code 'label': 'x', expected a table [label]"),
        ('version = "1"\n[No-Mask]', "code 'No-Mask', expected lower-case letters"),
        ("version = ", "v.toml: "),
        (written(VIOLATION) + "\n" + written(VIOLATION).replace('version = "1"\n[some', "[other"), "does not have"),
    ],
)
def test_a_wrong_file_is_refused(text: str, said: str) -> None:
    with pytest.raises(Invalid, match=r"v\.toml") as refused:
        violations_of(text, file="v.toml")
    assert said in str(refused.value)


@given(st.text(max_size=300))
def test_any_text_is_loaded_or_refused(text: str) -> None:
    for load in (violations_of, sensors_of):
        with pytest.raises(Invalid):
            load(text, file="x.toml")


@given(st.sampled_from(sorted(SENSOR)), st.recursive(st.integers() | st.booleans(), st.lists, max_leaves=4))
def test_values_of_another_type_are_refused(key: str, value: object) -> None:
    text = str(value).replace("True", "true").replace("False", "false")
    try:
        sensors_of(written(SENSOR, **{key: text}), file="s.toml")
        read = True
    except Invalid:
        read = False
    assert not read or key in {"hysteresis", "deadline_h", "plausible"}
