"""The three homes (三人三责) on a phone: an officer's day in a few taps, a director's week, a principal's month."""

from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Page, expect

from models.catalogue.terms import Post
from models.domain.ledger import day_and_minute
from models.store import ledger
from models.store.ledger import Minutes
from tests.e2e.console.test_behaviours import dispatched
from tests.e2e.console.test_wishes import shot
from tests.support.posts import account_of, three_posts


class Thumb:
    """Taps on a page and counts them."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps = page, 0

    def tap(self, target: str) -> None:
        self.page.locator(target).click()
        self.taps += 1


def watched_all_day(console: Any) -> None:  # noqa: ANN401
    day, _ = day_and_minute(datetime.now(UTC))
    minutes = set(range(1440))
    with console.store.write() as w:
        ledger.mark_minutes(w, {(console.a.camera, day): Minutes(seen=minutes, analysed=minutes)})


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_row_15_a_quiet_day_takes_an_officer_four_taps_and_no_typing(console: Any) -> None:  # noqa: ANN401
    three_posts(console.store, console.a)
    watched_all_day(console)
    page = console.page_of("officer", width=390)
    assert page.url.endswith("/console/home"), "the landing page after the log-in"
    expect(page.locator("h1")).to_contain_text("食品安全员 · 王安全")
    expect(page.locator(".nav a")).to_have_text(["今日", "整改任务", "日管控", "餐次", "承诺书"])
    expect(page.locator("button.go")).to_have_count(1)
    shot(page, "home-officer-390")
    assert fits(page)
    thumb = Thumb(page)
    with page.expect_navigation(wait_until="load"):
        thumb.tap("button.go")
    expect(page.locator("[data-code=bright_kitchen]")).to_contain_text("系统预填：摄像头有效监测 100%")
    expect(page.locator("#name")).to_have_value("王安全")
    thumb.tap("#rest")
    thumb.tap("#zero")
    with page.expect_navigation(wait_until="load"):
        thumb.tap(".sign button.primary")
    expect(page.locator(".page-head")).to_contain_text("已签名")
    assert thumb.taps == 4
    page.goto(f"{console.url}/")
    expect(page.locator(".sums")).to_contain_text("今日已办完")


def test_a_day_with_an_alert_takes_one_more_tap_for_each_problem(console: Any) -> None:  # noqa: ANN401
    account_of(console.store, console.a, Post.officer, "officer")
    watched_all_day(console)
    dispatched(console, "no_mask")
    page = console.page_of("officer", width=390)
    thumb = Thumb(page)
    with page.expect_navigation(wait_until="load"):
        thumb.tap("[data-period=day]")
    thumb.tap("#rest")
    problems = page.locator(".row.is-problem")
    expect(problems).to_have_count(1)
    expect(problems).to_contain_text("未戴口罩 1 次")
    thumb.tap(".is-problem .quick >> text=当场纠正")
    shot(page, "day-quick-390")
    assert fits(page)
    with page.expect_navigation(wait_until="load"):
        thumb.tap(".sign button.primary")
    expect(page.locator(".page-head")).to_contain_text("已签名")
    assert thumb.taps == 4


def test_a_director_opens_the_week_and_a_principal_the_month(console: Any) -> None:  # noqa: ANN401
    three_posts(console.store, console.a)
    dispatched(console, "no_chef_hat")
    for login, period, title, nav in (
        ("director", "week", "每周食品安全排查治理报告", ["今日", "整改任务", "周排查·月调度", "承诺书"]),
        ("principal", "month", "每月食品安全调度会议纪要", ["今日", "整改任务", "周排查·月调度", "责任人", "承诺书"]),
    ):
        page = console.page_of(login, width=390)
        expect(page.locator(".nav a")).to_have_text(nav)
        expect(page.locator("button.go")).to_have_count(1)
        shot(page, f"home-{login}-390")
        assert fits(page)
        with page.expect_navigation(wait_until="load"):
            page.click(f"[data-period={period}]")
        expect(page.locator("h1")).to_have_text(title)
        expect(page.locator(".written h2").first).to_contain_text("要点")
        expect(page.locator("#name")).to_have_attribute("readonly", "")
        assert fits(page)
