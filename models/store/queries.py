"""Named SQL: `queries/<aggregate>.sql` has for each query `-- name --`, a sentence of purpose, and a statement."""

import re
from functools import cache
from importlib.resources import files
from typing import LiteralString, cast

_NAME = re.compile(r"^-- ([a-z][a-z0-9_]*) --$", re.MULTILINE)


@cache
def queries(aggregate: str) -> dict[str, LiteralString]:
    """Return the statements of one aggregate by name."""
    text = (files("models.store") / "queries" / f"{aggregate}.sql").read_text(encoding="utf-8")
    parts = _NAME.split(text)
    # The files are part of the code, so their text is as trusted as a literal in a module.
    return {name: cast("LiteralString", sql.strip()) for name, sql in zip(parts[1::2], parts[2::2], strict=True)}


def aggregates() -> list[str]:
    """Return the names of all aggregates with a query file."""
    found = (entry.name for entry in (files("models.store") / "queries").iterdir())
    return sorted(name.removesuffix(".sql") for name in found if name.endswith(".sql"))
