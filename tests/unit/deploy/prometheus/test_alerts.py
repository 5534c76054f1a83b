"""The alert rules for Prometheus: well-formed, and about metrics and labels that exist."""

import shutil
import subprocess
from typing import Any

import pytest
import yaml

from alerts.posts import POST_OF
from tests.support.paths import ROOT
from tests.support.shipped import unknown_metrics

FILE = ROOT / "deploy" / "prometheus" / "alerts.yml"


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(FILE.read_text(encoding="utf-8"))["groups"]
    return list(group["rules"])


def test_every_metric_of_a_rule_is_declared_in_the_code() -> None:
    assert {rule["alert"]: unknown_metrics(rule["expr"]) for rule in rules() if unknown_metrics(rule["expr"])} == {}
    assert len(rules()) >= 10


def test_every_rule_says_what_is_wrong_how_bad_and_what_to_do() -> None:
    for rule in rules():
        assert set(rule) - {"for"} == {"alert", "expr", "labels", "annotations"}
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert set(rule["annotations"]) == {"summary", "remedy"}
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names)


def test_the_rule_about_posts_knows_how_many_there_are() -> None:
    (rule,) = (rule for rule in rules() if rule["alert"] == "MingchuNobodyNumbersTheFeed")
    assert rule["expr"].endswith(f"< {len(set(POST_OF.values()))}")


@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool (Debian: prometheus)")
def test_promtool_accepts_the_rules() -> None:
    ran = subprocess.run(["promtool", "check", "rules", str(FILE)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr + ran.stdout
