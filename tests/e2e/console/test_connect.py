"""The page for connecting a camera: no dead end, no raw error, and no mouse needed."""

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from models.base.clock import SystemClock
from models.catalogue.terms import DeviceKind
from models.changes.nodes import revoke_node
from models.domain.access import SYSTEM
from models.domain.drawn import regions_of
from models.store import devices
from models.store.connect import Read


@pytest.fixture
def page(console: Any) -> Page:  # noqa: ANN401
    """The owner of a kitchen whose only node was revoked."""
    with console.store.write() as w:
        revoke_node(w, console.a.node, by=SYSTEM, at=SystemClock().now())
    opened: Page = console.page_of("enterprise-a")
    opened.goto(f"{console.url}/console/connect")
    return opened


def cameras(console: Any) -> list[str]:  # noqa: ANN401
    with console.store.read() as r:
        return new_cameras(r, console.a.site)


def new_cameras(r: Read, site: str) -> list[str]:
    found = devices.devices_at(r, [site])
    return [d.id for d in found if d.kind is DeviceKind.camera and d.id.startswith(site)]


def test_a_lost_secret_can_be_replaced_without_registering_anything_twice(console: Any, page: Page) -> None:  # noqa: ANN401
    failing = [True]

    def secret(route: Route) -> None:
        if failing.pop():
            failing.append(False)
            route.fulfill(status=503, json={"code": "store_unavailable", "detail": "away"})
        else:
            failing.append(False)
            route.continue_()

    page.route("**/secret", secret)
    page.fill("#url", "rtsp://192.168.1.64/s1")
    page.fill("#name", "东侧")
    page.click("#place-go")
    expect(page.locator("#secret-said")).to_contain_text("未能获取接入密码")
    expect(page.locator("#secret-line")).to_be_hidden()
    page.click("#secret-new")
    expect(page.locator("#secret")).to_have_text("secret-2")
    expect(page.locator("#secret-said")).to_be_hidden()
    assert cameras(console) == ["site-a-cam1"]
    assert "[platform]" in page.locator("#toml").inner_text()


def test_a_lost_answer_registers_nothing_twice(console: Any, page: Page) -> None:  # noqa: ANN401
    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/v1/cameras", lose, times=1)
    page.fill("#name", "东侧")
    page.click("#place-go")
    expect(page.locator("#place-said")).to_contain_text("连不上服务器")
    page.click("#place-go")
    expect(page.locator("#secret")).to_be_visible()
    assert cameras(console) == ["site-a-cam1"]


def test_a_registration_can_be_finished_after_the_page_was_closed(console: Any, page: Page) -> None:  # noqa: ANN401
    for name in ("东侧", "西侧"):
        page.goto(f"{console.url}/console/connect")
        page.fill("#name", name)
        page.click("#place-go")
        expect(page.locator("#step-run")).to_be_visible()
    expect(page.locator("#secret-offer")).to_be_visible()
    page.goto(f"{console.url}/console/connect")
    for name in ("东侧", "西侧"):
        expect(page.locator("#unfinished li li", has_text=name)).to_be_visible()
    page.click("[data-resume=site-a-agent]")
    page.click("#secret-new")
    expect(page.locator("#secret")).to_be_visible()
    toml = page.locator("#toml").inner_text()
    assert 'node = "site-a-agent"' in toml
    assert toml.count("[[camera]]") == 2

    page.once("dialog", lambda dialog: dialog.accept())
    page.locator("#unfinished li li", has_text="西侧").get_by_text("取消接入").click()
    expect(page.locator("#unfinished li li")).to_have_count(1)
    page.goto(f"{console.url}/console/sites")
    expect(page.locator("tr", has_text="东侧")).to_contain_text("未接入")


def test_a_password_in_the_address_is_explained(page: Page) -> None:
    page.fill("#url", "rtsp://admin:hunter2@192.168.1.64/s1")
    page.click("#look-go")
    expect(page.locator("#found-line")).to_contain_text("请把用户名和密码填在下面两栏")
    expect(page.locator("#found-line")).not_to_contain_text("hunter2")
    expect(page.locator("#found-line")).not_to_contain_text("body.url")


def test_an_address_with_a_password_in_its_path_is_stored_in_a_separate_file(page: Page) -> None:
    page.fill("#url", "rtsp://192.168.1.64/user=admin&password=hunter2&channel=1&stream=0.sdp?")
    page.fill("#name", "东侧")
    page.click("#place-go")
    expect(page.locator("#step-run")).to_be_visible()
    toml, commands = page.locator("#toml").inner_text(), page.locator("#commands").inner_text()
    assert 'url_file = "site-a-cam1.url"' in toml
    assert "cat > site-a-cam1.url" in commands
    assert "chmod 600 *.password site-a-cam1.url agent.toml" in commands
    assert "hunter2" not in toml + commands


def test_a_region_is_drawn_by_the_keyboard_alone(console: Any, page: Page) -> None:  # noqa: ANN401
    page.fill("#url", "rtsp://192.168.1.64/s1")
    page.click("#look-go")
    canvas = page.locator("#canvas")
    expect(canvas).to_be_visible()
    page.focus("#name")
    page.fill("#name", "东侧")
    canvas.focus()
    top = page.evaluate("scrollY")
    for key, times in (("Space", 1), ("ArrowRight", 5), ("Space", 1), ("ArrowDown", 5), ("Space", 1), ("Shift+ArrowUp", 1), ("Space", 1)):  # fmt: skip # noqa: E501
        for _ in range(times):
            page.keyboard.press(key)
    page.keyboard.press("Escape")  # removes the last point
    page.keyboard.press("Enter")
    assert page.evaluate("scrollY") == top, "the arrows move the cross, not the page"
    page.click("#place-go")
    expect(page.locator("#step-run")).to_be_visible()
    with console.store.read() as r:
        device = devices.device(r, cameras(console)[0])
    assert device is not None
    (region,) = regions_of(device.config)
    assert [(round(x, 3), round(y, 3)) for x, y in region.points] == [(0.5, 0.5), (0.6, 0.5), (0.6, 0.6)]
