from datetime import UTC, datetime, timedelta

import pytest
from psycopg.types.json import Jsonb

from alerts.findings.series import check_series
from alerts.hazards.review import confirm
from alerts.hazards.tasks import raise_overdue
from api.console.review.page import chart_of
from models.catalogue.terms import AlertOrigin, Role, Severity
from models.changes.nodes import note_status
from models.changes.tasks import raise_severity
from models.domain.access import SYSTEM, Actor
from models.domain.alerts import Alert
from models.domain.tasks import RectificationTask
from models.store import Scope, alerts, readings
from tests.support.http import Rig
from tests.support.people import number_feed, raise_alert
from tests.support.world import TENANT, Kitchen

HTML = {"Accept": "text/html"}
CITY = Actor(name="city", role=Role.regulator)


def dispatched(rig: Rig, kitchen: Kitchen, code: str, *, ago: timedelta = timedelta(0)) -> RectificationTask:
    alert, at = raise_alert(rig.store, rig.files, kitchen, code), datetime.now(UTC) - ago
    with rig.store.write() as w:
        return confirm(w, alert.id, revision=1, by=CITY, at=at)[1]


def warm_fridge(rig: Rig, kitchen: Kitchen) -> Alert:
    """Half an hour above 10 ℃ becomes an alert."""
    now = datetime.now(UTC)
    rows = [
        readings.ReadingRow(kitchen.fridge, "fridge_temp", at, m, at, 12.5 if m < 30 else 4.0, False)
        for m in range(60)
        if (at := now - timedelta(minutes=m))
    ]
    with rig.store.write() as w:
        readings.store_readings(w, rows)
    with rig.store.write() as w:
        check_series(w, at=datetime.now(UTC))
        (alert,) = [a for a in alerts.alerts(w, limit=9) if a.origin is AlertOrigin.breach]
    return alert


def test_the_review_page_shows_the_worst_first_with_all_that_a_verdict_needs(rig: Rig) -> None:
    raise_alert(rig.store, rig.files, rig.a, "phone_use")
    worst = raise_alert(rig.store, rig.files, rig.a, "rodent")
    page = rig.browser("regulator-a").get("/console/review", headers=HTML)
    assert page.headers["cache-control"] == "no-store"
    assert page.text.index("老鼠") < page.text.index("玩手机")
    assert f'data-alert="{worst.id}" data-revision="1" data-pending' in page.text
    for said in ("企业a", "厨房a", "烹饪区", "88%", "kitchen-n 1", "《食品安全法》33(1)(2), 126", "92330602MA00TEX117"):
        assert said in page.text, said
    assert all(f"/v1/evidence/{piece}/content" in page.text for piece in worst.evidence_ids)


def test_a_sensor_alert_shows_value_limit_and_curve(rig: Rig) -> None:
    alert = warm_fridge(rig, rig.a)
    browser = rig.browser("regulator-a")
    item = browser.get(f"/console/review/items/{alert.id}", headers=HTML).text
    assert "<b>12.5</b><span>℃</span>" in item
    assert "高于限值 <b>10 ℃</b>，报警级，持续 15 分钟以上" in item
    assert '<polyline class="series"' in item
    with rig.store.write() as w:
        _, task = confirm(w, alert.id, revision=alert.revision, by=CITY, at=datetime.now(UTC))
    page = browser.get(f"/console/tasks/{task.id}", headers=HTML).text
    assert '<polyline class="series"' in page
    sites = browser.get("/console/sites", headers=HTML).text
    assert '<td class="num bad">12.5 ℃' in sites


def test_a_switch_is_on_or_off_and_not_above_a_limit(rig: Rig) -> None:
    alert = warm_fridge(rig, rig.a)
    with rig.store.write() as w:
        w.raw.execute(
            "UPDATE alert SET measured = measured || %s WHERE id = %s",
            [Jsonb({"value": 1.0, "threshold": 0.5, "unit": "/", "hold_s": 0}), alert.id],
        )
    item = rig.browser("regulator-a").get(f"/console/review/items/{alert.id}", headers=HTML).text
    assert "<b>触发</b><span></span>" in item
    assert '<p class="against">报警级，超限即报</p>' in item


def test_the_board_finds_tasks_by_name_severity_and_lateness(rig: Rig) -> None:
    """A city has thousands of tasks, of which a column shows sixty."""
    critical = dispatched(rig, rig.a, "rodent")
    minor = dispatched(rig, rig.a, "no_chef_hat", ago=timedelta(days=60))
    other = dispatched(rig, rig.b, "rodent")

    def found(**asked: str) -> set[str]:
        page = rig.browser("admin").get("/console/tasks", params=asked, headers=HTML)
        assert page.status_code == 200
        return {str(task.id) for task in (critical, minor, other) if f"/console/tasks/{task.id}" in page.text}

    assert found() == found(text="") == {str(critical.id), str(minor.id), str(other.id)}
    assert found(text="企业a") == {str(critical.id), str(minor.id)}
    assert found(text="厨房b") == {str(other.id)}
    assert found(text="企业a", severity=critical.severity) == {str(critical.id)}
    assert found(late="true") == {str(minor.id)}
    assert found(text="没有这家") == set()
    assert rig.browser("admin").get("/console/tasks", params={"severity": "dire"}, headers=HTML).status_code == 422
    seen = rig.browser("enterprise-b").get("/console/tasks", params={"text": "企业a"}, headers=HTML).text
    assert str(critical.id) not in seen


