import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.exchange.sets import FIELDS, KEYS, changes, headings, parsed
from alerts.registry.tables import one_line
from models.base.cells import neutral
from models.catalogue.exchange_terms import DataSet
from models.catalogue.terms import label


@pytest.mark.parametrize("data_set", DataSet)
def test_every_field_has_a_heading_of_its_own_and_keys_are_fields(data_set: DataSet) -> None:
    fields = FIELDS[data_set]
    assert len({field.heading for field in fields}) == len({field.name for field in fields}) == len(fields)
    assert set(headings(data_set).values()) == {field.name for field in fields}
    assert set(KEYS[data_set]) <= {field.name for field in fields if field.needed}


@pytest.mark.parametrize("data_set", DataSet)
def test_every_term_is_read_as_code_and_in_words(data_set: DataSet) -> None:
    for field in FIELDS[data_set]:
        for member in field.terms or ():
            assert field.read(member.value) == field.read(label(member)) == member.value
            assert field.shown(member.value) == label(member)


@pytest.mark.parametrize(
    ("data_set", "name", "text", "stored"),
    [
        (DataSet.entities, "credit_code", "９２330602ma00tex117", "92330602MA00TEX117"),
        (DataSet.entities, "size", "0499", "499"),
        (DataSet.entities, "special", "TRUE", "是"),
        (DataSet.entities, "guarantee_tier", "b级", "B"),
        (DataSet.supervision, "visited_on", "2026/11/20", "2026-11-20"),
        (DataSet.supervision, "visited_on", "2026-11-20 00:00:00", "2026-11-20"),
        (DataSet.cadres, "phone", "'+86 138", "+86 138"),  # the mark against formulas
        (DataSet.entities, "name", "望江宾馆（总店）", "望江宾馆（总店）"),  # names keep their full-width forms
    ],
)
def test_a_cell_is_read_as_it_would_be_stored(data_set: DataSet, name: str, text: str, stored: str) -> None:
    assert parsed(data_set, {name: text}) == ({name: stored}, [])


@pytest.mark.parametrize(
    ("data_set", "name", "text", "expected"),
    [
        (DataSet.entities, "credit_code", "92330602MA00TEX118", "check character is 8, expected 7"),
        (DataSet.entities, "region_code", "越城区", "a code of 6 to 12 digits (GB/T 2260), for example 330602"),
        (DataSet.entities, "size", "1e3", "a whole number from 0 to 10000000"),
        (DataSet.entities, "special", "maybe", "是 or 否"),
        (DataSet.entities, "risk_grade", "E", "one of A, B, C, D"),
        (DataSet.entities, "operating", "开门", "one of 正常经营、停产停业、注销关闭"),
        (DataSet.supervision, "visited_on", "2026-02-30", "a day like 2026-11-29"),
        (DataSet.supervision, "minutes", "1441", "a whole number from 0 to 1440"),
        (DataSet.cadres, "cadre_id", "7", "a number that this platform gave, or nothing"),
        (DataSet.entities, "…", "left over", "no cells beyond the headings"),
    ],
)
def test_a_fault_names_the_cell_and_what_was_expected(data_set: DataSet, name: str, text: str, expected: str) -> None:
    values, faults = parsed(data_set, {name: text})
    assert values == {}
    assert [(one.found, one.expected) for one in faults] == [(text, expected)]


def test_an_empty_or_derived_cell_states_nothing() -> None:
    assert parsed(DataSet.entities, {"name": "", "cadre_name": "李"}) == ({}, [])


@given(st.text(alphabet="=+-'\t\n ，a明", max_size=8))
def test_a_text_that_was_written_to_a_table_and_read_again_is_no_change(text: str) -> None:
    values, faults = parsed(DataSet.supervision, {"note": one_line(neutral(text))})
    assert faults == []
    assert changes(DataSet.supervision, {"note": text}, values) == []
