"""A cadre records a visit on a phone without network; it is sent once when there is one."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.console.test_wishes import shot
from tests.support.guarantees import cadre_of, supervised, visit_of
from tests.support.people import picture


@pytest.fixture
def visit(console: Any) -> str:  # noqa: ANN401
    """The address of a planned visit of the cadre as whom regulator-a acts."""
    supervised(console.store, console.a, cadre_of(console.store, console.a, login="regulator-a"))
    with console.store.write() as w:
        w.raw.execute(
            "UPDATE site SET latitude = 30, longitude = 120.58, datum = 'wgs84' WHERE id = %s", [console.a.site]
        )
    return f"{console.url}/console/supervision?task={visit_of(console.store, console.a).id}"


@pytest.fixture
def phone(console: Any) -> Page:  # noqa: ANN401
    page = console.page_of("regulator-a", width=390)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 30.0, "longitude": 120.58, "accuracy": 10})
    return page


def filled_in(page: Page, folder: Path, *, problem: str = "") -> None:
    """Begin the visit, answer all rows, add two photos and both names."""
    page.click("#begin")
    expect(page.locator("#where")).to_contain_text("已定位")
    if problem:
        row = page.locator("[data-code=samples]")
        row.locator("label.problem").click()
        row.locator("[name=problem]").fill(problem)
    page.click("#rest")
    files = []
    for name in ("one", "two"):
        path = folder / f"{name}.jpg"
        path.write_bytes(picture(name))
        files.append(str(path))
    page.set_input_files("#photos", files)
    expect(page.locator("#previews img")).to_have_count(2)
    page.fill("[name=entity_name]", "王安全")


def back_dated(page: Page) -> None:
    """Let the visit have begun twenty minutes ago, as if the cadre had looked round."""
    page.evaluate(
        """() => new Promise((resolve) => {
            const look = () => {
                const request = indexedDB.open("mingchu-visits", 1);
                request.onsuccess = () => {
                    const store = request.result.transaction("drafts", "readwrite").objectStore("drafts");
                    const all = store.getAll();
                    all.onsuccess = () => {
                        const draft = all.result[0];
                        if (!draft?.content.position) return setTimeout(look, 50);
                        draft.content.started_at = new Date(Date.now() - 20 * 60000).toISOString();
                        store.put(draft).onsuccess = resolve;
                    };
                };
            };
            look();
        })"""
    )


def stored(console: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401
    with console.store.read() as r:
        rows: list[tuple[Any, ...]] = r.raw.execute(
            "SELECT v.faults, t.state, v.distance_m, v.hazards FROM supervision_visit v "
            "JOIN supervision_task t ON t.id = v.task_id"
        ).fetchall()
        return rows


def test_a_visit_without_network_is_kept_and_sent_once(console: Any, phone: Page, visit: str, tmp_path: Path) -> None:  # noqa: ANN401
    phone.goto(visit)
    phone.click("#begin")
    phone.wait_for_selector("#rest:visible")
    back_dated(phone)
    phone.reload()
    expect(phone.locator("#begin")).to_be_hidden()
    phone.context.set_offline(True)
    row = phone.locator("[data-code=samples]")
    row.locator("label.problem").click()
    phone.click("#rest")
    for name in ("one", "two"):
        (tmp_path / f"{name}.jpg").write_bytes(picture(name))
    phone.set_input_files("#photos", [str(tmp_path / "one.jpg"), str(tmp_path / "two.jpg")])
    expect(phone.locator("#previews img")).to_have_count(2)
    phone.fill("[name=entity_name]", "王安全")
    phone.click(".sign .primary")
    expect(phone.locator("#said")).to_contain_text("要填写问题")
    row.locator("[name=problem]").fill("未留样")
    shot(phone, "visit-390")
    assert phone.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    phone.click(".sign .primary")
    expect(phone.locator("#kept")).to_contain_text("联网后自动发送")
    expect(phone.locator(".sign .primary")).to_be_disabled()
    shot(phone, "visit-waiting-390")
    assert stored(console) == []
    with phone.expect_navigation(wait_until="load"):
        phone.context.set_offline(False)
    expect(phone.locator(".page-head")).to_contain_text("已提交")
    expect(phone.locator(".past")).to_contain_text("未留样")
    shot(phone, "visit-sent-390")
    ((faults, state, distance, hazards),) = stored(console)
    assert (faults, state, len(hazards)) == ([], "submitted", 1)
    assert distance < 1
    phone.goto(f"{console.url}/console/supervision")
    expect(phone.locator("[aria-labelledby=h-mine]")).to_contain_text("已提交")
    assert len(stored(console)) == 1


def test_a_visit_closed_in_the_middle_is_taken_up_again_and_a_short_one_is_returned(
    console: Any,  # noqa: ANN401
    phone: Page,
    visit: str,
    tmp_path: Path,
) -> None:
    phone.goto(visit)
    filled_in(phone, tmp_path, problem="未留样")
    phone.locator("[name=advice]").fill("请补留样")
    phone.locator("[name=advice]").blur()
    phone.goto("about:blank")
    phone.goto(visit)
    expect(phone.locator("#previews img")).to_have_count(2)
    expect(phone.locator("[name=entity_name]")).to_have_value("王安全")
    expect(phone.locator("[data-code=samples] [name=problem]")).to_have_value("未留样")
    with phone.expect_navigation(wait_until="load"):
        phone.click(".sign .primary")
    expect(phone.locator(".page-head")).to_contain_text("退回重做")
    expect(phone.locator(".past")).to_contain_text("现场时间不足")
    shot(phone, "visit-returned-390")


def test_the_office_archives_what_somebody_else_submitted(console: Any, visit: str) -> None:  # noqa: ANN401
    with console.store.write() as w:
        w.raw.execute("UPDATE supervision_task SET state = 'submitted', submitted_by = 'regulator-a'")
    page = console.page_of("city")
    page.goto(visit)
    page.click("summary:has-text('归档')")
    shot(page, "visit-office")
    with page.expect_navigation(wait_until="load"):
        page.click("form[data-path$=archive] button")
    expect(page.locator(".page-head")).to_contain_text("已归档")


def test_an_office_sets_a_tier_and_a_cadre_on_the_page(console: Any) -> None:  # noqa: ANN401
    cadre_of(console.store, console.a)
    page = console.page_of("regulator-a", width=390)
    page.goto(f"{console.url}/console/guarantees")
    shot(page, "guarantees-390")
    page.click("text=企业a")
    page.select_option("[name=kind]:has(option[value=school_canteen])", "school_canteen")
    page.fill("[name=size]", "620")
    with page.expect_navigation(wait_until="load"):
        page.click("text=保存并评级")
    expect(page.locator(".page-head")).to_contain_text("B 级包保")
    with page.expect_navigation(wait_until="load"):
        page.click("form[data-path$=cadres] button")
    expect(page.locator("[aria-labelledby=h-cadres]")).to_contain_text("李包保")
    expect(page.locator(".warn")).to_contain_text("B 级主体应由县级干部包保")
    shot(page, "guarantee-390")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
