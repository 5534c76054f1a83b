"""What shows faces stays in no cache: the next person at a browser looks for themselves, and each look is logged."""

import pytest

from tests.support.http import Rig
from tests.support.people import raise_alert


def looks(rig: Rig) -> list[tuple[str, str]]:
    with rig.store.read() as r:
        return r.raw.execute("SELECT actor, action FROM audit_entry ORDER BY 1").fetchall()


def test_an_original_is_stored_nowhere_and_every_look_is_a_row(rig: Rig) -> None:
    alert = raise_alert(rig.store, rig.files, rig.a)
    path = f"/v1/evidence/{alert.evidence_ids[0]}/content"
    for login in ("regulator-a", "regulator-a", "city"):
        answer = rig.browser(login).get(path)
        assert "no-store" in answer.headers["cache-control"]
        part = rig.browser(login).get(path, headers={"Range": "bytes=0-9"})
        assert (part.status_code, "no-store" in part.headers["cache-control"]) == (206, True)
    assert [actor for actor, action in looks(rig) if action == "evidence.viewed"] == ["city"] * 2 + ["regulator-a"] * 4


@pytest.mark.parametrize(
    "path",
    [
        "/v1/me",
        "/v1/alerts",
        "/v1/tasks",
        "/v1/devices",
        "/v1/events?cursor=0",
        "/v1/nothing",
        "/openapi.json",
        "/ready",
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_api_answers_forbid_caching(rig: Rig, path: str, *, known: bool) -> None:
    answer = rig.get(path, rig.keys.regulator_a if known else None)
    assert "no-store" in answer.headers["cache-control"], answer.headers


def test_files_of_the_console_may_be_kept(rig: Rig) -> None:
    assert "immutable" in rig.get("/static/shell/base.css", v="1").headers["cache-control"]
