"""The duty index in a browser: other weights are tried on it, and every number leads to its rows."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from alerts.indices.cadres import compute_year
from alerts.indices.computing import freeze_month
from alerts.indices.evaluations import compute_evaluation
from alerts.indices.regions import compute_regions
from models.base.clock import SHANGHAI
from models.catalogue.index_terms import IndexKind
from models.evidence.files import EvidenceFiles
from tests.e2e.console.test_wishes import shot
from tests.support.guarantees import cadre_of
from tests.support.indices import MONTH, OPERATOR, add_cameras, add_days, add_supervision, computed, ranked_counties
from tests.support.world import TENANT


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


@pytest.mark.parametrize("width", [390, 1440])
def test_an_evaluation_leads_to_its_months(counted: Any, width: int) -> None:  # noqa: ANN401
    now = datetime.now(UTC)
    with counted.store.write() as w:
        compute_regions(w, TENANT, MONTH, by=OPERATOR, at=now)
        freeze_month(w, TENANT, MONTH, kind=IndexKind.region, by=OPERATOR, at=now)
        compute_evaluation(w, TENANT, "2026-Q4", by=OPERATOR, at=now)
    page = counted.page_of("city", width=width)
    page.goto(f"{counted.url}/console/indices?week=2026-Q4")
    regions = page.locator("section", has=page.locator("#h-regions"))
    expect(regions.locator("tbody tr")).to_have_count(2)
    expect(regions.locator("form.sign-off")).to_have_count(0 if f"{now:%Y}" == "2026" else 1)
    shot(page, f"evaluation-{width}")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    with page.expect_navigation(wait_until="load"):
        regions.locator("a.month").first.click()
    assert page.url.endswith(f"?month={MONTH}")
    expect(regions.locator("tbody tr")).to_have_count(2)
    expect(regions.locator("thead")).to_contain_text("接入率×在线率")


@pytest.mark.parametrize("width", [390, 1440])
def test_row_11_a_cadres_year_is_shown_by_quarters_and_signed_off(console: Any, width: int) -> None:  # noqa: ANN401
    year = datetime.now(SHANGHAI).year - 1
    good, weak = cadre_of(console.store, console.a, "李包保"), cadre_of(console.store, console.a, "王包保")
    with console.store.write() as w:
        for month in (3, 6):
            due = datetime(year, month, 20, tzinfo=UTC)
            in_time = due - timedelta(days=1)
            add_supervision(w, console.a, good.id, due, visits=((in_time, True),))
            add_supervision(w, console.a, weak.id, due, visits=((in_time, True),) if month == 3 else ())
        compute_year(w, TENANT, str(year), by=OPERATOR, at=datetime.now(UTC))
    page = console.page_of("city", width=width)
    page.goto(f"{console.url}/console/indices")
    cadres = page.locator("section", has=page.locator("#h-cadres"))
    expect(cadres).to_contain_text("还没有到期的督导任务")
    cadres.locator("select").select_option(str(year))
    with page.expect_navigation(wait_until="load"):
        cadres.locator("text=看年度评价").click()
    rows = cadres.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("李包保")
    expect(rows.first).to_contain_text("100.00")
    expect(rows.last).to_contain_text("督导按期完成率 0/1")
    expect(rows.last).to_contain_text("有季度低于 60 分，不评为优秀")
    late = rows.last.locator("a.note", has_text="逾期超过 15 天")
    expect(late).to_have_attribute("href", re.compile("indicator=late_15$"))
    shot(page, f"cadre-year-{width}")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    with page.expect_navigation(wait_until="load"):
        rows.last.locator("a.note", has_text="0/1").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text("0/1")
    with page.expect_navigation(wait_until="load"):
        page.locator(".crumbs a").click()
    cadres.locator("[name=name]").fill("张主任")
    page.on("dialog", lambda dialog: dialog.accept())
    with page.expect_navigation(wait_until="load"):
        cadres.locator("text=签发年度评价").click()
    expect(rows.first).to_contain_text("已冻结")
    expect(cadres.locator("form.sign-off")).to_have_count(0)
