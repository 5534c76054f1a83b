"""The page of one camera in a browser: a learnt place that is a person, and an hour of correct dress."""

from typing import Any

from playwright.sync_api import expect

from tests.support.furniture import learnt


def test_somebody_says_that_a_learnt_place_is_a_person(console: Any) -> None:  # noqa: ANN401
    place = learnt(console.store, console.a)
    page = console.page_of("enterprise-a", width=390)
    page.goto(f"{console.url}/console/sites")
    page.click(f"a[href='/console/cameras/{console.a.camera}']")
    expect(page.locator(".picture rect")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    form = page.locator(f"[data-place='{place}'] .refuse")
    form.locator("input").fill("收银员坐在这里")
    with page.expect_navigation(wait_until="load"):
        form.locator("button").click()
    expect(page.locator(".place .note")).to_contain_text("收银员坐在这里")
    expect(page.locator(".picture rect.person")).to_have_count(1)


def test_an_owner_begins_an_hour_of_correct_dress_once(console: Any) -> None:  # noqa: ANN401
    page = console.page_of("enterprise-a", width=390)
    page.goto(f"{console.url}/console/cameras/{console.a.camera}")
    page.click("#begin button")  # without the statement the browser refuses to send
    expect(page.locator("#begin")).to_have_count(1)
    page.check("#begin input")
    with page.expect_navigation(wait_until="load"):
        page.click("#begin button")
    expect(page.locator("#begin")).to_have_count(0)
    expect(page.locator(".place .chip")).to_have_text("进行中")
