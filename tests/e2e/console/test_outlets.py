"""A head office looks at its stores and their common problems."""

from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import expect

from alerts.hazards.review import confirm
from alerts.registry.outlets import place_outlet
from tests.e2e.console.test_wishes import shot
from tests.support.guarantees import CITY
from tests.support.people import raise_alert


def test_a_branch_sees_its_store_and_what_is_wrong_there(console: Any) -> None:  # noqa: ANN401
    at = datetime.now(UTC)
    alert = raise_alert(console.store, console.files, console.b, "no_mask")
    with console.store.write() as w:
        confirm(w, alert.id, revision=1, by=CITY, at=at)
        place_outlet(w, console.b.entity, parent_id=console.a.entity, by=CITY, at=at)
    page = console.page_of("enterprise-a", width=390)
    page.goto(f"{console.url}/console/outlets")
    store = page.locator("section.card").last
    expect(store).to_contain_text("企业b")
    expect(store).to_contain_text("隐患 1")
    expect(store).to_contain_text("日管控 0/7")
    expect(page.locator("section.card").first).to_contain_text("没有共性问题")
    shot(page, "outlets-390")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
