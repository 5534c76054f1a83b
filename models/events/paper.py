"""Write `docs/EVENTS.md` from the catalogue: `python -m models.events.paper > docs/EVENTS.md`."""

import json
import sys
from typing import Any

from pydantic import TypeAdapter

from models.events.catalogue import CATALOGUE
from models.events.envelope import ENVELOPE_FIELDS
from models.events.types import EventType

_HEAD = """# Events

Made from the code by `python -m models.events.paper`; do not edit.

The feed (`GET /v1/events`) carries CloudEvents 1.0 as structured JSON. Each event carries the whole state of its
subject, never a delta; `data.version` rises with every change, so the event with the higher version is the newer one.
All events of a tenant have a single order (`seq`). Existing types and fields keep their name, type and meaning.
Releases may add types and fields, so a reader must ignore those that it does not know.

A type is `mingchu.{subject}.{change}`. `type=mingchu.task.*` selects all changes of tasks.

## Envelope

| field | what |
|---|---|
"""


def schema_of(event: EventType) -> dict[str, Any]:
    """Return the JSON Schema of the event's `data`."""
    return TypeAdapter(CATALOGUE[event].payload).json_schema()


def paper() -> str:
    """Return the whole page as Markdown."""
    rows = "".join(f"| `{name}` | {what} |\n" for name, what in ENVELOPE_FIELDS.items())
    index = "".join(f"| [`{event}`](#{_anchor(event)}) | {CATALOGUE[event].means} |\n" for event in EventType)
    parts = [_HEAD, rows, "\n## Types\n\n| type | announced when |\n|---|---|\n", index]
    payload: type | None = None
    for event in EventType:
        kind = CATALOGUE[event]
        if kind.payload is not payload:
            payload = kind.payload
            parts.append(_fields(event))
        example = json.dumps(kind.example, ensure_ascii=False, indent=2)
        parts.append(f"\n### {event}\n\n{kind.means} Since {kind.since}.\n\n```json\n{example}\n```\n")
    return "".join([*parts, *_parts()])


def _parts() -> list[str]:
    """Return the tables of the types that payloads contain."""
    found: dict[str, dict[str, Any]] = {}
    for event in EventType:
        found |= schema_of(event).get("$defs", {})
    return ["\n# Parts\n", *(_table(found[name]) for name in sorted(found))]


def _fields(event: EventType) -> str:
    """Return the table of a payload's fields."""
    return _table(schema_of(event))


def _table(schema: dict[str, Any]) -> str:
    rows = "".join(
        f"| `{name}` | {_type_of(field)} | {'yes' if name in schema.get('required', []) else 'no'} | "
        f"{field.get('description', '')} |\n"
        for name, field in schema["properties"].items()
    )
    about = (schema.get("description") or "").splitlines()[0]
    return f"\n## {schema['title']}\n\n{about}\n\n| field | type | always | what |\n|---|---|---|---|\n{rows}"


def _type_of(field: dict[str, Any]) -> str:
    if "anyOf" in field:
        return " or ".join(_type_of(part) for part in field["anyOf"])
    if "$ref" in field:
        return str(field["$ref"]).rsplit("/", 1)[1]
    if field.get("type") == "array":
        return f"list of {_type_of(field.get('items', {}))}"
    return str(field.get("type", "any"))


def _anchor(event: EventType) -> str:
    return event.replace(".", "")


if __name__ == "__main__":
    sys.stdout.write(paper())
