"""Warnings over HTTP and on the page: whose they are, why, and for nobody else."""

from datetime import UTC, datetime

from alerts.duties.warnings.evaluating import evaluate
from tests.integration.api.test_wishes import HTML
from tests.support.http import Rig


def test_a_warning_is_seen_by_its_enterprise_and_its_authority_alone(rig: Rig) -> None:
    with rig.store.write() as w:
        w.raw.execute("UPDATE person SET valid_to = now() WHERE entity_id = %s", [rig.a.entity])
        assert evaluate(w, at=datetime.now(UTC)) == 1
    for key in (rig.keys.enterprise_a, rig.keys.regulator_a, rig.keys.city):
        (found,) = rig.get("/v1/warnings", key).json()["data"]
        assert (found["rule"], found["rule_label"], found["level_label"]) == ("post_empty", "两员空缺", "黄色")
        assert rig.get(f"/v1/warnings/{found['id']}", key).json() == found
    for key in (rig.keys.enterprise_b, rig.keys.regulator_b):
        assert rig.get("/v1/warnings", key).json()["data"] == []
        assert rig.get(f"/v1/warnings/{found['id']}", key).status_code == 404
    assert rig.get("/v1/warnings", rig.keys.city, state="ended").json()["data"] == []
    assert rig.get("/v1/warnings", rig.keys.city, state="x").status_code == 422
    page = rig.browser("enterprise-a").get("/console/warnings", headers=HTML).text
    assert "没有在岗的食品安全总监或食品安全员" in page
    assert "没有在岗" not in rig.browser("enterprise-b").get("/console/warnings", headers=HTML).text
