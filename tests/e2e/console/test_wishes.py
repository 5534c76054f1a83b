"""An officer requests an extension and appeals on a phone; regulators decide on their page."""

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import FilePayload, Page, expect

from tests.e2e.console.test_behaviours import dispatched
from tests.support.people import picture


def shot(page: Page, name: str) -> None:
    folder = os.environ.get("MINGCHU_SCREENSHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_an_extension_is_requested_and_granted_and_an_appeal_is_decided_by_another_person(console: Any) -> None:  # noqa: ANN401
    task = dispatched(console, "no_chef_hat")
    officer = console.page_of("enterprise-a", width=390)
    officer.goto(f"{console.url}/console/tasks/{task.id}")
    officer.click("text=申请延期（仅一次")
    officer.fill("#extension-hours", "4")
    officer.fill("#extension-reason", "配件三日后到货")
    with officer.expect_navigation(wait_until="load"):
        officer.click("#ask-extension button")
    expect(officer.locator("#ask-extension")).to_have_count(0)

    regulator = console.page_of("regulator-a")
    regulator.goto(f"{console.url}/console/tasks/{task.id}")
    expect(regulator.locator(".wish")).to_contain_text("申请延长 4 小时：配件三日后到货")
    shot(regulator, "extension")
    with regulator.expect_navigation(wait_until="load"):
        regulator.click("[data-step=extend] button")
    expect(regulator.locator(".wish")).to_have_count(0)

    officer.reload()
    officer.click("text=不属实？提出申诉")
    officer.select_option("#appeal-reason", "false_detection")
    officer.fill("#appeal-text", "画面中是墙上的装饰画")
    files = [FilePayload(name=f"{n}.jpg", mimeType="image/jpeg", buffer=picture(f"wall {n}")) for n in (1, 2)]
    officer.set_input_files("#appeal-photos-chosen", files)
    expect(officer.locator("#appeal-previews li")).to_have_count(2)
    shot(officer, "appeal-390")
    assert officer.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    with officer.expect_navigation(wait_until="load"):
        officer.click("#appeal [type=submit]")
    expect(officer.locator(".task-head .state")).to_contain_text("申诉中")

    other = console.page_of("regulator-a")
    other.goto(f"{console.url}/console/tasks/{task.id}")
    expect(other.locator(".wish")).to_contain_text("识别有误：画面中是墙上的装饰画")
    expect(other.locator(".wish .shot")).to_have_count(2)
    shown = other.locator(".wish .shot img").first
    shown.scroll_into_view_if_needed()
    expect(shown).to_have_js_property("complete", True)
    assert shown.evaluate("img => img.naturalWidth") > 0
    other.fill("#uphold-reason", "确为装饰画")
    shot(other, "appeal-decision")
    with other.expect_navigation(wait_until="load"):
        other.click("[data-step=uphold-appeal] button")
    expect(other.locator(".task-head .state")).to_contain_text("已作废")
