"""The page of precision in a browser: figures, a proposal taken and undone by keyboard, and a phone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from alerts.hazards.review import confirm, reject
from alerts.precision.service import propose
from models.base.clock import SHANGHAI
from models.catalogue.terms import RejectReason, Role
from models.domain.access import Actor
from tests.e2e.console.test_codes import shot
from tests.support.overrides import rows
from tests.support.people import find

CITY = Actor(name="city", role=Role.regulator)
OVERRIDES = "SELECT changes, ended_at IS NULL FROM code_override"


@pytest.fixture
def bad_camera(console: Any) -> Any:  # noqa: ANN401
    """Ten true ones at noon; fifteen false ones at night, weak, at a poster. The sweep has measured them."""
    today = datetime.now(SHANGHAI).replace(minute=30)
    for n in range(25):
        is_true = n < 10
        at = (today.replace(hour=12 if is_true else 2) - timedelta(days=n + 1)).astimezone(UTC)
        place = (0.4375, 0.25) if is_true else (0.05, 0.7)
        score = 0.9 if is_true else 0.55
        alert = find(console.store, console.files, console.a, "phone_use", at=at, score=score, corner=place)
        assert alert is not None
        with console.store.write() as w:
            if is_true:
                confirm(w, alert.id, revision=1, by=CITY, at=at)
            else:
                reject(w, alert.id, revision=1, by=CITY, at=at, reason=RejectReason.false_alarm)
            w.raw.execute("UPDATE alert SET closed_at = %s WHERE id = %s", [at - timedelta(days=400), alert.id])
    with console.store.write() as w:
        assert propose(w, at=datetime.now(UTC)) == 1
    return console


def in_state(page: Page, state: str) -> Locator:
    """The proposals in a state; the reason of another one may name the state, too."""
    return page.locator("[data-proposal]").filter(has=page.locator(".chip", has_text=state))


def test_a_regulator_takes_a_proposal_and_undoes_it_by_keyboard(bad_camera: Any) -> None:  # noqa: ANN401
    page = bad_camera.page_of("regulator-a")
    page.goto(f"{bad_camera.url}/console/precision")
    expect(page.locator("h1")).to_have_text("准确率")
    line = page.locator("tbody tr")
    expect(line).to_have_count(1)
    expect(line).to_contain_text("40%")
    kinds = page.locator("[data-proposal]")
    expect(kinds).to_have_count(3)
    shot(page, "precision-open")
    area = kinds.filter(has_text="屏蔽区域")
    expect(area).to_contain_text("误报 15 次中 15 次不再产生；属实 10 次中 0 次会漏掉")
    area.locator(".evidence summary").press("Enter")
    evidence = area.locator(".evidence li")
    expect(evidence).to_have_count(25)
    expect(evidence.first).to_contain_text("12:30 · 属实 · 置信度 0.90 · 仍会产生")
    expect(evidence.last).to_contain_text("02:30 · 不属实 · 置信度 0.55 · 不再产生")
    area.locator("[name=reason]").focus()
    page.keyboard.type("墙上的海报")
    with page.expect_navigation():
        area.locator("button[value=take]").press("Enter")
    assert rows(bad_camera.store, OVERRIDES) == [({"ignored_area": [0.0, 0.75, 0.125, 0.125]}, True)]
    page.locator("details.more > summary", has_text="已决定").press("Enter")
    taken = in_state(page, "已采纳")
    expect(taken).to_contain_text("墙上的海报")
    shot(page, "precision-taken")
    taken.locator("[name=reason]").fill("海报已撤")
    with page.expect_navigation():
        taken.locator("button[value=undo]").click()
    assert [is_open for _, is_open in rows(bad_camera.store, OVERRIDES)] == [False]
    expect(in_state(page, "已撤销")).to_have_count(1)


def test_a_proposal_that_somebody_decided_meanwhile_says_so(bad_camera: Any) -> None:  # noqa: ANN401
    page = bad_camera.page_of("regulator-a")
    page.goto(f"{bad_camera.url}/console/precision")
    with bad_camera.store.write() as w:
        w.raw.execute("UPDATE tuning_proposal SET version = version + 1")
    card = page.locator("[data-proposal]").first
    card.locator("[name=reason]").fill("夜间反光")
    card.locator("button[value=refuse]").click()
    expect(page.locator("#said")).to_contain_text("刷新")
    expect(page.locator("#said")).to_be_focused()
    expect(card.locator("button[value=refuse]")).to_be_enabled()


@pytest.mark.parametrize("login", ["regulator-a", "enterprise-a", "admin"])
def test_a_phone_needs_no_sideways_scrolling(bad_camera: Any, login: str) -> None:  # noqa: ANN401
    page = bad_camera.page_of(login, width=390)
    page.goto(f"{bad_camera.url}/console/precision")
    expect(page.locator("tbody tr")).to_contain_text("40%")
    expect(page.locator("[data-proposal]")).to_have_count(0 if login == "enterprise-a" else 3)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    shot(page, f"precision-phone-{login}")


def test_an_area_is_set_for_one_camera_on_the_page_of_its_code(console: Any) -> None:  # noqa: ANN401
    page = console.page_of("regulator-a")
    page.goto(f"{console.url}/console/codes/phone_use?device={console.a.camera}")
    page.locator("#begin [name=area]").fill("0, 0.75，0.25,0.25")
    page.locator("#begin [name=reason]").fill("墙上的海报")
    with page.expect_navigation():
        page.click("#begin button")
    expect(page.locator(".override")).to_contain_text("屏蔽区域 左起 0%–25%、上起 75%–100%")
    assert rows(console.store, OVERRIDES) == [({"ignored_area": [0.0, 0.75, 0.25, 0.25]}, True)]
