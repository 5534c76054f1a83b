"""Every route × role × own and foreign × read and write: who is admitted is written down, and nothing foreign changes.

The table `matrix.txt` beside this file names the admitted callers of each route. A route that it lacks fails; with
MINGCHU_UPDATE_SNAPSHOTS=1 it is written anew, to be read in the diff.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from models.catalogue.terms import Role
from models.store import Store
from tests.integration.api.test_isolation import EVERYBODYS, both, get_routes
from tests.support.groups import limited
from tests.support.http import Rig, bearer
from tests.support.people import add_key, add_user

__all__ = ["both"]
FOUND_IN = {
    "absence_id": "absence",
    "assignment_id": "assignment",
    "delegation_id": "delegation",
    "line_id": "responsibility",
    "opening_id": "opening_rule",
    "override_id": "code_override",
    "person_id": "person",
    "service_id": "service",
    "setting_id": "warning_setting",
    "training_id": "training",
}
"""Where ids are looked for that the rig does not know; one that B has none of is a new one."""

TABLE = Path(__file__).with_name("matrix.txt")
LOGINS = {
    "enterprise": "enterprise-b",
    "platform": "platform-b",
    "regulator": "regulator-b",
    "admin": "admin",
}
METHODS = ("get", "post", "patch", "put", "delete")
CALLERS = ("nobody", "enterprise", "platform", "regulator", "admin")
NOT_CALLED = {
    "/v1/events/stream": "a stream without end, tested in tests/integration/api/feed",
    "/v1/camera-looks": "it connects to the address in its example",
}
KEEPS_NOTES = frozenset({"audit_entry", "idempotency", "user_session", "login_device", "evidence_copy"})
"""Tables that a refused or repeated call may write to: who tried, and what was answered."""


def operations(rig: Rig) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation of the API: method, path, and its description."""
    for path, item in sorted(rig.app.openapi()["paths"].items()):
        for method in METHODS:
            if method in item and path not in NOT_CALLED:
                yield method, path, item[method]


def body_of(rig: Rig, operation: dict[str, Any]) -> dict[str, Any] | None:
    """The example of an operation's JSON body."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    name = content["schema"].get("$ref", "").rsplit("/", 1)[-1]
    found: dict[str, Any] = rig.app.openapi()["components"]["schemas"].get(name, {}).get("example", {})
    return found


@pytest.fixture
def ids(both: tuple[Rig, dict[str, str]], store: Store) -> dict[str, str]:
    """The ids of B by the name of a path parameter."""
    rig, known = both
    # A user and a key that no caller here uses, because calls change them.
    spare = add_key(store, Role.platform, region=rig.b.region)
    add_user(store, "spare-b", Role.platform, region=rig.b.region)
    found = {"key_prefix": spare.split("_")[1], "node_id": rig.b.node, "token": "x" * 32, "session_id": str(uuid4())}
    found["tenant_id"] = "elsewhere"
    with store.read() as r:
        user = r.raw.execute("SELECT id FROM app_user WHERE login = 'spare-b'").fetchone()
        assert user is not None
        found["user_id"] = str(user[0])
        for name, table in FOUND_IN.items():
            row = r.raw.execute(
                f"SELECT id FROM {table} t WHERE t::text LIKE %s LIMIT 1", [f"%{rig.b.entity}%"]
            ).fetchone()
            found[name] = str(uuid4() if row is None else row[0])
    return known | found


def called(rig: Rig, method: str, path: str, key: str | None, operation: dict[str, Any]) -> int:
    headers = bearer(key) | {"If-Match": '"1"', "Accept": "application/json"}
    body = body_of(rig, operation)
    more: dict[str, Any] = {} if body is None else {"json": body}
    wanted = {"reason": "Probe"} if method == "get" else {}
    return rig.http.request(method, path, headers=headers, params=wanted, **more).status_code


def admitted(status: int) -> bool:
    return status not in {401, 403}


def keys_of_b(rig: Rig) -> dict[str, str | None]:
    return {
        "nobody": None,
        "enterprise": rig.keys.enterprise_b,
        "platform": rig.keys.platform_b,
        "regulator": rig.keys.regulator_b,
        "admin": rig.keys.admin,
    }


def rows_of(store: Store, marks: tuple[str, ...]) -> dict[str, list[str]]:
    """Every row that names an enterprise, by table."""
    with store.read() as r:
        tables = [
            name
            for (name,) in r.raw.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
                "AND NOT relispartition AND has_table_privilege('mingchu_worker', oid, 'SELECT') ORDER BY 1"
            )
        ]
        found: dict[str, list[str]] = {}
        for table in tables:
            if table not in KEEPS_NOTES and not table.startswith("lease"):
                texts = [row[0] for row in r.raw.execute(f"SELECT t::text FROM {table} t ORDER BY 1").fetchall()]
                found[table] = [text for text in texts if any(mark in text for mark in marks)]
        return found


def test_who_is_admitted_is_written_down(both: tuple[Rig, dict[str, str]], ids: dict[str, str]) -> None:
    rig, _ = both
    lines: list[str] = []
    for method, path, operation in operations(rig):
        target = path.format(**ids)
        # Those with the least rights come first: what an administrator's call changes can't matter to them.
        seen = [who for who, key in keys_of_b(rig).items() if admitted(called(rig, method, target, key, operation))]
        lines.append(f"{method.upper():6} {path:60} {' '.join(seen) or '-'}")
    browsers = {who: rig.browser(login) for who, login in LOGINS.items()}
    for path in get_routes(rig):
        if path.startswith("/console"):
            statuses = {who: browser.get(path.format(**ids)).status_code for who, browser in browsers.items()}
            seen = [who for who, status in statuses.items() if status not in {303, 401, 403}]
            lines.append(f"{'PAGE':6} {path:60} {' '.join(seen) or '-'}")
    text = "\n".join(lines) + "\n"
    if os.environ.get("MINGCHU_UPDATE_SNAPSHOTS"):
        TABLE.write_text(text, encoding="utf-8")
    assert text.splitlines() == TABLE.read_text(encoding="utf-8").splitlines()


def test_nobody_without_a_log_in_comes_in_but_where_it_is_said() -> None:
    public = {line.split()[1] for line in TABLE.read_text(encoding="utf-8").splitlines() if " nobody" in line}
    assert public == {
        "/health",
        "/ready",
        "/login",
        "/login/code",
        "/logout",
        "/welcome",
        "/welcome/look",
        "/v1/public/bright-kitchens/{licence}",
        "/v1/uploads/{token}",
    }


@pytest.mark.parametrize("who", ["enterprise_a", "regulator_a", "nobody", "office", "branch", "camera"])
def test_foreign_callers_change_nothing(
    both: tuple[Rig, dict[str, str]], ids: dict[str, str], store: Store, who: str
) -> None:
    """Each writing route with the ids of B and a valid body, as somebody of A: no row of B changes."""
    rig, _ = both
    marks = (str(rig.b.entity), rig.b.site, rig.b.camera, rig.b.fridge, rig.b.node, ids["user_id"], ids["key_prefix"])
    before = rows_of(store, marks)
    key = None if who == "nobody" else limited(rig, rig.a, "x").get(who) or getattr(rig.keys, who)
    for method, path, operation in operations(rig):
        if method == "get" or path.startswith("/v1/uploads"):
            continue
        status = called(rig, method, path.format(**ids), key, operation)
        assert status < 500, (method, path)
        named = set(re.findall(r"{(\w+)}", path)) - EVERYBODYS
        assert not named or not 200 <= status < 300, (method, path, status)
    after = rows_of(store, marks)
    assert {table for table in before if before[table] != after[table]} == set()
