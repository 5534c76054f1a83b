"""Documents for paper: opened again with the libraries that read such files."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from docx import Document

from alerts.duties.dispatch import count_today
from alerts.duties.records import open_record
from api.documents import bulletin
from models.base.clock import SHANGHAI
from models.catalogue.terms import Role
from models.domain.access import Actor
from tests.support.duties import signed_week
from tests.support.guarantees import cadre_of, supervised
from tests.support.http import Rig, fresh_key
from tests.support.people import raise_alert

AT = datetime.now(UTC)
MONTH = f"{AT + timedelta(hours=8):%Y-%m}"
OFFICER = Actor(name="officer", role=Role.enterprise)


def counted(rig: Rig) -> None:
    with rig.store.write() as w:
        count_today(w, at=AT)


def is_pdf(content: bytes) -> bool:
    return content.startswith(b"%PDF-") and content.rstrip().endswith(b"%%EOF")


def test_row_14_an_office_downloads_and_opens_the_bulletin_of_a_month(rig: Rig) -> None:
    supervised(rig.store, rig.a, cadre_of(rig.store, rig.a), tier="C")
    counted(rig)
    answer = rig.get(f"/v1/bulletins/{MONTH}.docx", rig.keys.regulator_a)
    assert answer.headers["content-disposition"] == f'attachment; filename="bulletin-{MONTH}.docx"'
    document = Document(BytesIO(answer.content))
    words = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "食品安全履责月通报" in words
    assert "C 级 1 家" in words
    assert "{{" not in words
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert "{%" not in "".join(cells)
    assert "未销号隐患 0 件" in words
    assert "包保落实率 100.0%（1/1）" in words
    pdf = rig.get(f"/v1/bulletins/{MONTH}.pdf", rig.keys.regulator_a)
    assert is_pdf(pdf.content)
    assert rig.get("/v1/bulletins/2024-01.pdf", rig.keys.regulator_a).status_code == 404
    assert rig.get(f"/v1/bulletins/{MONTH}.pdf", rig.keys.enterprise_a).status_code == 403


def test_a_broken_template_of_the_office_is_said_to_be_so(rig: Rig, tmp_path: Path) -> None:
    counted(rig)
    template = tmp_path / "ours.docx"
    document = Document(str(bulletin.TEMPLATE))
    document.add_paragraph("{{ region }} 抄送：各镇街")
    document.save(str(template))
    settings = rig.app.state.mingchu.settings
    rig.app.state.mingchu.settings = settings.model_copy(update={"bulletin_template": template})
    own = rig.get(f"/v1/bulletins/{MONTH}.docx", rig.keys.regulator_a)
    assert "抄送：各镇街" in Document(BytesIO(own.content)).paragraphs[-1].text
    template.write_bytes(b"no document")
    broken = rig.get(f"/v1/bulletins/{MONTH}.docx", rig.keys.regulator_a)
    assert (broken.status_code, broken.json()["code"]) == (422, "invalid")
    assert "ours.docx" in broken.json()["detail"]


def test_a_record_and_a_week_are_printed_with_the_place_for_three_signatures(rig: Rig) -> None:
    with rig.store.write() as w:
        record = open_record(w, site_id=rig.a.site, day=AT.date(), pack_id="day.school.v1", by=OFFICER, at=AT)
        report, _ = signed_week(w, rig.a.site, AT)
    for path in (f"/v1/records/{record.id}.pdf", f"/v1/reports/{report}.pdf"):
        assert is_pdf(rig.get(path, rig.keys.enterprise_a).content), path
        assert rig.get(path, rig.keys.enterprise_b).status_code == 404, path


def test_row_13_a_day_of_unannounced_inspections_has_a_report_and_each_hazard_its_order(rig: Rig) -> None:
    day = AT.astimezone(SHANGHAI).date()
    for who, kitchen, code in (
        (rig.keys.regulator_a, rig.a, "rodent"),
        (rig.keys.regulator_a, rig.a, "clutter"),
        (rig.keys.regulator_b, rig.b, "rodent"),
    ):
        body = {"device_id": kitchen.camera, "code": code, "remark": "暗访"}
        assert rig.post("/v1/hazards", who, json=body, headers=fresh_key()).status_code in {200, 201}
    raise_alert(rig.store, rig.files, rig.a, "smoking")  # found by a camera, and so not in the report
    own = rig.get(f"/v1/inspections/{day}", rig.keys.regulator_a).json()
    assert (own["found"], own["closed"], own["by_label"]) == (2, 0, {"老鼠": 1, "杂物堆放/通道堵塞": 1}), own[
        "by_label"
    ]
    city = rig.get(f"/v1/inspections/{day}", rig.keys.city).json()
    assert (city["found"], list(city["by_label"].values())) == (3, [2, 1])
    assert rig.get(f"/v1/inspections/{day}", rig.keys.city, region=rig.b.region).json()["found"] == 1
    assert is_pdf(rig.get(f"/v1/inspections/{day}.pdf", rig.keys.city).content)
    assert is_pdf(rig.get("/v1/inspections/2026-01-01.pdf", rig.keys.city).content), "a quiet day has one, too"
    order = f"/v1/tasks/{own['tasks'][0]['id']}/order.pdf"
    for key in (rig.keys.regulator_a, rig.keys.enterprise_a):
        assert is_pdf(rig.get(order, key).content)
    for key in (rig.keys.regulator_b, rig.keys.enterprise_b):
        assert rig.get(order, key).status_code == 404
    assert rig.get(f"/v1/inspections/{day}", rig.keys.enterprise_a).status_code == 403


def test_row_12_the_notice_board_of_a_tier_and_the_sticker_lead_to_the_public_page(rig: Rig) -> None:
    supervised(rig.store, rig.a, cadre_of(rig.store, rig.a), tier="C")
    path = f"/v1/guarantees/{rig.a.entity}/board.pdf"
    board = rig.get(path, rig.keys.enterprise_a).content
    assert is_pdf(board)
    assert board == rig.get(path, rig.keys.regulator_a).content, "its code stays the same"
    with rig.store.write() as w:
        w.raw.execute("UPDATE entity SET guarantee_tier = 'D' WHERE id = %s", [rig.a.entity])
    sticker = rig.get(path, rig.keys.enterprise_a).content
    assert is_pdf(sticker)
    assert sticker != board
    assert rig.get(path, rig.keys.enterprise_b).status_code == 404
