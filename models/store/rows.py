"""Turn rows into values: columns by name, text to its enumeration, arrays to tuples."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from psycopg import Cursor
from psycopg.rows import RowMaker

T = TypeVar("T")


def value_row(cls: type[T]) -> Callable[[Cursor[Any]], RowMaker[T]]:
    """Return a psycopg row factory for a dataclass; it ignores columns that the class does not have.

    So released code keeps working after a newer schema adds columns.
    """

    def factory(cursor: Cursor[Any]) -> RowMaker[T]:
        converters = _converters(cast("Hashable", cls))
        names = [column.name for column in cursor.description or ()]
        wanted = [(i, name, converters[name]) for i, name in enumerate(names) if name in converters]

        def make(values: Sequence[Any]) -> T:
            return cls(**{name: convert(values[i]) for i, name, convert in wanted})

        return make

    return factory


@cache
def _converters(cls: Hashable) -> dict[str, Callable[[Any], Any]]:
    if not isinstance(cls, type) or not is_dataclass(cls):
        raise TypeError(f"expected a dataclass, got {cls}")
    hints = get_type_hints(cls)
    return {field.name: _converter(hints[field.name]) for field in fields(cls)}


def _converter(hint: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - any annotation
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    if get_origin(hint) is tuple:
        return _tuple_of(get_args(hint)[0])
    parts = [part for part in get_args(hint) if part is not NoneType]
    if len(parts) == 1 and get_origin(hint) in {UnionType, Union} and _converter(parts[0]) is not _same:
        known = _converter(parts[0])
        return lambda value: None if value is None else known(value)
    return _same


def _tuple_of(hint: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - any annotation
    make = hint.of_json if hasattr(hint, "of_json") else _converter(hint)
    return tuple if make is _same else lambda values: tuple(map(make, values))


def _same(value: Any) -> Any:  # noqa: ANN401 - any SQL value
    return value
