"""The page of messages in a browser: a channel is added, tested and removed, and a dead letter is sent again."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from alerts.hazards.review import confirm
from alerts.notices.sending import Sender
from models.base.clock import SteppedClock
from models.catalogue.terms import Role
from models.domain.access import Actor
from models.domain.notices import NoticeSettings
from tests.support.people import raise_alert
from tests.support.receivers import HERE, receiver


def shot(page: Page, name: str) -> None:
    """Keep a picture of the whole page where MINGCHU_SCREENSHOTS says."""
    folder = os.environ.get("MINGCHU_SCREENSHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def send(console: Any, settings: NoticeSettings = HERE) -> int:  # noqa: ANN401 - the fixture's own
    clock = SteppedClock(datetime.now(UTC) + timedelta(seconds=1))
    return Sender(store=console.store, settings=settings, public_url=console.url).work_off(clock)


def test_a_channel_is_added_tested_used_and_removed(console: Any) -> None:  # noqa: ANN401 - the fixture's own
    page = console.page_of("enterprise-a")
    page.locator("nav a", has_text="规则与限值").click()
    page.locator(".tabs a", has_text="消息通知").click()
    expect(page.locator("h1")).to_have_text("消息通知")
    expect(page.locator(".channels")).to_contain_text("还没有通知渠道")
    with receiver() as bot:
        page.fill("[name=name]", "食品安全群")
        page.fill("[name=address]", "https://a@b/send?key=1")
        page.locator("#add button").click()
        expect(page.locator("#said")).to_contain_text("企业微信的地址格式不正确")
        page.fill("[name=address]", bot.wecom)
        page.fill("[name=quiet_from]", "22:00")
        page.fill("[name=quiet_to]", "07:00")
        with page.expect_navigation():
            page.locator("#add button").click()
        expect(page.locator(".channels")).to_contain_text("免打扰 22:00–07:00")
        assert "693a91f6" not in page.content()
        with page.expect_navigation():
            page.locator("[data-step=test]").click()
        assert send(console) == 1
        page.reload()
        expect(page.locator(".log")).to_contain_text("已送达")
        assert "明厨测试消息" in bot.texts[0]
    alert, at = raise_alert(console.store, console.files, console.a, "rodent"), datetime.now(UTC)
    with console.store.write() as w:
        confirm(w, alert.id, revision=1, by=Actor(name="city", role=Role.regulator), at=at)
    send(console, NoticeSettings())  # an internal address, which nobody allows here
    page.reload()
    expect(page.locator(".dead")).to_contain_text("地址被拒绝")
    shot(page, "notices")
    with page.expect_navigation():
        page.locator(".dead .again").first.click()
    expect(page.locator(".dead")).to_have_count(0)
    page.on("dialog", lambda dialog: dialog.accept())
    with page.expect_navigation():
        page.locator("[data-step=remove]").click()
    expect(page.locator(".channels")).to_contain_text("还没有通知渠道")
    expect(page.locator(".log").first).to_contain_text("已取消")


def test_the_page_fits_a_phone(console: Any) -> None:  # noqa: ANN401 - the fixture's own
    page = console.page_of("regulator-a", width=390)
    page.goto(f"{console.url}/console/notices")
    page.fill("[name=name]", "监管所值班室")
    page.select_option("[name=kind]", "email")
    page.fill("[name=address]", "duty@example.com")
    with page.expect_navigation():
        page.locator("#add button").click()
    expect(page.locator(".channels")).to_contain_text("d***@example.com")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    shot(page, "notices-phone")


def test_an_office_sends_to_a_group_after_it_saw_how_many(console: Any) -> None:  # noqa: ANN401 - the fixture's own
    with receiver() as bot:
        owner = console.page_of("enterprise-a")
        owner.goto(f"{console.url}/console/notices")
        owner.fill("#add [name=name]", "食品安全群")
        owner.fill("#add [name=address]", bot.wecom)
        with owner.expect_navigation():
            owner.locator("#add button").click()
        page = console.page_of("regulator-a")
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(f"{console.url}/console/notices")
        page.locator("summary", has_text="新的群发").click()
        page.fill("#group [name=title]", "开学前自查")
        page.fill("#group [name=text]", "请完成开学自查。")
        expect(page.locator("#group-send")).to_be_disabled()
        page.locator("#group-look").click()
        expect(page.locator("#group-counted")).to_contain_text("将发送 1 条")
        page.fill("#group [name=text]", "请各单位完成开学自查。")
        expect(page.locator("#group-send")).to_be_disabled()
        page.locator("#group-look").click()
        expect(page.locator("#group-counted")).to_contain_text("将发送 1 条")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing wider than the phone"
        with page.expect_navigation():
            page.locator("#group-send").click()
        expect(page.locator("[data-broadcast]")).to_contain_text("待发送 1")
        assert send(console) == 1
        page.reload()
        expect(page.locator("[data-broadcast]")).to_contain_text("已送达 1")
        assert "请各单位完成开学自查。" in bot.texts[0]
