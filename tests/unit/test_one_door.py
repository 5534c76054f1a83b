"""SQL stays in the store: no other code uses the database's connection."""

import re

from tests.support.paths import ROOT

ROOMS = ("models", "ingest", "vision", "alerts", "api", "deploy")


def test_nobody_outside_the_store_executes_sql_on_its_connection() -> None:
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    assert len(files) > 200
    outside = [path for path in files if ROOT / "models" / "store" not in path.parents]
    assert [str(path) for path in outside if re.search(r"\braw\.(execute|cursor|copy)\b", path.read_text())] == []
