"""A regulator downloads the enterprises, changes them in a workbook, looks at the differences and applies the file."""

from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from playwright.sync_api import expect

from tests.e2e.console.test_wishes import shot
from tests.support.guarantees import cadre_of, supervised


def test_row_27_a_data_set_is_downloaded_corrected_compared_and_applied(console: Any, tmp_path: Path) -> None:  # noqa: ANN401
    supervised(console.store, console.a, cadre_of(console.store, console.a))
    page = console.page_of("regulator-a")
    page.goto(f"{console.url}/console/events")
    with page.expect_download() as download:
        page.click(".sets tr:first-child >> text=XLSX")
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    book = load_workbook(path)
    sheet = book.worksheets[0]
    assert [sheet["A1"].value, sheet["B2"].value, sheet["I2"].value] == ["统一社会信用代码", "企业a", "C"]
    sheet["B2"], sheet["E2"] = "企业甲", "学校食堂"
    sheet.append(["92330603MA2XK7QP97", "别区企业", None, "330603"])
    book.save(path)

    page.set_input_files("#check [name=file]", path)
    page.click("#check button")
    expect(page.locator("#report .sums")).to_contain_text("新增 0 · 变更 1 · 一致 0 · 无法对应 0 · 有误 1")
    expect(page.locator("#report tbody")).to_contain_text("主体名称：企业a → 企业甲")
    expect(page.locator("#report tbody")).to_contain_text("区划代码：330603，应为 a region within 330602")
    shot(page, "exchange")
    page.fill("#apply [name=reason]", "许可系统 11 月数据")
    with page.expect_navigation(wait_until="load"):
        page.click("#apply button")
    expect(page.locator(".exchange")).to_contain_text("变更 1 · 有误 1")
    page.goto(f"{console.url}/console/guarantees")
    expect(page.locator(".page")).to_contain_text("企业甲")

    phone = console.page_of("regulator-a", width=390)
    phone.goto(f"{console.url}/console/events")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    shot(phone, "exchange-390")
    platform = console.page_of("platform-a")
    platform.goto(f"{console.url}/console/events")
    expect(platform.locator("#exchange")).to_have_count(0)
