"""A cadre reads and signs a pledge in a browser."""

from typing import Any

from playwright.sync_api import expect

from tests.e2e.console.test_wishes import shot
from tests.support.guarantees import cadre_of, supervised
from tests.support.people import PASSWORD


def test_a_pledge_is_signed_on_a_phone(console: Any) -> None:  # noqa: ANN401
    supervised(console.store, console.a, cadre_of(console.store, console.a, login="regulator-a"))
    page = console.page_of("regulator-a", width=390)
    page.goto(f"{console.url}/console/pledges")
    expect(page.locator(".page-head")).to_contain_text("签订率 0.0%")
    page.locator(".card ul a").first.click()
    expect(page.locator(".paper")).to_contain_text("郑重承诺")
    page.fill("#sign [name=name]", "张三")
    page.fill("#sign [name=proof]", PASSWORD)
    page.click("#sign button")
    expect(page.locator("#said")).to_contain_text("李包保")
    page.fill("#sign [name=name]", "李包保")
    page.fill("#sign [name=proof]", "another password")
    page.click("#sign button")
    expect(page.locator("#said")).to_contain_text("密码不对")
    page.fill("#sign [name=proof]", PASSWORD)
    shot(page, "pledge-390")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    with page.expect_navigation(wait_until="load"):
        page.click("#sign button")
    expect(page.locator(".page")).to_contain_text("已签订：李包保")
    expect(page.locator(".page")).to_contain_text("以登录密码确认")