def test_a_curve_of_a_series_too_long_for_it_shows_the_newest_values(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    alert = warm_fridge(rig, rig.a)  # cool for half an hour, then warm
    with rig.store.read(Scope.of_tenant(TENANT)) as r:
        whole = chart_of(r, alert)
        monkeypatch.setattr("api.console.review.page._CHARTED", 3)
        cut = chart_of(r, alert)
    assert whole is not None
    assert cut is not None
    assert (whole.line.count(","), cut.line.count(",")) == (60, 3)
    assert cut.hours[-1].text.startswith(whole.hours[-1].text)


def test_the_board_counts_and_sorts_by_deadline(rig: Rig) -> None:
    dispatched(rig, rig.a, "phone_use")
    dispatched(rig, rig.a, "smoking", ago=timedelta(days=6))
    dispatched(rig, rig.a, "rodent")
    with rig.store.write() as w:
        raise_overdue(w, at=datetime.now(UTC))
    page = rig.browser("enterprise-a").get("/console/tasks", headers=HTML).text
    assert page.index("吸烟") < page.index("老鼠") < page.index("玩手机")
    assert "黄牌 · 逾期超 5 天" in page
    assert "<b>3</b> 件在办" in page
    assert "<b>1</b> 件逾期" in page
    assert "整改任务" in rig.browser("enterprise-b").get("/console/tasks", headers=HTML).text
    assert "吸烟" not in rig.browser("enterprise-b").get("/console/tasks", headers=HTML).text


def test_a_task_in_review_shows_when_it_was_submitted_and_no_deadline_that_runs(rig: Rig) -> None:
    task = dispatched(rig, rig.a, "smoking", ago=timedelta(days=6))
    with rig.store.write() as w:
        w.raw.execute(
            "UPDATE task SET state = 'under_review', submitted_at = dispatched_at + interval '1 hour' WHERE id = %s",
            [task.id],
        )
    browser = rig.browser("enterprise-a")
    board = browser.get("/console/tasks", headers=HTML).text
    assert "<b>0</b> 件逾期" in board
    for page in (board, browser.get(f"/console/tasks/{task.id}", headers=HTML).text):
        assert "data-due" not in page
        assert "overdue-" not in page


def test_the_log_of_a_task_shows_that_its_hazard_got_worse(rig: Rig) -> None:
    task = dispatched(rig, rig.a, "phone_use")
    with rig.store.write() as w:
        raise_severity(w, alert_id=task.alert_id, severity=Severity.critical, by=SYSTEM.name, at=datetime.now(UTC))
    page = rig.browser("enterprise-a").get(f"/console/tasks/{task.id}", headers=HTML).text
    assert page.index("严重程度上调") < page.index("派发", page.index("严重程度上调"))
    assert "raise_severity" not in page


def test_the_newest_events_show_which_nodes_connected_and_disconnected(rig: Rig) -> None:
    at = datetime.now(UTC)
    with rig.store.write() as w:
        for online in (True, False):
            note_status(w, node_id=rig.a.node, online=online, session=1, at=at, firmware=None)
    number_feed(rig.store)
    page = rig.browser("platform-a").get("/console/events", headers=HTML).text
    assert page.index("设备离线") < page.index("<td>离线</td>") < page.index("设备上线") < page.index("<td>在线</td>")


def test_a_task_offers_only_what_the_visitor_may_do(rig: Rig) -> None:
    task = dispatched(rig, rig.a, "smoking")
    path = f"/console/tasks/{task.id}"
    officer = rig.browser("enterprise-a").get(path, headers=HTML).text
    assert 'data-step="acknowledge"' in officer
    assert 'data-step="void"' not in officer
    regulator = rig.browser("regulator-a").get(path, headers=HTML).text
    assert 'data-step="acknowledge"' not in regulator
    assert 'data-step="void"' in regulator
    assert "可执行的操作" not in rig.browser("platform-a").get(path, headers=HTML).text


@pytest.mark.parametrize("path", ["tasks/00000000-0000-0000-0000-000000000000", "tasks/x", "nothing"])
def test_a_missing_page_has_a_chinese_text(rig: Rig, path: str) -> None:
    answer = rig.browser("regulator-a").get(f"/console/{path}", headers=HTML)
    assert answer.status_code in {404, 422}
    assert answer.headers["content-type"].startswith("text/html")
    assert "返回首页" in answer.text


def test_names_from_the_database_are_escaped(rig: Rig) -> None:
    with rig.store.write() as w:
        w.raw.execute("UPDATE entity SET name = '<script>alert(1)</script>'")
    raise_alert(rig.store, rig.files, rig.a)
    browser = rig.browser("regulator-a")
    for path in ("review", "tasks", "sites", "events"):
        text = browser.get(f"/console/{path}", headers=HTML).text
        assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_static_files_are_addressed_by_their_content(rig: Rig) -> None:
    page = rig.http.get("/console/login").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    answer = rig.http.get(address)
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/css")
    assert rig.http.get("/static/../app.py").status_code == 404
    assert rig.http.get("/static/%2e%2e/pages.py").status_code == 404
    assert rig.http.get("/static/shell/base.css").headers["cache-control"] == "no-cache"
    for closed in (
        "pages.py",
        "shell/render.py",
        "shell/base.html",
        "review/__pycache__/page.cpython-311.pyc",
        "review",
    ):
        assert rig.http.get(f"/static/{closed}").status_code == 404
