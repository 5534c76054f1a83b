"""The demo, run as a user runs it."""

import json
import subprocess
import sys


def test_the_demo_alerts_every_situation_and_loses_nothing() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "deploy.cli", "demo", "--for", "120s", "--json"],
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert ran.stdout, ran.stderr[-3000:]
    report = json.loads(ran.stdout)
    assert "明厨 is running:  http" in ran.stderr
    assert report["problems"] == [], report
    assert ran.returncode == 0
    assert len(report["situations"]) == 9
    assert report["readings_published"] == report["readings_stored"] > 500
    assert report["tasks"] == report["tasks_closed"] >= 9
    assert report["frames_analysed"] + report["frames_dropped"] >= report["frames_published"] * 0.95
    assert report["quarantined"] == 0
