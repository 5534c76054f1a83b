"""The event contract: examples hold to their types, the page is fresh, and nothing that readers rely on changes."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from models.events.catalogue import CATALOGUE
from models.events.paper import paper, schema_of
from models.events.types import EventType
from tests.support.paths import ROOT

SNAPSHOT = Path(__file__).parent / "events.json"


def breaks(before: dict[str, Any], after: dict[str, Any], at: str) -> Iterator[str]:
    """What a reader of the old schema would no longer find in the new one."""
    for name, field in before.get("properties", {}).items():
        now = after.get("properties", {}).get(name)
        if now is None:
            yield f"{at}.{name} is gone"
            continue
        strip = {"description", "title"}
        if {k: v for k, v in field.items() if k not in strip} != {k: v for k, v in now.items() if k not in strip}:
            yield f"{at}.{name} changed its type"
    for name in before.get("required", []):
        if name not in after.get("required", []):
            yield f"{at}.{name} is no longer always there"
    for name, part in before.get("$defs", {}).items():
        yield from breaks(part, after.get("$defs", {}).get(name, {}), f"{at}.{name}")


def current() -> dict[str, Any]:
    return {str(event): schema_of(event) for event in EventType}


def test_every_type_has_an_entry_and_an_example_of_its_payload() -> None:
    assert set(CATALOGUE) == set(EventType)
    for event, kind in CATALOGUE.items():
        TypeAdapter(kind.payload).validate_python(kind.example, strict=True)
        known = schema_of(event)["properties"]
        assert set(kind.example) <= set(known), event


def test_the_page_of_events_is_made_from_the_code() -> None:
    said = "run `python -m models.events.paper > docs/EVENTS.md`"
    assert (ROOT / "docs" / "EVENTS.md").read_text(encoding="utf-8") == paper(), said


def test_no_event_loses_or_changes_a_published_field() -> None:
    before, after = json.loads(SNAPSHOT.read_text(encoding="utf-8")), current()
    gone = [f"{event} is gone" for event in before if event not in after]
    changed = [found for event, schema in before.items() for found in breaks(schema, after.get(event, {}), event)]
    assert gone + changed == []
    if os.environ.get("MINGCHU_UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(json.dumps(after, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        before = after
    assert before == after, "additions only: run with MINGCHU_UPDATE_SNAPSHOTS=1 and commit the snapshot"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: s["properties"].pop("severity"), "x.severity is gone"),
        (lambda s: s["properties"]["score"].update(type="string"), "x.score changed its type"),
        (lambda s: s["required"].remove("zone"), "x.zone is no longer always there"),
        (lambda s: s["$defs"]["EntityData"]["properties"].pop("name"), "x.EntityData.name is gone"),
    ],
)
def test_a_breaking_change_is_noticed(change: Any, said: str) -> None:  # noqa: ANN401 - a change of a JSON value
    before, after = schema_of(EventType.violation_opened), schema_of(EventType.violation_opened)
    change(after)
    assert said in list(breaks(before, after, "x"))


def test_an_added_field_breaks_nothing() -> None:
    before, after = schema_of(EventType.violation_opened), schema_of(EventType.violation_opened)
    after["properties"]["more"] = {"type": "string"}
    assert list(breaks(before, after, "x")) == []
