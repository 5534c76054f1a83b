"""Accounts in a browser: a link becomes a password, a second factor is asked, and nobody is locked in."""

from datetime import UTC, datetime
from typing import Any

import pyotp
import pytest
from playwright.sync_api import expect

from api.access.totp import STEP
from tests.e2e.console.test_wishes import shot
from tests.support.people import PASSWORD

GOOD = "Noch-ein-langes-Wort-7"


LINE = """(one) => {
  const range = document.createRange();
  range.selectNodeContents(one);
  const rows = [...range.getClientRects()];
  const box = one.getBoundingClientRect();
  const inside = rows.every((row) => row.left >= box.left - 0.5 && row.right <= box.right + 0.5);
  return { lines: new Set(rows.map((row) => Math.round(row.top))).size, inside };
}"""
"""On how many lines the text of an element stands, and whether it stays inside it."""


def test_an_administrator_makes_a_user_who_sets_a_password_by_the_link(console: Any) -> None:  # noqa: ANN401
    page = console.page_of("admin")
    page.goto(f"{console.url}/console/users")
    page.locator("#h-users ~ details summary").click()
    form = page.locator('form[data-path="/v1/users"]')
    form.locator('[name="login"]').fill("wang.fang")
    form.locator('[name="name"]').fill("王芳")
    form.locator('[name="role"]').select_option("regulator")
    form.locator('[name="region"]').fill("330602")
    form.locator("button").click()
    expect(page.locator("#once")).to_contain_text("王芳 的链接")
    link = page.locator("#once-text").inner_text()
    shot(page, "users")
    stranger = console.browser.new_context(viewport={"width": 390, "height": 900}).new_page()
    stranger.goto(f"{console.url}/console/welcome#{link.partition('#')[2]}")
    expect(stranger.locator("#who")).to_contain_text("王芳（wang.fang）")
    stranger.fill("#password", GOOD)
    stranger.fill("#again", "something else")
    stranger.click("button.primary")
    expect(stranger.locator("#said")).to_contain_text("不一样")
    stranger.fill("#again", GOOD)
    shot(stranger, "welcome-390")
    stranger.click("button.primary")
    stranger.wait_for_url("**/console/review")
    assert link.partition("#")[2] not in stranger.url


def test_a_second_factor_is_set_up_and_asked_on_a_phone(console: Any) -> None:  # noqa: ANN401
    page = console.page_of("regulator-a", width=390)
    page.click("a.who")
    page.click("#propose")
    expect(page.locator("#factor")).to_be_visible()
    maker, now = pyotp.TOTP(page.locator("#secret").inner_text()), datetime.now(UTC)
    shot(page, "factor-390")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.fill("#confirm input", maker.at(now))
    with page.expect_navigation(wait_until="load"):
        page.click("#confirm button")
    expect(page.locator("#h-factor")).to_contain_text("已启用")
    other = console.browser.new_context(viewport={"width": 390, "height": 900}).new_page()
    other.goto(console.url)
    other.fill("#login", "regulator-a")
    other.fill("#password", PASSWORD)
    other.click("button.primary")
    other.fill("#code", "000000")
    other.click("button.primary")
    expect(other.locator(".alarm")).to_contain_text("验证码不对")
    shot(other, "code-390")
    other.fill("#code", maker.at(now + STEP))
    other.click("button.primary")
    other.wait_for_url("**/console/review")


def test_a_used_link_says_so(console: Any) -> None:  # noqa: ANN401
    page = console.browser.new_page()
    page.goto(f"{console.url}/console/welcome#aaaaaaaaaaaaaaaaaaaaaaaa")
    expect(page.locator("#said")).to_contain_text("链接已失效")


def test_the_log_and_the_platform_are_shown(console: Any) -> None:  # noqa: ANN401
    page = console.page_of("admin", width=390)
    for name, text in (("audit", "登录"), ("system", "PostgreSQL"), ("account", "登录位置"), ("users", "密钥")):
        page.goto(f"{console.url}/console/{name}")
        expect(page.locator("main")).to_contain_text(text)
        shot(page, f"{name}-390")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name


def test_a_webhook_is_added_and_data_is_taken_out_on_the_page(console: Any) -> None:  # noqa: ANN401
    page = console.page_of("regulator-a", width=390)
    page.goto(f"{console.url}/console/events")
    page.locator("#push ~ details summary").click()
    page.fill('#add-hook [name="url"]', "https://example.com/hook")
    page.fill('#add-hook [name="types"]', "mingchu.task.*  mingchu.alert.*")
    page.click("#add-hook button")
    expect(page.locator("#once-text")).to_contain_text("whsec_")
    shot(page, "webhook-390")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    with page.expect_navigation(wait_until="load"):
        page.click("#once-done")
    expect(page.locator(".hook")).to_contain_text("https://example.com/hook")
    page.fill('#export-form [name="reason"]', "季度分析")
    page.fill('#export-form [name="since"]', "2026-01-01")
    with page.expect_download() as download:
        page.click("#export-form button")
    assert download.value.suggested_filename == "alerts.csv"


