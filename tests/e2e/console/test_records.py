"""A 食品安全员 writes the day's record on a phone: prefilled rows, the rest fine, signed."""

from typing import Any

from playwright.sync_api import expect

from tests.e2e.console.test_behaviours import dispatched
from tests.e2e.console.test_wishes import shot


def test_row_15_a_days_record_is_written_with_a_thumb(console: Any) -> None:  # noqa: ANN401
    dispatched(console, "no_mask")
    page = console.page_of("enterprise-a", width=390)
    page.goto(f"{console.url}/console/records")
    page.select_option("[name=pack]", label="学校食堂")
    with page.expect_navigation(wait_until="load"):
        page.click("#open button")
    hygiene = page.locator("[data-code=personal_hygiene]")
    expect(hygiene).to_contain_text("未戴口罩")
    expect(hygiene.locator("input[value=problem]")).to_be_checked()
    page.click("#rest")
    page.fill("#name", "王安全")
    page.click(".sign button.primary")
    expect(page.locator("#said")).to_contain_text("要填写问题和处置")
    problems = page.locator(".row.is-problem")
    for n in range(problems.count()):  # this kitchen's cameras have sent no picture: that row is one too
        problems.nth(n).locator("[name=disposal]").fill("当场纠正并培训")
    page.click("#save")
    expect(page.locator("#toasts")).to_have_text("已保存")
    shot(page, "day-record-390")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    with page.expect_navigation(wait_until="load"):
        page.click(".sign button.primary")
    expect(page.locator(".page-head")).to_contain_text("已签名")
    page.goto(f"{console.url}/console/records")
    expect(page.locator("[aria-labelledby=h-list]")).to_contain_text("2 项问题")
