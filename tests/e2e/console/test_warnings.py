"""The page of warnings in a browser: a rule is tuned with a reason, and set back."""

from typing import Any

from playwright.sync_api import expect

from tests.e2e.console.test_notices import shot


def test_a_rule_is_tuned_on_a_phone_and_set_back(console: Any) -> None:  # noqa: ANN401 - the fixture's own
    page = console.page_of("regulator-a")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{console.url}/console/warnings")
    row = page.locator("[data-rule=day_missing]").first
    row.locator("summary").click()
    limits = row.locator("form.rule [data-step] input")
    limits.nth(2).fill("9")
    row.locator("form.rule [name=reason]").fill("全区统一标准")
    row.locator("form.rule button").click()
    expect(page.locator("#rule-said")).to_be_visible()
    limits.nth(2).fill("2")
    with page.expect_navigation():
        row.locator("form.rule button").click()
    expect(row).to_contain_text("第 1 次调整")
    expect(row).to_contain_text("连续天数达到 2")
    row.locator("summary").click()
    shot(page, "warning-rules")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing wider than the phone"
    row.locator("form.rule-end [name=reason]").fill("恢复")
    with page.expect_navigation():
        row.locator("form.rule-end button").click()
    expect(row).to_contain_text("连续天数达到 1")
    expect(row).not_to_contain_text("次调整")
