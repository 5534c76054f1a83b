"""A newcomer finds the file of a behaviour in two steps: README → ARCHITECTURE → file."""

import re
from pathlib import Path

import pytest

from tests.support.paths import ROOT

QUESTIONS = [
    ("a mask is required", "no_mask"),
    ("an overdue level rises", "LEVELS"),
    ("an event is made; which exist", "class EventType"),
    ("faces are hidden", "def "),
    ("a node's password is checked", "mosquitto_hash"),
    ("a code's deadline", "deadline"),
    ("the broker is killed", "broker"),
    ("a sensor's limits and kinds", "fridge_temp"),
]


def row_of(question: str) -> str:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    return next(line for line in page.splitlines() if line.startswith("|") and question in line)


def files_in(row: str) -> list[Path]:
    named = [ROOT / name for name in re.findall(r"`([^`]+)`", row)]
    return [found for name in named for found in ([name] if name.is_file() else sorted(name.rglob("*.py")))]


def test_the_readme_links_the_next_documents() -> None:
    assert "](ARCHITECTURE.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("question", "marker"), QUESTIONS)
def test_each_question_has_a_row_with_files_that_answer_it(question: str, marker: str) -> None:
    found = files_in(row_of(question))
    assert any(marker in path.read_text(encoding="utf-8") for path in found), found


def test_a_checklist_explains_how_to_add_a_kind_of_sensor() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    steps = page.split("## Add a sensor kind")[1].split("##")[0]
    assert "models/catalogue/sensors.toml" in steps


def test_every_decision_is_in_the_list() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(re.findall(r"\]\((\d{4}-[a-z0-9-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8")))
    assert listed == {path.name for path in folder.glob("0*.md")}
