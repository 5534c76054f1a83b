"""A row that can't be shown is omitted: every page shows the rest, and states that something is missing."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from models.store import feed
from tests.attacks.uploads.conftest import confirmed
from tests.support.http import Rig
from tests.support.people import raise_alert

MARRED = "处数据无法显示"
ALERTS = {
    "a time without end": "opened_at = 'infinity'",
    "a time at the end of the calendar": "opened_at = '9999-12-31T23:59:59Z', last_at = '9999-12-31T23:59:59Z'",
    "a time before the calendar": "first_at = '0001-01-01T00:00:00Z'",
    "a time that is no time here": "first_at = '4713-01-01 BC'",
    "an unknown zone": "zone = 'cellar'",
    "an unknown severity": "severity = 'dreadful'",
    "a measure that is no number": """measured = '{"value": "x", "threshold": 1, "unit": "Cel"}'""",
    "a measure that is a list": "measured = '[1]'",
    "an infinite measure": """measured = '{"value": 1e400, "threshold": 1, "unit": "Cel", "hold_s": 1e300}'""",
    "an unknown code": "code = 'no_such_code'",
}
EVIDENCE = {
    "evidence of the year 9999": "captured_at = '9999-12-31T23:59:59Z'",
    "evidence without end": "captured_at = 'infinity'",
    "evidence of an unknown kind": "kind = 'hologram'",
    "evidence whose detail is a list": "detail = '[1]', kind = 'clip'",
}
VIOLATIONS = {
    "boxes that are none": "boxes = '[1, null]'",
    "boxes with words": """boxes = '[{"x": "left"}]'""",
    "a model that is a text": "model = '\"x\"'",
    "a rule that is null": "rule = 'null'",
    "a time without end": "occurred_at = 'infinity'",
}
TASKS = {
    "a deadline without end": "due_at = 'infinity'",
    "a deadline at the end of the calendar": "due_at = '9999-12-31T23:59:59Z'",
    "an unknown zone": "zone = 'cellar'",
    "an unknown state": "state = 'lost'",
}
DEVICES = {
    "an unknown zone": "zone = 'cellar'",
    "a health that is a text": "health = '\"x\"'",
    "a health with words": """health = '{"width": 1, "fps": "many"}'""",
    "a configuration that is a list": "config = '[]'",
    "a last frame without end": "last_frame_at = 'infinity'",
}
EVENTS = {
    "data that are a list": "data = '[1]'",
    "data that are null": "data = 'null'",
    "a time without end": "time = 'infinity'",
    "a time at the end of the calendar": "time = '9999-12-31T23:59:59Z', occurred_at = '9999-12-31T23:59:59Z'",
}


def plant(database_url: str, table: str, change: str, where: str = "true") -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # bypass the triggers that protect evidence
        connection.execute(f"UPDATE {table} SET {change} WHERE {where}")  # type: ignore[arg-type]


def page(rig: Rig, path: str, login: str = "regulator-a") -> str:
    answer = rig.browser(login).get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize("change", ALERTS.values(), ids=ALERTS)
def test_an_alert_that_cannot_be_shown_hides_no_other(rig: Rig, database_url: str, change: str) -> None:
    odd, good = raise_alert(rig.store, rig.files, rig.a, "rodent"), raise_alert(rig.store, rig.files, rig.a, "smoking")
    plant(database_url, "alert", change, f"id = '{odd.id}'")
    for path in ("/console/review", "/console/review/queue", f"/console/review?alert={odd.id}"):
        assert str(good.id) in page(rig, path)
    assert page(rig, f"/console/review/items/{good.id}")


@pytest.mark.parametrize("change", EVIDENCE.values(), ids=EVIDENCE)
def test_evidence_that_cannot_be_shown_hides_no_alert(rig: Rig, database_url: str, change: str) -> None:
    odd, good = raise_alert(rig.store, rig.files, rig.a, "rodent"), raise_alert(rig.store, rig.files, rig.a, "smoking")
    plant(database_url, "evidence", change, f"id = '{odd.evidence_ids[0]}'")
    for path in ("/console/review", f"/console/review?alert={odd.id}"):
        assert str(odd.id) in page(rig, path)
        assert str(good.id) in page(rig, path)
    assert page(rig, f"/console/review/items/{odd.id}")


@pytest.mark.parametrize("change", VIOLATIONS.values(), ids=VIOLATIONS)
def test_a_violation_that_cannot_be_shown_hides_no_alert(rig: Rig, database_url: str, change: str) -> None:
    odd = raise_alert(rig.store, rig.files, rig.a, "rodent")
    plant(database_url, "violation", change, f"alert_id = '{odd.id}'")
    text = page(rig, f"/console/review?alert={odd.id}")
    assert str(odd.evidence_ids[0]) in text
    if "boxes" not in change:  # boxes are only drawn on a clip
        assert MARRED in text


@pytest.mark.parametrize("change", TASKS.values(), ids=TASKS)
def test_a_task_that_cannot_be_shown_hides_no_other(rig: Rig, database_url: str, change: str) -> None:
    odd, good = confirmed(rig, "rodent"), confirmed(rig, "smoking")
    plant(database_url, "task", change, f"id = '{odd['id']}'")
    for login in ("regulator-a", "enterprise-a"):
        assert good["id"] in page(rig, "/console/tasks", login)
        assert page(rig, f"/console/tasks/{good['id']}", login)


@pytest.mark.parametrize("change", DEVICES.values(), ids=DEVICES)
def test_a_device_that_cannot_be_shown_hides_no_other(rig: Rig, database_url: str, change: str) -> None:
    plant(database_url, "device", change, f"id = '{rig.a.camera}'")
    assert rig.a.fridge in page(rig, "/console/sites")


@pytest.mark.parametrize("change", EVENTS.values(), ids=EVENTS)
def test_an_event_that_cannot_be_shown_hides_no_other(rig: Rig, database_url: str, change: str) -> None:
    for code in ("rodent", "smoking"):
        raise_alert(rig.store, rig.files, rig.a, code)
    with rig.store.write() as w:
        feed.sequence(w)
    first = "seq = (SELECT min(seq) FROM event)"
    plant(database_url, "event", change, first)
    text = page(rig, "/console/events")
    assert "预警" in text
    if "9999" not in change:
        assert MARRED in text


def test_the_condition_of_a_device_may_be_odd_too(rig: Rig, database_url: str) -> None:
    since = datetime.now(UTC) - timedelta(hours=1)
    with psycopg.connect(database_url, autocommit=True) as connection:
        for detail in ("[1]", "null", '{"reason": {"a": 1}}'):
            connection.execute(
                "INSERT INTO device_condition (id, device_id, code, since, notify_at, detail) "
                "VALUES (gen_random_uuid(), %s, %s, %s, %s, %s)",
                (rig.a.camera, f"odd_{len(detail)}", since, since, detail),
            )
    assert rig.a.fridge in page(rig, "/console/sites")