def test_an_enterprises_account_is_made_by_its_name_for_one_of_its_people(console: Any) -> None:  # noqa: ANN401
    page = console.page_of("admin")
    page.goto(f"{console.url}/console/users")
    page.locator("#h-users ~ details summary").click()
    form = page.locator('form[data-path="/v1/users"]')
    form.locator('[name="login"]').fill("chu.shi")
    form.locator('[name="name"]').fill("厨师长")
    form.locator('[name="role"]').select_option("enterprise")
    name = form.locator(".entity-name")
    name.press_sequentially("企业")
    expect(page.locator("#entities option")).not_to_have_count(0)
    name.fill(page.locator("#entities option").first.get_attribute("value"))
    expect(form.locator(".of-person")).to_be_visible()
    form.locator('[name="person_id"]').select_option(index=1)
    shot(page, "users-person")
    form.locator("button").click()
    expect(page.locator("#once")).to_contain_text("厨师长 的链接")


def test_a_page_of_the_feed_is_tried_out_on_the_page(console: Any) -> None:  # noqa: ANN401
    page = console.page_of("admin")
    page.goto(f"{console.url}/console/events")
    page.locator('#try [name="cursor"]').fill("0")
    page.locator("#try button").click()
    expect(page.locator("#try-asked")).to_contain_text("GET /v1/events?cursor=0&limit=5")
    expect(page.locator("#try-answer")).to_contain_text("next_cursor")
    shot(page, "feed-trial")


def test_an_administrator_limits_an_account_to_a_kitchen(console: Any) -> None:  # noqa: ANN401
    page = console.page_of("admin")
    page.goto(f"{console.url}/console/users")
    page.locator("#h-groups ~ details summary").click()
    form = page.locator("#new-group")
    form.locator('[name="name"]').fill("东门店后厨")
    expect(form.locator(".of-sector")).to_be_visible()
    form.locator('[name="kind"]').select_option("kitchens")
    expect(form.locator(".of-sector")).to_be_hidden()
    form.locator('[name="region"]').fill("330602")
    form.locator(".group-entity").fill("企业a")
    expect(form.locator(".group-members option")).to_have_count(1)
    form.locator(".group-own").check()
    shot(page, "group-new")
    with page.expect_navigation(wait_until="load"):
        form.locator("button.primary").click()
    expect(page.locator("#h-groups ~ .scroll")).to_contain_text("东门店后厨")
    page.locator("details.members summary").click()
    expect(page.locator(".of-group")).to_contain_text("site-a")
    page.locator("#h-users ~ details summary").click()
    form = page.locator('form[data-path="/v1/users"]')
    form.locator('[name="login"]').fill("east.gate")
    form.locator('[name="name"]').fill("东门店")
    form.locator('[name="role"]').select_option("enterprise")
    form.locator('[name="region"]').fill("")
    form.locator(".entity-name").fill("企业a")
    expect(form.locator('[name="entity_id"]')).not_to_have_value("")
    form.locator('[name="group_id"]').select_option(label="东门店后厨（后厨组）")
    form.locator("button").click()
    expect(page.locator("#once")).to_contain_text("东门店 的链接")
    shot(page, "group-made")
    page.locator("#once-done").click()
    expect(page.locator("#h-users ~ .scroll")).to_contain_text("东门店后厨")


def test_what_cannot_be_undone_is_asked_first(console: Any) -> None:  # noqa: ANN401
    page = console.page_of("admin")
    page.goto(f"{console.url}/console/users?text=enterprise-b")
    row = page.locator("tbody tr", has_text="enterprise-b")
    row.locator("summary").click()
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    row.locator("button.danger").click()
    assert "其所有登录立即失效" in asked[0]
    expect(row).to_contain_text("正常")
    expect(row.locator("button.danger")).to_be_enabled()  # nothing was sent
    page.once("dialog", lambda dialog: dialog.accept())
    with page.expect_navigation():
        row.locator("button.danger").click()
    expect(row).to_contain_text("已停用")


@pytest.mark.parametrize("login", ["enterprise-a", "regulator-a", "admin"])
def test_names_stand_on_one_line_on_a_phone(console: Any, login: str) -> None:  # noqa: ANN401
    page = console.page_of(login, width=390)
    assert page.locator("a.who b").is_visible()
    links = page.locator(".nav a")
    for link in links.all():
        box = link.evaluate(LINE)
        assert box["lines"] == 1, link.inner_text()
        assert box["inside"], link.inner_text()
    if login != "enterprise-a":
        page.goto(f"{console.url}/console/users")
        assert all(one.evaluate(LINE)["lines"] == 1 for one in page.locator("#h-users ~ .scroll summary").all())
        assert page.locator("td a[href='/console/account']").first.evaluate(LINE)["lines"] == 1
    shot(page, f"phone-{login}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
