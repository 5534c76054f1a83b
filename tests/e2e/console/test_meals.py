"""A school's officer records a meal on a phone: dishes, goods with their vouchers, samples, and who ate along."""

from typing import Any

from playwright.sync_api import expect

from tests.e2e.console.test_wishes import shot


def test_row_25_a_meal_is_recorded_with_its_supply_chain(console: Any) -> None:  # noqa: ANN401
    with console.store.write() as w:
        w.raw.execute("UPDATE entity SET business_kind = 'school_canteen' WHERE id = %s", [console.a.entity])
    page = console.page_of("enterprise-a", width=390)
    page.goto(f"{console.url}/console/meals")
    page.select_option("[name=meal]", label="午餐")
    page.fill("[name=diners]", "820")
    page.fill("[name=dishes]", "米饭、番茄炒蛋")
    first = page.locator(".supply").nth(0)
    for name, value in (("goods", "大米"), ("supplier", "粮油公司"), ("voucher", "P-17")):
        first.locator(f"[name={name}]").fill(value)
    page.click("#more")
    expect(page.locator(".supply")).to_have_count(4)
    page.fill("[name=companion]", "张校长")
    page.check("[name=sampled]")
    shot(page, "meals-390")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    with page.expect_navigation(wait_until="load"):
        page.click("#meal button.primary")
    line = page.locator("section.card li").first
    expect(line).to_contain_text("午餐")
    expect(line).to_contain_text("可追溯 1/1")
    expect(line).to_contain_text("陪餐 张校长")
