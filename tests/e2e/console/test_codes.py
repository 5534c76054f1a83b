"""The page of codes in a browser: values with their source, overrides begun and ended by keyboard, and on a phone."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.overrides import override, rows


def shot(page: Page, name: str) -> None:
    """Save a picture of the whole page in the folder MINGCHU_SHOTS."""
    folder = os.environ.get("MINGCHU_SHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def open_code(console: Any, login: str, code: str, *, width: int = 1440, device: str = "") -> Page:  # noqa: ANN401
    page: Page = console.page_of(login, width=width)
    page.goto(f"{console.url}/console/codes/{code}" + (f"?device={device}" if device else ""))
    return page


def value(page: Page, name: str) -> Any:  # noqa: ANN401 - a locator
    return page.locator(f"[data-value='{name}']")


def test_a_regulator_begins_and_ends_an_override_by_keyboard(console: Any) -> None:  # noqa: ANN401
    page = console.page_of("regulator-a")
    page.locator("nav a", has_text="规则与限值").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("规则与限值")
    expect(page.locator("tr", has_text="未戴口罩")).to_contain_text("专间、备餐区：较大；其余区域仅提示")
    expect(page.locator("tr", has_text="玩手机")).to_contain_text("72 小时（工作时间）")
    shot(page, "codes-list")
    page.locator("a", has_text="冷藏温度").first.focus()
    page.keyboard.press("Enter")
    expect(value(page, "limits.warn")).to_contain_text("8 ℃")
    expect(value(page, "limits.warn")).to_contain_text("内置目录")
    expect(value(page, "limits.warn")).to_contain_text("法定")
    assert page.locator("#level option").all_inner_texts() == ["设备", "经营主体", "地区"]
    page.locator("#place").focus()
    page.keyboard.type(console.a.fridge)
    page.locator("[data-limit=warn]").focus()
    page.keyboard.type("6.5")
    page.locator("[name=reason]").last.focus()
    page.keyboard.type("vaccines, kept colder")
    with page.expect_navigation():
        page.locator("#begin button").press("Enter")
    expect(page.locator(".override")).to_have_count(1)
    expect(page.locator(".override")).to_contain_text("预警限值（高于，持续 15 分钟） 6.5 ℃")
    page.fill("#device", console.a.fridge)
    page.keyboard.press("Enter")
    expect(value(page, "limits.warn")).to_contain_text("6.5 ℃")
    expect(value(page, "limits.warn")).to_contain_text("目录：8 ℃")
    expect(value(page, "limits.warn")).to_contain_text("vaccines, kept colder")
    shot(page, "codes-code")
    page.locator(".end input").focus()
    page.keyboard.type("moved elsewhere")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator(".override")).to_have_count(0)
    expect(value(page, "limits.warn")).to_contain_text("内置目录")
    expect(page.locator(".history li")).to_have_count(2)
    expect(page.locator(".history li").first).to_contain_text("6.5 → 8")
    assert rows(console.store, "SELECT actor FROM code_override_log ORDER BY id") == [
        ("regulator-a",),
        ("regulator-a",),
    ]


def test_a_refusal_by_law_is_visible(console: Any) -> None:  # noqa: ANN401
    page = open_code(console, "regulator-a", "rodent", device=console.a.camera)
    expect(page.locator("#place")).to_have_value(console.a.camera)
    page.select_option("[name=watched]", "false")
    page.locator("#begin [name=reason]").fill("安静一点")
    page.click("#begin button")
    expect(page.locator("#said")).to_be_visible()
    expect(page.locator("#said")).to_contain_text("管理员")
    expect(page.locator("#said")).to_be_focused()
    expect(page.locator("#begin button")).to_be_enabled()
    assert rows(console.store, "SELECT count(*) FROM code_override") == [(0,)]


def test_an_administrator_overrides_for_the_whole_tenant_and_until_a_time(console: Any) -> None:  # noqa: ANN401
    page = open_code(console, "admin", "phone_use")
    page.select_option("#level", "tenant")
    expect(page.locator("#place")).to_be_hidden()
    page.select_option("[name=severity]", "major")
    page.fill("[name=deadline_h]", "12")
    page.fill("[name=hours]", "06:00-20:00")
    next_year = datetime.now(UTC).year + 1
    page.fill("[name=until]", f"{next_year}-02-03T08:00")
    page.locator("#begin [name=reason]").fill("专项整治")
    with page.expect_navigation():
        page.click("#begin button")
    expect(page.locator(".override")).to_contain_text("全平台")
    for name, text in (("severity", "较大"), ("deadline", "12 小时（工作时间）"), ("hours", "06:00-20:00")):
        expect(value(page, name)).to_contain_text(text)
    ((until,),) = rows(console.store, "SELECT valid_until FROM code_override")
    assert until == datetime(next_year, 2, 3, 0, 0, tzinfo=UTC)


def test_an_enterprise_reads_what_applies_to_it_and_can_change_nothing(console: Any) -> None:  # noqa: ANN401
    at = datetime.now(UTC)
    override(console.store, "fridge_temp", at=at, entity_id=console.a.entity, limits={"warn": 6.0})
    override(console.store, "fridge_temp", at=at, entity_id=console.b.entity, limits={"warn": 5.0})
    page = open_code(console, "enterprise-a", "fridge_temp")
    expect(value(page, "limits.warn")).to_contain_text("6 ℃")
    expect(page.locator(".override")).to_have_count(1)
    expect(page.locator("#begin")).to_have_count(0)
    expect(page.locator(".end")).to_have_count(0)
    page.goto(f"{console.url}/console/codes/fridge_temp?device={console.b.fridge}")
    expect(page.locator(".alarm[role=alert]").first).to_contain_text("该设备不存在")


@pytest.mark.parametrize("login", ["regulator-a", "enterprise-a", "admin"])
@pytest.mark.parametrize("path", ["", "/fridge_temp", "/no_mask"])
def test_a_phone_needs_no_sideways_scrolling(console: Any, login: str, path: str) -> None:  # noqa: ANN401
    at = datetime.now(UTC)
    override(console.store, "fridge_temp", at=at, device_id=console.a.fridge, limits={"warn": 6.0, "alarm": 7.0})
    page = console.page_of(login, width=390)
    page.goto(f"{console.url}/console/codes{path}")
    expect(page.locator("h1")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    shot(page, f"codes-phone-{login}{path.replace('/', '-')}")
