"""Report of the demo: compare what was sent with what was stored, alerted, closed and put on the feed."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from deploy.demo.plan import TENANT, Plan
from deploy.places import Endpoints
from deploy.stack import metrics_of
from models.base.clock import parse_rfc3339
from models.base.jsonio import loads
from models.catalogue.terms import TaskState
from models.domain.alerts import Alert
from models.store import Read, Store, alerts, quarantine, readings, tasks, violations
from models.store.filters import Filter

PAGE = 200
EARLY = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A scripted situation, and whether it became an alert."""

    code: str
    site: str
    expected_at: str
    alerted: bool
    latency_s: float | None


@dataclass(slots=True, kw_only=True)
class DemoReport:
    """Report that `mingchu demo --for … --json` prints; the simulated weeks before the start are left out."""

    frames_published: int = 0
    frames_analysed: int = 0
    frames_dropped: int = 0
    readings_published: int = 0
    readings_stored: int = 0
    violations: int = 0
    alerts: int = 0
    tasks: int = 0
    tasks_closed: int = 0
    feed_events: int = 0
    quarantined: int = 0
    false_alarms: int = 0
    unexpected: list[str] = field(default_factory=list)
    situations: list[Situation] = field(default_factory=list)
    footage: dict[str, int] | None = None
    problems: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain JSON values."""
        whole = asdict(self)
        if self.footage is None:
            del whole["footage"]
        return whole


def ledger_of(path: Path) -> dict[str, Any]:
    """Return the fleet's record of what it sent; empty before the fleet started."""
    try:
        return dict(loads(path.read_bytes()))
    except (OSError, ValueError):
        return {}


def make_report(
    store: Store, endpoints: Endpoints, plan: Plan, ledger: dict[str, Any], *, platform_key: str
) -> DemoReport:
    """Compare sent and stored data, and return the report."""
    started = parse_rfc3339(ledger["started_at"])
    vision = metrics_of(endpoints, "vision")
    report = DemoReport(
        frames_published=ledger["frames_published"],
        frames_analysed=_sum(vision, "mingchu_vision_frames_analysed_total"),
        frames_dropped=_sum(vision, "mingchu_vision_frames_dropped_total"),
        readings_published=ledger["readings_published"],
    )
    with store.read() as r:
        report.readings_stored, distinct = readings.count_readings(r)
        report.violations = violations.violation_total(r)
        report.quarantined = quarantine.quarantine_total(r)
        alerts = [alert for alert in all_alerts(r) if alert.opened_at >= started]
        found = [task for alert in alerts if (task := tasks.task_of_alert(r, alert.id)) is not None]
    report.alerts, report.tasks = len(alerts), len(found)
    report.tasks_closed = sum(task.state is TaskState.closed for task in found)
    report.situations = [_situation(plan_entry, alerts, started) for plan_entry in plan.expected]
    planned = {(expected.device, expected.code) for expected in plan.expected}
    report.unexpected = [f"{a.code} at {a.device_id}" for a in alerts if (a.device_id, a.code) not in planned]
    report.false_alarms = len(report.unexpected)
    unjudged = int(vision.get('mingchu_vision_frames_dropped_total{reason="not_judged"}', 0))
    if unjudged:
        report.problems.append(f"frames: {unjudged} could not be judged; the log of vision says why")
    _check_readings(report, distinct)
    _check_feed(report, store, endpoints, platform_key)
    report.problems += [f"not alerted: {s.code} at {s.site}" for s in report.situations if not s.alerted]
    return report


def _sum(metrics: dict[str, float], name: str) -> int:
    return int(sum(value for key, value in metrics.items() if key.split("{")[0] == name))


def all_alerts(r: Read) -> list[Alert]:
    """Return all alerts."""
    found: list[Alert] = []
    before: UUID | None = None
    while page := alerts.alerts(r, before=before, limit=PAGE):
        found += page
        before = page[-1].id
    return found


def _situation(expected: Any, alerts: list[Alert], started: datetime) -> Situation:  # noqa: ANN401 - plan.Expected
    expected_at = started + timedelta(seconds=expected.start_s)
    hits = [
        alert.opened_at
        for alert in alerts
        if (alert.device_id, alert.code) == (expected.device, expected.code) and alert.opened_at >= expected_at - EARLY
    ]
    first = min(hits, default=None)
    return Situation(
        code=expected.code,
        site=expected.site,
        expected_at=expected_at.isoformat(timespec="milliseconds"),
        alerted=first is not None,
        latency_s=None if first is None else round((first - expected_at).total_seconds(), 2),
    )


def _check_readings(report: DemoReport, distinct: int) -> None:
    if report.readings_stored != report.readings_published:
        report.problems.append(f"readings: {report.readings_published} published, {report.readings_stored} stored")
    if distinct != report.readings_stored:
        report.problems.append(f"readings: {report.readings_stored - distinct} stored twice")


def _check_feed(report: DemoReport, store: Store, endpoints: Endpoints, key: str) -> None:
    """Read the whole feed as a platform does; report numbers that do not rise, and repeated or missing events."""
    seen: list[int] = []
    ids: set[str] = set()
    for event in feed_events(endpoints.console_url, key):
        seen.append(event["seq"])
        ids.add(event["id"])
    report.feed_events = len(seen)
    if seen != sorted(set(seen)) or len(ids) != len(seen):
        report.problems.append("feed: an event was repeated or out of order")
    with store.read() as r:
        stored = feed_total(r)
    if stored != len(seen):
        report.problems.append(f"feed: {stored} events are stored for {TENANT}, {len(seen)} were delivered")


def feed_total(r: Read) -> int:
    """Return the number of events that the feed holds."""
    return int(r.value("feed", "event_total"))


def feed_events(console_url: str, key: str) -> Iterator[dict[str, Any]]:
    """Yield every event from the oldest kept, page by page, as a platform pulls them."""
    cursor = 0
    with httpx.Client(base_url=console_url, headers={"Authorization": f"Bearer {key}"}, timeout=30) as client:
        while True:
            answer = client.get("/v1/events", params={"cursor": cursor, "limit": PAGE})
            answer.raise_for_status()
            page = answer.json()
            yield from page["data"]
            cursor = int(page["next_cursor"])
            if not page["has_more"]:
                return


def judge_footage(store: Store, plan: Plan, ledger: dict[str, Any]) -> dict[str, int]:
    """Count for each real still whether a bare-head violation covers its time on screen; its labels are the truth."""
    started = parse_rfc3339(ledger["started_at"])
    result = {"stills_bare": 0, "bare_alerted": 0, "stills_covered": 0, "covered_alerted": 0}
    with store.read() as r:
        for site in plan.sites:
            for camera in site.cameras:
                hats = Filter(code="no_chef_hat")
                shown = violations.violations(r, limit=1000, chosen=hats, device_id=camera.script.device)
                for i, still in enumerate(camera.script.footage):
                    label = still.with_suffix(".txt")
                    if not label.exists():
                        continue
                    bare = any(line.split()[:1] == ["1"] for line in label.read_text().splitlines())
                    begin = started + timedelta(seconds=i * camera.script.hold_s)
                    end = begin + timedelta(seconds=camera.script.hold_s)
                    alerted = any(
                        v.started_at < end - EARLY and (v.ended_at is None or v.ended_at > begin + EARLY) for v in shown
                    )
                    result["stills_bare" if bare else "stills_covered"] += 1
                    result["bare_alerted" if bare else "covered_alerted"] += alerted
    return result
