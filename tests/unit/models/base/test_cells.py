import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base.cells import neutral, plain


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+8613800000000", "'+8613800000000"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("＝1", "'＝1"),  # Chinese Excel computes the full-width form, too
        ("'=1", "''=1"),  # a mark of the user's own stays apart from ours
        ("'tis", "'tis"),
        ("望江宾馆", "望江宾馆"),
        ("", ""),
    ],
)
def test_what_begins_like_a_formula_gets_a_mark(text: str, cell: str) -> None:
    assert neutral(text) == cell
    assert plain(cell) == text


@given(st.text(alphabet="=+-@'\t\r\n＝a明 ", max_size=8))
def test_every_text_returns_as_it_was_and_no_cell_is_a_formula(text: str) -> None:
    assert plain(neutral(text)) == text
    assert not neutral(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
