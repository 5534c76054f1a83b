"""An online patrol in a browser: watch a camera, keep a picture, find a problem, sign; as a cadre into the visit."""

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import expect

from alerts.duties.patrol_plans import draw_due, span_of
from models.base.clock import SHANGHAI
from models.catalogue.supervision_terms import PatrolPeriod
from tests.e2e.console.test_wall import judge
from tests.e2e.console.test_wishes import shot
from tests.support.guarantees import cadre_of, supervised, visit_of


@pytest.fixture
def judged(console: Any) -> Iterator[Any]:  # noqa: ANN401
    """The console while a judge makes the pictures that somebody watches."""
    with console.store.write() as w:
        w.raw.execute("UPDATE node SET online = true, last_seen_at = now()")
        w.raw.execute("UPDATE device SET last_frame_at = now() WHERE id = %s", [console.a.camera])
    stop = threading.Event()
    worker = threading.Thread(target=judge, args=(console, stop))
    worker.start()
    yield console
    stop.set()
    worker.join()


def test_row_8_a_regulator_patrols_a_kitchen_from_the_wall(judged: Any) -> None:  # noqa: ANN401
    page = judged.page_of("regulator-a", width=390)
    page.goto(f"{judged.url}/console/wall")
    with page.expect_navigation(wait_until="load"):
        page.click("text=线上巡查 >> nth=-1")
    page.click(".shoot")
    expect(page.locator("#count")).to_have_text("1")
    page.click("#rest")
    page.locator("[data-code=floors] input[value=problem]").check(force=True)
    page.fill("[data-code=floors] [name=problem]", "地面有积水")
    page.fill("[name=name]", "陈监管")
    shot(page, "patrol-390")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    with page.expect_navigation(wait_until="load"):
        page.click(".sign .primary")
    expect(page.locator("section.card")).to_contain_text("地面有积水")
    expect(page.locator("section.card")).to_contain_text("1 项隐患")


def test_row_8_a_plan_is_made_on_the_page_and_names_the_kitchens_that_wait(judged: Any) -> None:  # noqa: ANN401
    page = judged.page_of("regulator-a", width=390)
    page.goto(f"{judged.url}/console/patrol")
    page.click("text=新建计划")
    page.fill("form [name=name]", "学校食堂线上巡查")
    page.select_option("[name=period]", "quarter")
    with page.expect_navigation(wait_until="load"):
        page.click("text=建立计划")
    expect(page.locator("section", has_text="巡查计划").last).to_contain_text("每季度 5 个厨房 · 全部业态 · 330602")
    with judged.store.write() as w:  # whatever day it is, this is the quarter's first
        w.raw.execute("UPDATE patrol_plan SET drawn_on = NULL")
        begins, _ = span_of(PatrolPeriod.quarter, datetime.now(SHANGHAI).date())
        draw_due(w, at=datetime(begins.year, begins.month, 2, 4, tzinfo=UTC))
    page.reload()
    expect(page.locator("section", has_text="巡查计划").last).to_contain_text("已巡 0/1")
    shot(page, "patrol-plans-390")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    with page.expect_navigation(wait_until="load"):
        page.locator("#h-waiting + ul a").click()
    assert page.url.endswith(f"site={judged.a.site}")
    page.go_back(wait_until="load")
    page.on("dialog", lambda dialog: dialog.accept())
    with page.expect_navigation(wait_until="load"):
        page.click("text=结束计划")
    expect(page.locator("#h-waiting + ul")).to_contain_text("没有待巡查")
    wide = judged.page_of("regulator-a", width=1440)
    wide.goto(f"{judged.url}/console/patrol")
    shot(wide, "patrol-plans-1440")


def test_a_cadre_takes_pictures_of_cameras_into_an_online_visit(judged: Any) -> None:  # noqa: ANN401
    supervised(judged.store, judged.a, cadre_of(judged.store, judged.a, login="regulator-a"))
    task = visit_of(judged.store, judged.a)
    page = judged.page_of("regulator-a", width=390)
    page.goto(f"{judged.url}/console/patrol?site={judged.a.site}")
    with page.expect_navigation(wait_until="load"):
        page.click("text=以在线方式完成督导")
    assert page.url.endswith(f"task={task.id}")
    page.select_option("[name=mode]", "online")
    page.click("#begin")
    page.click("#cameras summary")
    expect(page.locator("#cameras img")).to_have_attribute("data-at", re.compile("."))  # there is a picture to take
    page.click("#cameras .shoot")
    expect(page.locator("#previews li")).to_have_count(1)
    page.click("#cameras .shoot")
    expect(page.locator("#previews li")).to_have_count(2)
    page.click("#rest")
    page.fill("[name=entity_name]", "王安全")
    with page.expect_navigation(wait_until="load"):
        page.click(".sign .primary")
    expect(page.locator(".past")).to_contain_text("2 张照片")
    expect(page.locator(".past .chip")).to_have_count(0)
