"""Every named query is used, and every use names one."""

import ast
from collections.abc import Iterator

from models.store.queries import aggregates, queries
from tests.support.paths import ROOT

ROOMS = ("models", "deploy")
METHODS = {"one", "all", "run", "value", "tuples"}


def used() -> Iterator[tuple[str, str, str]]:
    """Yield the uses of queries in the code: (aggregate, name, place)."""
    for path in sorted(found for room in ROOMS for found in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            place = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            match node:
                case ast.Call(func=ast.Attribute(attr=method), args=arguments) if method in METHODS:
                    texts = [part.value for part in arguments if isinstance(part, ast.Constant)]
                    if len(texts) >= 2 and all(isinstance(text, str) for text in texts[:2]):
                        yield str(texts[0]), str(texts[1]), place
                case ast.Subscript(
                    value=ast.Call(func=ast.Name(id="queries"), args=[ast.Constant(value=aggregate)]),
                    slice=ast.Constant(value=name),
                ):
                    yield str(aggregate), str(name), place


def test_every_use_names_a_query_that_exists() -> None:
    uses = list(used())
    assert len(uses) > 150
    missing = [f"{place}: {aggregate}.{name}" for aggregate, name, place in uses if name not in queries(aggregate)]
    assert missing == []


def test_every_query_is_used() -> None:
    known = {(aggregate, name) for aggregate in aggregates() for name in queries(aggregate)}
    assert known - {(aggregate, name) for aggregate, name, _ in used()} == set()
