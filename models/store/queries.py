"""Named SQL: `queries/<aggregate>.sql` holds `-- name --`, a sentence of purpose, one statement."""

import re
from functools import cache
from importlib.resources import files
from typing import LiteralString, cast

_NAME = re.compile(r"^-- ([a-z][a-z0-9_]*) --$", re.MULTILINE)


@cache
def queries(aggregate: str) -> dict[str, LiteralString]:
    """The statements of one aggregate by name."""
    text = (files("models.store") / "queries" / f"{aggregate}.sql").read_text(encoding="utf-8")
    parts = _NAME.split(text)
    # The files ship with the code: their text is as literal as a string in a module.
    return {name: cast("LiteralString", sql.strip()) for name, sql in zip(parts[1::2], parts[2::2], strict=True)}


def aggregates() -> list[str]:
    """Every aggregate that has a query file."""
    found = (entry.name for entry in (files("models.store") / "queries").iterdir())
    return sorted(name.removesuffix(".sql") for name in found if name.endswith(".sql"))
