import pytest

from api.problems import STATUS_OF_CODE
from models.base.clock import parse_rfc3339, rfc3339
from models.base.errors import Invalid, error_classes
from models.base.ids import is_slug, uuid7
from models.base.logs import strike_secrets
from models.catalogue.codes import SENSOR_CODES, VIOLATION_CODES
from models.catalogue.terms import Zone, label, labelled_types
from models.domain.identifiers import licence_check_digit_ok, require_credit_code


def test_every_stored_value_has_a_chinese_label() -> None:
    for kind in labelled_types():
        for member in kind:
            assert label(member), member


def test_every_error_code_is_mapped_to_a_status() -> None:
    import api.problems  # noqa: F401, PLC0415 - its own errors count, too

    missing = [cls.__name__ for cls in error_classes() if cls.code not in STATUS_OF_CODE]
    assert missing == []


def test_codes_are_filed_under_their_own_name_and_cite_a_basis() -> None:
    for code, entry in {**VIOLATION_CODES, **SENSOR_CODES}.items():
        assert (entry.code, bool(entry.label), bool(entry.basis)) == (code, True, True)


def test_mask_duty_depends_on_the_zone() -> None:
    no_mask = VIOLATION_CODES["no_mask"]
    assert [no_mask.is_advice_in(zone) for zone in (Zone.special_room, Zone.meal_prep, Zone.cooking)] == [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    "code", ["92330602MA00TEX117", "91330602MA00TEX11A", "92330603MA2XK7QP97", "123306024710000A9D"]
)
def test_good_credit_codes_pass_and_any_changed_digit_fails(code: str) -> None:
    assert require_credit_code(f" {code.lower()} ") == code
    changed = ("2" if code[3] == "1" else "1").join((code[:3], code[4:]))
    with pytest.raises(Invalid, match="check character"):
        require_credit_code(changed)


def test_licence_numbers_have_a_check_digit() -> None:
    assert licence_check_digit_ok("JY23306020000016")
    assert not licence_check_digit_ok("JY23306020000017")
    assert not licence_check_digit_ok("JY2330602000001")


def test_ids_increase_with_time_and_times_are_read_as_written() -> None:
    ids = [uuid7() for _ in range(3)]
    assert all(each.version == 7 for each in ids)
    text = "2026-09-21T08:00:00.123Z"
    assert rfc3339(parse_rfc3339(text)) == text
    with pytest.raises(ValueError, match="aware"):
        parse_rfc3339("2026-09-21T08:00:00")


@pytest.mark.parametrize(("text", "good"), [("a", True), ("a-1_b", True), ("-a", False), ("A", False), ("a/b", False)])
def test_slugs_are_valid_topic_levels(text: str, good: bool) -> None:  # noqa: FBT001 - a parameter
    assert is_slug(text) == good


def test_secrets_are_struck_out_of_log_lines() -> None:
    line = strike_secrets(
        None,
        "info",
        {
            "password": "hunter2",
            "api_key": "mk_a_b",
            "url": "rtsp://admin:hunter2@10.0.0.1/1",
            "error": "connection to host=db password=hunter2 failed",
            "note": "fine",
        },
    )
    assert "hunter2" not in str(line)
    assert "mk_a_b" not in str(line)
    assert line["note"] == "fine"
