"""A second person draws a visit, calls the enterprise and notes what differs."""

from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import expect

from tests.e2e.console.test_wishes import shot
from tests.support.guarantees import cadre_of
from tests.support.indices import add_supervision


def test_a_visit_is_drawn_and_a_difference_noted(console: Any) -> None:  # noqa: ANN401
    cadre = cadre_of(console.store, console.a)
    at = datetime.now(UTC)
    with console.store.write() as w:
        add_supervision(w, console.a, cadre.id, at, visits=((at, True),))
    page = console.page_of("city", width=390)
    page.goto(f"{console.url}/console/rechecks")
    page.fill("[name=count]", "1")
    with page.expect_navigation(wait_until="load"):
        page.click("form.do button")
    page.click("text=填写抽查结果")
    page.select_option(".recheck [name=method]", "phone")
    page.uncheck(".recheck [name=took_place]")
    page.fill(".recheck [name=note]", "店主称当天没有人来过")
    shot(page, "rechecks-390")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    with page.expect_navigation(wait_until="load"):
        page.click(".recheck button")
    expect(page.locator("#h-done ~ ul")).to_contain_text("电话回访：企业否认到场督导")
    expect(page.locator(".sums")).to_contain_text("100.0%")
