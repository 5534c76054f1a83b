"""The alert rules for Prometheus: well-formed, and about metrics and labels that exist."""

import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from alerts.posts import POST_OF
from tests.support.paths import ROOT

FILE = ROOT / "deploy" / "prometheus" / "alerts.yml"
METRIC = re.compile(r"\bmingchu_[a-z_]+\b")
DECLARED = re.compile(r'(?:Counter|Gauge|Histogram)\(\s*"(mingchu_[a-z_]+)"')


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(FILE.read_text(encoding="utf-8"))["groups"]
    return list(group["rules"])


def declared() -> set[str]:
    """Every metric that the code declares."""
    rooms = ("models", "ingest", "vision", "alerts", "api", "deploy")
    files = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    return {name for path in files for name in DECLARED.findall(path.read_text(encoding="utf-8"))}


def test_every_metric_of_a_rule_is_declared_in_the_code() -> None:
    wanted = {name for rule in rules() for name in METRIC.findall(rule["expr"])}
    assert wanted - declared() == set()
    assert len(wanted) >= 10


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


@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool")
def test_promtool_accepts_the_rules() -> None:
    ran = subprocess.run(["promtool", "check", "rules", str(FILE)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr + ran.stdout
