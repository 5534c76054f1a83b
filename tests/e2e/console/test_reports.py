"""A 食品安全总监 writes the week, the 负责人 the month, on a phone."""

from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import expect

from alerts.registry.people import name_person
from models.catalogue.terms import Post, Role
from models.domain.access import Actor
from tests.e2e.console.test_behaviours import dispatched
from tests.e2e.console.test_wishes import shot


def test_a_week_and_a_month_are_written_on_a_phone(console: Any) -> None:  # noqa: ANN401, PLR0915
    dispatched(console, "no_mask")
    with console.store.write() as w:
        admin = Actor(name="admin", role=Role.admin)
        at = datetime.now(UTC)
        name_person(w, entity_id=console.a.entity, name="赵校长", post=Post.principal, by=admin, at=at)
    page = console.page_of("enterprise-a", width=390)
    page.goto(f"{console.url}/console/reports")
    with page.expect_navigation(wait_until="load"):
        page.locator("form.open[data-kind=week] button").click()
    expect(page.locator(".problems")).to_contain_text("未戴口罩")
    page.locator("[name=measure]").first.fill("更换并培训")
    page.locator("[name=person]").first.fill("王安全")
    page.fill("#name", "李总监")
    page.click(".sign button.primary")
    expect(page.locator("#said")).to_contain_text("请选择风险评定")
    page.check("input[name=rating][value=serious]")
    page.fill("#words", "口罩问题反复出现")
    page.click(".sign button.primary")
    expect(page.locator("#said")).to_contain_text("要点没有确认")
    page.locator("[data-point='1'] input[value=not_applicable]").check()
    page.click("#all-well")
    shot(page, "week-390")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    with page.expect_navigation(wait_until="load"):
        page.click(".sign button.primary")
    expect(page.locator(".page-head")).to_contain_text("已签名")
    expect(page.locator(".work")).to_contain_text("请立即研究处置")
    page.goto(f"{console.url}/console/reports")
    with page.expect_navigation(wait_until="load"):
        page.locator("form.open[data-kind=month] button").click()
    expect(page.locator("#chair")).to_have_value("赵校长")
    page.fill("#words", "总监汇报：口罩问题")
    page.fill("#plan", "加强晨检")
    page.click("#all-well")
    decision = page.locator(".decision").first
    decision.locator("[name=what]").fill("增设口罩柜")
    page.fill("#name", "赵校长")
    page.click(".sign button.primary")
    expect(page.locator("#said")).to_contain_text("每项决定要填写")
    decision.locator("[name=who]").fill("李总监")
    decision.locator("[name=due]").fill((datetime.now(UTC) + timedelta(days=9)).date().isoformat())
    shot(page, "month-390")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    with page.expect_navigation(wait_until="load"):
        page.click(".sign button.primary")
    expect(page.locator(".work")).to_contain_text("增设口罩柜")
    page.locator(".work summary").first.click()
    page.locator(".work input").first.fill("已采购")
    with page.expect_navigation(wait_until="load"):
        page.locator(".work form button").first.click()
    expect(page.locator(".work")).to_contain_text("已完成")
