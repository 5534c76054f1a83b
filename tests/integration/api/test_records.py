"""Day records over HTTP: filled in from what happened, answered, signed once, and kept from strangers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from api.requests import encode_cursor
from models.base.clock import SHANGHAI
from models.base.errors import StoreRefused
from tests.integration.api.test_console_pages import dispatched
from tests.integration.api.test_wishes import HTML
from tests.support.days import today
from tests.support.http import Rig, fresh_key
from tests.support.people import number_feed, raise_alert


def opened(rig: Rig, **change: Any) -> Any:  # noqa: ANN401
    body = {"site_id": rig.a.site, "day": today().isoformat(), "pack": "day.school.v1", **change}
    return rig.post("/v1/records", rig.keys.enterprise_a, json=body, headers=fresh_key())


def answered(rig: Rig, record: dict[str, Any], **special: dict[str, str]) -> dict[str, Any]:
    answers = [{"code": row["code"], "result": "ok", **special.get(row["code"], {})} for row in record["items"]]
    path = f"/v1/records/{record['id']}/answers"
    answer = rig.post(path, rig.keys.enterprise_a, etag=record["version"], json={"answers": answers})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def sign(rig: Rig, record: dict[str, Any], **body: Any) -> Any:  # noqa: ANN401
    path = f"/v1/records/{record['id']}/sign"
    return rig.post(path, rig.keys.enterprise_a, etag=record["version"], json={"name": "王安全", **body})


def test_row_15_a_day_is_filled_in_answered_signed_and_announced(rig: Rig) -> None:
    dispatched(rig, rig.a, "no_mask")
    raise_alert(rig.store, rig.files, rig.a, "smoking")  # waits for its review, so the enterprise does not see it yet
    record = opened(rig).json()
    hygiene = next(row for row in record["items"] if row["code"] == "personal_hygiene")
    assert (hygiene["suggested"], hygiene["result"], hygiene["source"]) == ("problem", None, "未戴口罩 1 次")
    assert opened(rig).json()["id"] == record["id"]
    problem = {"result": "problem", "problem": "一人未戴口罩", "disposal": "当场纠正"}
    full = answered(rig, record, personal_hygiene=problem)
    assert sign(rig, full, zero_risk=True).status_code == 422
    done = sign(rig, full)
    assert (done.status_code, done.json()["state_label"], done.json()["late"]) == (200, "已签名", False), done.text
    again = rig.post(
        f"/v1/records/{record['id']}/answers",
        rig.keys.enterprise_a,
        etag=done.json()["version"],
        json={"answers": [{"code": "samples", "result": "ok"}]},
    )
    assert again.status_code == 409
    number_feed(rig.store)
    events = rig.get("/v1/events", rig.keys.regulator_a, cursor=0).json()["data"]
    (event,) = [one for one in events if one["type"] == "mingchu.record.signed"]
    assert (event["data"]["problems"], event["data"]["signature"]) == (1, done.json()["signature"])


def test_zero_risk_is_refused_while_a_confirmed_hazard_is_open(rig: Rig) -> None:
    dispatched(rig, rig.a, "rodent")
    full = answered(rig, opened(rig).json())
    refused = sign(rig, full, zero_risk=True)
    assert (refused.status_code, "1 confirmed hazards are open" in refused.text) == (422, True)
    assert sign(rig, full).status_code == 200


def test_a_quiet_day_ends_with_a_zero_risk_report(rig: Rig) -> None:
    done = sign(rig, answered(rig, opened(rig).json()), zero_risk=True)
    assert done.json()["zero_risk"] is True
    page = rig.browser("regulator-a").get("/console/records", headers=HTML).text
    assert "零风险" in page


def test_a_signed_record_is_not_changed_even_in_the_database(rig: Rig) -> None:
    done = sign(rig, answered(rig, opened(rig).json())).json()
    for change in ("UPDATE day_record SET remark = 'x'", "DELETE FROM day_record"):
        with pytest.raises((psycopg.Error, StoreRefused)), rig.store.write() as w:
            w.raw.execute(change)
    with rig.store.read() as r:
        found = r.raw.execute("SELECT count(*) FROM evidence_unsealed WHERE object LIKE 'step:record:%'").fetchone()
    assert found is not None
    assert found[0] == 1, "the signature waits to be sealed into the chain of evidence"
    assert rig.get(f"/v1/records/{done['id']}", rig.keys.enterprise_a).json()["signature"] == done["signature"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"day": "2020-01-01"}, 422),
        ({"day": "9999-12-31"}, 422),
        ({"day": "soon"}, 422),
        ({"pack": "day.moon.v1"}, 422),
        ({"site_id": "nowhere"}, 404),
        ({"site_id": "site-b"}, 404),
    ],
)
def test_a_wrong_day_form_or_kitchen_opens_nothing(rig: Rig, change: dict[str, str], status: int) -> None:
    answer = opened(rig, **change)
    assert answer.status_code == status, answer.text
    assert rig.get("/v1/records", rig.keys.city).json()["data"] == []


def test_strangers_read_and_write_nothing(rig: Rig) -> None:
    record = opened(rig).json()
    for key, status in ((rig.keys.enterprise_b, 404), (rig.keys.regulator_a, 403), (rig.keys.platform_b, 403)):
        for path, body in (("answers", {"answers": [{"code": "samples", "result": "ok"}]}), ("sign", {"name": "x"})):
            answer = rig.post(f"/v1/records/{record['id']}/{path}", key, etag=1, json=body)
            assert answer.status_code == status, (path, answer.text)
    for key in (rig.keys.enterprise_b, rig.keys.regulator_b):
        assert rig.get("/v1/records", key).json()["data"] == []
        assert rig.get(f"/v1/records/{record['id']}", key).status_code == 404
    page = rig.browser("enterprise-b").get(f"/console/records?record={record['id']}", headers=HTML)
    assert page.status_code == 404


def test_hostile_words_break_no_page(rig: Rig) -> None:
    words = "<script>alert(1)</script>"
    record = answered(rig, opened(rig).json(), samples={"result": "problem", "problem": words, "disposal": words})
    sign(rig, record, name=words)
    for login in ("enterprise-a", "regulator-a"):
        page = rig.browser(login).get(f"/console/records?record={record['id']}", headers=HTML)
        assert page.status_code == 200
        assert "<script>alert" not in page.text


def test_a_record_of_yesterday_signed_in_time_counts_and_later_is_late(rig: Rig) -> None:
    yesterday = (datetime.now(UTC).astimezone(SHANGHAI) - timedelta(days=2)).date().isoformat()
    assert sign(rig, answered(rig, opened(rig, day=yesterday).json())).json()["late"] is True


def test_a_page_of_records_ends_within_a_day_and_goes_on_there(rig: Rig) -> None:
    ids = {opened(rig).json()["id"]}
    body = {"site_id": rig.b.site, "day": rig.get(f"/v1/records/{ids.copy().pop()}", rig.keys.city).json()["day"]}
    ids.add(rig.post("/v1/records", rig.keys.enterprise_b, json=body, headers=fresh_key()).json()["id"])
    first = rig.get("/v1/records", rig.keys.city, limit=1).json()
    second = rig.get("/v1/records", rig.keys.city, limit=1, cursor=first["next_cursor"]).json()
    assert {one["id"] for page in (first, second) for one in page["data"]} == ids
    assert (first["has_more"], second["has_more"], second["next_cursor"]) == (True, False, None)
    assert rig.get("/v1/records", rig.keys.enterprise_a, cursor=second_cursor(rig)).status_code == 422


def second_cursor(rig: Rig) -> str:
    """A cursor that names a record of B."""
    found: str = rig.get("/v1/records", rig.keys.city, limit=1).json()["next_cursor"]
    own = rig.get("/v1/records", rig.keys.enterprise_a).json()["data"][0]["id"]
    for one in rig.get("/v1/records", rig.keys.city).json()["data"]:
        if one["id"] != own:
            found = encode_cursor(one["id"])
    return found
