"""Each script of the console has one behaviour."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from alerts.hazards.review import confirm
from models.base.clock import SystemClock
from models.catalogue.terms import Role
from models.domain.access import Actor
from models.domain.tasks import RectificationTask
from tests.support.people import number_feed, picture, raise_alert

CITY = Actor(name="city", role=Role.regulator)


def dispatched(console: Any, code: str, *, ago: timedelta = timedelta(0)) -> RectificationTask:  # noqa: ANN401
    alert = raise_alert(console.store, console.files, console.a, code)
    with console.store.write() as w:
        task = confirm(w, alert.id, revision=1, by=CITY, at=SystemClock().now() - ago)[1]
    number_feed(console.store)
    return task


def test_keys_open_the_help_and_walk_through_the_queue(console: Any) -> None:  # noqa: ANN401
    for code in ("rodent", "smoking", "phone_use"):
        raise_alert(console.store, console.files, console.a, code)
    page = console.page_of("regulator-a")
    expect(page.locator("#alert h2")).to_contain_text("老鼠")
    for key, title in (("j", "吸烟"), ("j", "玩手机"), ("j", "玩手机"), ("k", "吸烟")):
        page.keyboard.press(key)
        expect(page.locator("#alert h2")).to_contain_text(title)
    expect(page.locator(".row[aria-current]")).to_contain_text("吸烟")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("y")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_hidden()
    page.keyboard.press("r")
    page.keyboard.type("yn2 only words")
    expect(page.locator("#remark")).to_have_value("yn2 only words")
    expect(page.locator(".row")).to_have_count(3)
    page.reload()
    expect(page.locator("#alert h2")).to_contain_text("吸烟")


def test_several_moments_of_one_alert_can_be_paged(console: Any) -> None:  # noqa: ANN401
    now = SystemClock().now()
    for minutes in (3, 2, 1):
        raise_alert(console.store, console.files, console.a, at=now - timedelta(minutes=minutes))
    page = console.page_of("regulator-a")
    expect(page.locator("#nth")).to_have_text("3 / 3")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#nth")).to_have_text("2 / 3")
    expect(page.locator("figure:visible img:visible")).to_have_js_property("complete", value=True)
    page.click("#boxes")
    expect(page.locator("#boxes")).to_have_attribute("aria-pressed", "false")
    page.click("#earlier")
    expect(page.locator("figure:visible [data-clean]")).to_be_visible()


def test_an_unavailable_picture_is_shown_as_missing(console: Any) -> None:  # noqa: ANN401
    raise_alert(console.store, console.files, console.a)
    for path in console.files._root.rglob("*"):
        if path.is_file():
            path.unlink()
    page = console.page_of("regulator-a")
    expect(page.locator("figure.missing")).to_be_visible()


def test_the_board_follows_the_feed_and_counts_deadlines_down(console: Any) -> None:  # noqa: ANN401
    dispatched(console, "fire_smoke", ago=timedelta(hours=3))  # two hours, round the clock
    page = console.page_of("enterprise-a")
    page.goto(f"{console.url}/console/tasks")
    expect(page.locator(".col-todo .task")).to_have_count(1)
    expect(page.locator(".due.past")).to_contain_text("逾期 1 小时")
    dispatched(console, "rodent", ago=timedelta(hours=23, minutes=59))
    expect(page.locator(".col-todo .task")).to_have_count(2)
    due = page.locator(".task:has-text('鼠') .due.soon")
    expect(due).to_contain_text("秒")
    before = due.inner_text()
    expect(due).not_to_have_text(before)


def test_photos_can_be_removed_again_and_a_submission_without_any_is_refused(console: Any, tmp_path: Path) -> None:  # noqa: ANN401
    task = dispatched(console, "smoking")
    page = console.page_of("enterprise-a")
    page.goto(f"{console.url}/console/tasks/{task.id}")
    with page.expect_navigation(wait_until="load"):
        page.click("[data-step=acknowledge] button")
    photos = [tmp_path / "one.jpg", tmp_path / "two.jpg"]
    for photo in photos:
        photo.write_bytes(picture(photo.name))
    page.set_input_files("#photos", photos)
    expect(page.locator("#previews li")).to_have_count(2)
    page.click("[aria-label='移除 one.jpg']")
    page.click("[aria-label='移除 two.jpg']")
    page.fill("#measure", "已整改")
    page.click("#submit button.primary")
    expect(page.locator("#said")).to_contain_text("至少一张")
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    page.set_input_files("#photos", broken)
    page.click("#submit button.primary")
    expect(page.locator("#said")).to_contain_text("这不是照片")
    expect(page.locator("#submit button.primary")).to_be_enabled()


def test_what_is_no_photo_and_one_too_many_are_named(console: Any, tmp_path: Path) -> None:  # noqa: ANN401
    task = dispatched(console, "smoking")
    page = console.page_of("enterprise-a")
    page.goto(f"{console.url}/console/tasks/{task.id}")
    with page.expect_navigation(wait_until="load"):
        page.click("[data-step=acknowledge] button")
    plan = tmp_path / "plan.pdf"
    plan.write_bytes(b"%PDF-1.4")
    photos = [tmp_path / f"{number}.jpg" for number in range(10)]
    for photo in photos:
        photo.write_bytes(picture(photo.name))
    page.set_input_files("#photos", [plan, *photos])
    expect(page.locator("#previews li")).to_have_count(9)
    expect(page.locator("#said")).to_have_text("没有加入：plan.pdf 不是照片；9.jpg 超出最多 9 张")
    page.click("[aria-label='移除 0.jpg']")
    page.set_input_files("#photos", photos[9])
    expect(page.locator("#previews li")).to_have_count(9)
    expect(page.locator("#said")).to_be_hidden()


def test_the_curl_line_is_copied_and_new_events_come_in(console: Any) -> None:  # noqa: ANN401
    page = console.page_of("platform-a")
    expect(page.locator("#newest")).to_contain_text("还没有事件")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("[data-copy='#curl']")
    expect(page.locator("[data-copy='#curl']")).to_have_text("已复制")
    assert "/v1/events?cursor=0" in page.evaluate("navigator.clipboard.readText()")
    raise_alert(console.store, console.files, console.a)
    expect(page.locator(".events tbody tr")).to_have_count(2)


def test_after_the_log_out_the_back_button_leads_to_the_log_in(console: Any) -> None:  # noqa: ANN401
    page = console.page_of("regulator-a")
    page.wait_for_url("**/console/review")
    page.click("text=退出")
    page.wait_for_url("**/console/login")
    page.goto(f"{console.url}/console/sites")
    page.fill("#login", "regulator-a")
    page.fill("#password", "wrong")
    page.click("button.primary")
    expect(page.locator(".alarm")).to_contain_text("账号或密码不对")
