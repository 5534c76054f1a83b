"""Pictures of faces are not cached, so that each access at a browser is a new request and is logged."""

import pytest

from tests.support.http import Rig
from tests.support.people import raise_alert


def looks(rig: Rig) -> list[tuple[str, str]]:
    with rig.store.read() as r:
        return r.raw.execute("SELECT actor, action FROM access_log ORDER BY 1").fetchall()


def test_an_original_is_not_cached_and_every_access_is_logged(rig: Rig) -> None:
    alert = raise_alert(rig.store, rig.files, rig.a)
    path = f"/v1/evidence/{alert.evidence_ids[0]}/content"
    for login in ("regulator-a", "regulator-a", "city"):
        answer = rig.browser(login).get(path)
        assert "no-store" in answer.headers["cache-control"]
        part = rig.browser(login).get(path, headers={"Range": "bytes=0-9"})
        assert (part.status_code, "no-store" in part.headers["cache-control"]) == (206, True)
    assert [actor for actor, action in looks(rig) if action == "view"] == ["city"] * 2 + ["regulator-a"] * 4


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
def test_answers_of_the_api_forbid_caching(rig: Rig, path: str, *, known: bool) -> None:
    answer = rig.get(path, rig.keys.regulator_a if known else None)
    assert "no-store" in answer.headers["cache-control"], answer.headers


def test_static_files_of_the_console_may_be_cached(rig: Rig) -> None:
    assert "immutable" in rig.get("/static/shell/base.css", v="1").headers["cache-control"]
