"""An officer registers the holidays of the kitchen on a phone, and ends them early."""

from typing import Any

from playwright.sync_api import expect

from tests.e2e.console.test_wishes import shot


def test_holidays_are_registered_and_ended_with_reasons(console: Any) -> None:  # noqa: ANN401
    page = console.page_of("enterprise-a", width=390)
    page.goto(f"{console.url}/console/records")
    today = page.input_value("#opening [name=first]")
    page.fill("#opening [name=last]", today)
    page.fill("#opening [name=reason]", "寒假")
    with page.expect_navigation(wait_until="load"):
        page.click("#opening button")
    expect(page.locator(".page")).to_contain_text("今日停业，不需要记录")
    page.select_option("#opening [name=kind]", "weekly")
    page.check("#opening .weekdays [value='7']")
    page.fill("#opening [name=reason]", "周日店休")
    shot(page, "openings-390")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    with page.expect_navigation(wait_until="load"):
        page.click("#opening > button")
    expect(page.locator(".openings li").first).to_contain_text("每周停业：周日")
    page.fill(".openings li:last-child [name=reason]", "提前开学")
    with page.expect_navigation(wait_until="load"):
        page.click(".openings li:last-child button")
    expect(page.locator(".openings ul")).not_to_contain_text("寒假")
    regulator = console.page_of("regulator-a")
    regulator.goto(f"{console.url}/console/calendar")
    regulator.fill("#opening [name=last]", today)
    regulator.select_option("#opening [name=business_kinds]", ["school_canteen"])
    regulator.fill("#opening [name=reason]", "寒假")
    with regulator.expect_navigation(wait_until="load"):
        regulator.click("#opening > button")
    expect(regulator.locator(".openings li")).to_contain_text("330602 学校食堂")
