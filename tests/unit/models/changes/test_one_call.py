"""Announced data changes only in `models/changes`, so that no caller can store a change without announcing it."""

import ast
import re

from models.store.queries import aggregates, queries
from tests.support.paths import ROOT

ANNOUNCED = ("violation", "alert", "task", "node", "device", "outbox", "transition", "device_history")
"""Tables whose changes are events, and the two that hold events and steps."""
WRITES = re.compile(
    rf"\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+({'|'.join(ANNOUNCED)})\b|\bmingchu_add_device_history\(", re.IGNORECASE
)
SILENT = {
    # registration, which has no event: a node's birth announces it
    ("devices", "add_node"),
    ("devices", "add_device"),
    # secrets, and times of last contact: in no event
    ("devices", "set_node_hash"),
    ("streams", "node_heard"),
    ("streams", "node_can"),
    ("streams", "device_health"),
    ("conditions", "frames_seen"),
    ("conditions", "frames_refused"),
    # joins a violation to its alert; both are announced by what causes it
    ("violations", "group_violation"),
    # no part of any event: the violation itself was announced
    ("violations", "leave_unheard"),
    # the date of a registration that has no event, and the time of a last contact, for a simulated past
    ("synthetic", "registered_since"),
    ("synthetic", "cameras_seen"),
    # databases only for measurements
    ("synthetic", "add_alerts"),
    ("synthetic", "add_tasks"),
    ("synthetic_duties", "add_hazards"),
    ("synthetic_findings", "add_alerts"),
    ("synthetic_findings", "add_devices"),
    ("synthetic_findings", "add_nodes"),
    ("synthetic_findings", "add_tasks"),
    ("synthetic_findings", "add_violations"),
    # the feed's own module
    ("feed", "announce"),
    ("feed", "sequence"),
}


def announced_statements() -> set[tuple[str, str]]:
    found = {
        (aggregate, name)
        for aggregate in aggregates()
        for name, sql in queries(aggregate).items()
        if WRITES.search(sql)
    }
    return found - SILENT


def used_outside() -> set[tuple[str, str]]:
    """Return (aggregate, statement) that code outside `models/changes` names."""
    found = set()
    for room in ("models", "ingest", "vision", "alerts", "api", "deploy"):
        for path in (ROOT / room).rglob("*.py"):
            if path.is_relative_to(ROOT / "models" / "changes"):
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    texts = [part.value for part in node.args if isinstance(part, ast.Constant)]
                    if len(texts) >= 2 and isinstance(texts[0], str) and isinstance(texts[1], str):
                        found.add((texts[0], texts[1]))
    return found


def test_only_changes_run_the_statements_that_change_what_is_announced() -> None:
    statements = announced_statements()
    assert {("violations", "end_violation"), ("alerts", "judge_alert"), ("tasks", "move_task")} <= statements
    assert statements & used_outside() == set()


def test_the_exceptions_exist() -> None:
    known = {(aggregate, name) for aggregate in aggregates() for name in queries(aggregate)}
    assert known >= SILENT
