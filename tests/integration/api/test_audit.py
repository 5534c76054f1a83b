"""The audit log: looks, log-ins and changes of rights and rules, by whom; append-only and part of the chain."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from alerts.evidence.sealing import breaks, close_days, seal
from models.catalogue.terms import CopyKind, Severity
from models.store import Store, clips
from tests.support.http import Rig
from tests.support.overrides import override
from tests.support.people import raise_alert
from tests.support.world import TENANT

HTML = {"Accept": "text/html"}


def entries(rig: Rig, who: str, **params: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - query values
    answer = rig.get("/v1/audit", who, **params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def test_looking_at_evidence_is_noted_with_its_reason(rig: Rig) -> None:
    alert = raise_alert(rig.store, rig.files, rig.a)
    rig.get(f"/v1/evidence/{alert.evidence_ids[0]}/content", rig.keys.city, reason="投诉核查")
    (entry,) = entries(rig, rig.keys.regulator_a, action="evidence.")
    assert entry["actor"] == f"key:{rig.keys.city.split('_')[1]}"
    assert (entry["reason"], entry["detail"]) == ("投诉核查", {"copy": "original"})
    assert entry["object"] == f"evidence:{alert.evidence_ids[0]}"
    assert entries(rig, rig.keys.regulator_b, action="evidence.") == []


def test_a_key_says_why_it_reads_faces_and_is_named_where_it_reads_none(rig: Rig) -> None:
    alert = raise_alert(rig.store, rig.files, rig.a)
    path = f"/v1/evidence/{alert.evidence_ids[0]}/content"
    for params in ({}, {"reason": "  "}, {"copy": "review"}):
        refused = rig.get(path, rig.keys.city, **params)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid"), params
    with rig.store.write() as w:
        clips.want_copy(w, alert.evidence_ids[0], kind=CopyKind.redacted, at=datetime.now(UTC))
        (wished,) = clips.take_copies(w, tenant_id=None, at=datetime.now(UTC), limit=10)
        clips.copy_ready(w, wished, sha256=rig.files.put(b"hidden"), size=6, mime="image/jpeg")
    assert rig.get(path, rig.keys.enterprise_a).status_code == 200
    (entry,) = entries(rig, rig.keys.regulator_a, action="evidence.")
    assert entry["reason"].startswith("接口密钥 ")


@pytest.mark.parametrize(
    ("referer", "reason"),
    [
        ("http://testserver/mingchu/console/review?alert=1", "页面 /console/review?alert=1"),
        ("http://elsewhere.example/console/review", ""),
        ("http://[", ""),
        ("http://testserver/v1/alerts", ""),
        (f"http://testserver/console/tasks/{'x' * 900}", f"页面 /console/tasks/{'x' * 182}"),
    ],
)
def test_a_look_from_a_page_has_the_page_as_its_reason(rig: Rig, referer: str, reason: str) -> None:
    alert = raise_alert(rig.store, rig.files, rig.a)
    rig.browser("city").get(f"/v1/evidence/{alert.evidence_ids[0]}/content", headers={"Referer": referer})
    (entry,) = entries(rig, rig.keys.regulator_a, action="evidence.")
    assert entry["reason"] == reason


def test_a_log_in_is_noted_with_its_address(rig: Rig) -> None:
    rig.browser("enterprise-a")
    (entry,) = entries(rig, rig.keys.regulator_a, action="session.")
    assert (entry["actor"], entry["object"]) == ("enterprise-a", "app_user:enterprise-a")
    assert entry["detail"]["by"] == "password"


def test_changes_of_rights_name_old_and_new_and_no_secret(rig: Rig) -> None:
    user = next(u for u in rig.get("/v1/users", rig.keys.admin).json()["data"] if u["login"] == "regulator-a")
    body = {"name": "新名", "role": "platform", "region": "330602"}
    rig.post(f"/v1/users/{user['id']}/change", rig.keys.admin, json=body, etag=user["version"])
    rig.post(f"/v1/users/{user['id']}/reset", rig.keys.admin, json={}, etag=user["version"] + 1)
    key = rig.post("/v1/keys", rig.keys.admin, json={"name": "k", "role": "platform", "region": "33"}).json()["secret"]
    found = entries(rig, rig.keys.admin, object="app_user:regulator-a")
    reset, changed = found[0], found[1]
    assert changed["detail"]["role"] == ["regulator", "platform"]
    assert changed["detail"]["name"] == ["用户regulator-a", "新名"]
    assert reset["detail"] == {"password_hash": "***"}
    (added,) = [e for e in entries(rig, rig.keys.admin, action="api_key.") if e["detail"].get("name") == "k"]
    assert added["detail"]["secret_sha256"] == "***"
    assert key not in str(entries(rig, rig.keys.admin, limit=200))


def test_a_changed_rule_is_noted_where_it_applies(rig: Rig, store: Store) -> None:
    override(store, "smoking", at=datetime.now(UTC), entity_id=rig.a.entity, severity=Severity.critical)
    (entry,) = entries(rig, rig.keys.regulator_a, action="code_override.")
    assert entry["entity_id"] == str(rig.a.entity)
    assert entries(rig, rig.keys.regulator_b, action="code_override.") == []


def test_pages_follow_each_other_and_times_bound_them(rig: Rig) -> None:
    for login in ("enterprise-a", "regulator-a", "platform-a"):
        rig.browser(login)
    first = rig.get("/v1/audit", rig.keys.admin, action="session.", limit=2).json()
    rest = rig.get("/v1/audit", rig.keys.admin, action="session.", limit=2, cursor=first["next_cursor"]).json()
    assert [e["actor"] for e in first["data"] + rest["data"]] == ["platform-a", "regulator-a", "enterprise-a"]
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert entries(rig, rig.keys.admin, since=later) == []
    assert len(entries(rig, rig.keys.admin, until=later, action="session.")) == 3
    assert rig.get("/v1/audit", rig.keys.admin, since="2026-01-01T00:00:00").status_code == 422
    assert rig.get("/v1/audit", rig.keys.admin, cursor="eA").status_code == 422


@pytest.mark.parametrize("who", ["enterprise_a", "platform_b"])
def test_those_who_are_supervised_do_not_read_it(rig: Rig, who: str) -> None:
    assert rig.get("/v1/audit", getattr(rig.keys, who)).status_code == 403


def test_entries_are_sealed_with_the_evidence_and_a_change_is_found(rig: Rig, store: Store) -> None:
    rig.browser("enterprise-a")
    at = datetime.now(UTC)
    with store.write() as w:
        assert seal(w, at=at) > 0
        close_days(w, at=at + timedelta(days=1))
        assert list(breaks(w, tenant_id=TENANT)) == []
        w.raw.execute("RESET ROLE")
        w.raw.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        w.raw.execute("UPDATE audit_entry SET actor = 'nobody' WHERE action = 'session.opened'")
        (found,) = breaks(w, tenant_id=TENANT)
        assert "audit:" in found


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry"])
def test_no_role_rewrites_it(rig: Rig, api_store: Store, store: Store, statement: str) -> None:
    rig.browser("enterprise-a")
    for one in (api_store, store):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), one.write() as w:
            w.raw.execute(statement)


def test_the_pages_show_accounts_log_and_platform(rig: Rig) -> None:
    browser = rig.browser("admin")
    users = browser.get("/console/users", headers=HTML).text
    assert "用户regulator-a" in users
    assert "platform-b" in users
    assert "登录" in browser.get("/console/audit", params={"action": "session.opened"}, headers=HTML).text
    assert "PostgreSQL" in browser.get("/console/system", headers=HTML).text
    assert "修改密码" in browser.get("/console/account", headers=HTML).text
    regional = rig.browser("regulator-a")
    assert "platform-b" not in regional.get("/console/users", headers=HTML).text
    assert regional.get("/console/system", headers=HTML).status_code == 403
    assert rig.browser("enterprise-a").get("/console/users", headers=HTML).status_code == 403
    assert rig.browser("enterprise-a").get("/console/audit", headers=HTML).status_code == 403


def test_an_administrator_of_a_region_does_not_see_the_whole_platform(rig: Rig) -> None:
    new = {"name": "r", "role": "admin", "region": "3306"}
    key = rig.post("/v1/keys", rig.keys.admin, json=new).json()["secret"]
    assert rig.get("/v1/system", key).status_code == 403
    assert rig.get("/v1/system", rig.keys.admin).json()["queues"]["outbox"] >= 0
