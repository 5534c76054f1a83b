"""The duty index in a browser: other weights are tried on it, and every number leads to its rows."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from models.evidence.files import EvidenceFiles
from tests.e2e.console.test_wishes import shot
from tests.support.indices import MONTH, add_cameras, add_days, computed, ranked_counties


@pytest.fixture
def counted(console: Any, tmp_path: Path) -> Any:  # noqa: ANN401
    """The console with an October in which A writes every day and B is watched all day."""
    kitchens = (console.a, console.b)
    ranked_counties(console.store, EvidenceFiles(tmp_path), kitchens, at=datetime(2026, 10, 13, 4, tzinfo=UTC))
    with console.store.write() as w:
        add_days(w, console.a, 31)
        add_days(w, console.b, 10)
        add_cameras(w, console.a, seen=720)
        add_cameras(w, console.b)
    computed(console.store)
    return console


@pytest.mark.parametrize("width", [390, 1440])
def test_an_office_tries_other_weights_and_follows_a_number_to_its_rows(counted: Any, width: int) -> None:  # noqa: ANN401
    page = counted.page_of("city", width=width)
    page.goto(f"{counted.url}/console/indices?month={MONTH}")
    entities = page.locator("section", has=page.locator("#h-entities"))
    entities.locator("text=试算权重").click()
    form = entities.locator("form.what-if")
    form.locator("[name=day]").fill("1")
    expect(form.locator(".sum")).to_have_text("86，应为 100")
    expect(form.locator("button")).to_be_disabled()
    form.locator("[name=online]").fill("24")
    expect(form.locator(".sum")).to_have_text("100")
    form.locator("button").click()
    expect(entities.locator(".tried")).to_contain_text("比较 2 个，名次变化 2 个")
    expect(entities.locator(".tried tbody").last.locator("tr").first).to_contain_text("2 → 1企业b")
    shot(page, f"what-if-{width}")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    with page.expect_navigation(wait_until="load"):
        entities.locator("td a.note").first.click()
    expect(page.locator("h1")).to_have_text("日管控按时率")
    expect(page.locator("tbody tr")).to_have_count(31)
    shot(page, f"index-rows-{width}")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    with page.expect_navigation(wait_until="load"):
        page.locator("tbody a").first.click()
    assert "/console/records?record=" in page.url
    expect(page.locator("main")).to_contain_text("2026年10月1日")
