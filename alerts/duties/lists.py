"""The lists of duties, tasks and inspections of each level (三清单), and the text of a pledge. Pure."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any

from models.base.errors import Invalid
from models.catalogue.supervision_terms import CadreLevel

_LISTS = ("duties", "tasks", "inspections")
_FIELDS = frozenset({"title", "name", "post", "entity", "tier", "duties", "visits", "version"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyLists:
    """责任清单, 任务清单 and 督查清单 of one level, and the title of its pledge."""

    level: CadreLevel
    title: str
    duties: tuple[str, ...]
    tasks: tuple[str, ...]
    inspections: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """All levels, the version, and the words of the pledge with its fields."""

    version: str
    pledge: str
    levels: dict[CadreLevel, DutyLists]


def lists_in(row: Mapping[str, Any] | None, where: str) -> dict[str, Any]:
    """Return the title and the three lists of a table of a file, by the names of their fields.

    Raises:
        Invalid: the table or a list is missing; `where` names it.
    """
    if row is None or not all(row.get(name) for name in ("title", *_LISTS)):
        raise Invalid(f"{where} with title, duties, tasks and inspections")
    return {"title": row["title"], **{name: tuple(row[name]) for name in _LISTS}}


def read_lists(text: str) -> Lists:
    """Read the lists of a file.

    Raises:
        Invalid: a level or a list is missing, or the pledge names an unknown field.
    """
    raw: dict[str, Any] = tomllib.loads(text)
    named = {field for _, field, _, _ in Formatter().parse(raw["pledge"]) if field is not None}
    if unknown := named - _FIELDS:
        raise Invalid(
            f"lists.toml: the pledge names {', '.join(sorted(unknown))}; expected {', '.join(sorted(_FIELDS))}"
        )
    levels = {}
    for level in CadreLevel:
        levels[level] = DutyLists(level=level, **lists_in(raw.get(level), f"lists.toml: expected [{level}]"))
    return Lists(version=raw["version"], pledge=raw["pledge"], levels=levels)


@cache
def shipped() -> Lists:
    """Return the shipped lists."""
    return read_lists(files("alerts.duties").joinpath("lists.toml").read_text("utf-8"))


def pledge_text(lists: Lists, *, level: CadreLevel, name: str, post: str, entity: str, tier: str, visits: str) -> str:
    """Return the text that a cadre signs for an enterprise; `visits` says how often, in words."""
    own = lists.levels[level]
    duties = "\n".join(f"{number}. {duty}；" for number, duty in enumerate(own.duties, 1))
    return lists.pledge.format(
        title=own.title,
        name=name,
        post=post,
        entity=entity,
        tier=tier,
        duties=duties,
        visits=visits,
        version=lists.version,
    )


def text_digest(text: str) -> str:
    """Return the SHA-256 of a text, as hex."""
    return hashlib.sha256(text.encode()).hexdigest()
