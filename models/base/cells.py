"""Cells of spreadsheets: texts that a program which opens the file must not compute."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Spreadsheet programs compute a cell that begins so; in Chinese locales also the full-width forms."""
_TEXT = "'"


def neutral(text: str) -> str:
    """Return a text as a cell that is shown and never computed: one that begins like a formula gets a `'` in front.

    A text with such a `'` of its own gets another one, so that `plain` returns every text as it was.
    """
    return _TEXT + text if text.startswith(_FORMULA) or _is_marked(text) else text


def plain(cell: str) -> str:
    """Return the text of a cell that `neutral` made."""
    return cell[1:] if _is_marked(cell) else cell


def _is_marked(text: str) -> bool:
    return text.startswith(_TEXT) and text[1:].startswith((*_FORMULA, _TEXT))
