import contextlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.intake.storing import advance
from ingest.payloads import edge_event, receipt, senml, status
from ingest.payloads.receipt import Receipt
from ingest.payloads.senml import Reading
from ingest.topics import Topic, up_filter
from models.base.errors import Invalid
from models.store.streams import Stream

AT = datetime(2026, 9, 21, 8, tzinfo=UTC)


def test_a_pack_reads_as_it_was_written() -> None:
    readings = [Reading("fridge_temp", AT, 4.25), Reading("fridge_temp", AT, 4.5)]
    pack = senml.parse(senml.render(readings, session=41, seq=7))
    assert (pack.readings, pack.session, pack.seq) == (readings, 41, 7)


def test_base_fields_are_resolved() -> None:
    pack = senml.parse(b'[{"bn":"fridge_","bt":1790000000,"bu":"Cel","n":"temp","v":4},{"n":"temp","t":60,"v":5}]')
    assert [(r.code, r.at.timestamp() if r.at else None, r.value) for r in pack.readings] == [
        ("fridge_temp", 1790000000, 4),
        ("fridge_temp", 1790000060, 5),
    ]


def test_booleans_are_zero_and_one_and_small_times_mean_no_clock() -> None:
    pack = senml.parse(b'[{"n":"smoke","vb":true}]')
    assert pack.readings == [Reading("smoke", None, 1.0)]


@given(st.binary(max_size=200))
def test_the_parsers_read_or_refuse_any_bytes(payload: bytes) -> None:
    for parse in (senml.parse, status.parse, edge_event.parse, receipt.parse):
        with contextlib.suppress(Invalid):
            parse(payload)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["n", "u", "v", "t", "bn", "bt", "seq", "session", "vb"]), inner, max_size=5
            )
        ),
        max_leaves=8,
    )
)
def test_the_reading_parser_reads_or_refuses_any_json(value: object) -> None:
    with contextlib.suppress(Invalid):
        senml.parse(json.dumps(value).encode())


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (b'[{"n":"fridge_temp","u":"K","v":277}]', "expected 'Cel'"),
        (b'[{"n":"fridge_temp","u":"Cel","vs":"warm"}]', "numeric"),
        (b'[{"n":"fridge_temp","u":"Cel","v":4,"seq":-1}]', "seq"),
        (b'[{"n":"fridge_temp","u":"Cel","v":true}]', "number"),
        (b"[]", "1–500"),
        (b'{"n":"fridge_temp"}', "array"),
        (b'[{"bn":"x"}]', "no value"),
    ],
)
def test_a_refusal_states_what_was_expected(payload: bytes, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        senml.parse(payload)


def test_topics_read_as_they_are_written() -> None:
    topic = Topic(tenant="t", site="s", node="n", device="d", kind="reading")
    assert Topic.parse(str(topic)) == topic
    assert up_filter("frame", tenant="t", group="g") == "$share/g/mingchu/v1/t/+/+/+/frame"


@pytest.mark.parametrize(
    "text",
    [
        "mingchu/v1/t/s/n/d",
        "mingchu/v2/t/s/n/d/reading",
        "/mingchu/v1/t/s/n/d/reading",
        "mingchu/v1/T/s/n/d/reading",
        "mingchu/v1/t/s/n/+/reading",
        "mingchu/v1/t/s/n/d/cmd/clip",
        "mingchu/v1/t/s/n/d/dance",
        "mingchu/v1/t//n/d/reading",
    ],
)
def test_other_topics_are_refused(text: str) -> None:
    with pytest.raises(Invalid):
        Topic.parse(text)


@given(st.sets(st.integers(1, 60)))
def test_ranges_contain_exactly_the_numbers(numbers: set[int]) -> None:
    ranges = receipt.to_ranges(numbers)
    assert {n for low, high in ranges for n in range(low, high + 1)} == numbers
    assert receipt.parse(receipt.render(Receipt(1, "reading", ranges))).ranges == ranges


@pytest.mark.parametrize(
    ("known", "session", "numbers", "expected"),
    [
        (None, 1, [5, 6, 7], (1, 7, 0)),  # numbers from before the start are unknown, not missing
        ((1, 7), 1, [8, 9], (1, 9, 0)),
        ((1, 7), 1, [10], (1, 10, 2)),
        ((1, 7), 1, [3, 7], None),  # repeats
        ((1, 7), 2, [1, 2], (2, 2, 0)),  # a new birth begins at 1
        ((1, 7), 2, [3], (2, 3, 2)),
        ((2, 1), 1, [8], None),  # from before the last birth
    ],
)
def test_gaps_are_the_skipped_numbers(
    known: tuple[int, int] | None, session: int, numbers: list[int], expected: tuple[int, int, int] | None
) -> None:
    stream = None if known is None else Stream(session=known[0], last_seq=known[1], gaps=0)
    moved = advance(stream, session=session, numbers=numbers)
    assert (None if moved is None else (moved.session, moved.last_seq, moved.gaps)) == expected
