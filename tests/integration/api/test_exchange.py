"""The three national data sets as files: downloaded, compared, applied; by hostile senders, too."""

import csv
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import psycopg
import pytest
from httpx import Response
from openpyxl import Workbook, load_workbook

from models.base.errors import NotAllowed, StoreRefused
from models.store import Scope, Store
from tests.integration.api.test_visits import Phone
from tests.support.guarantees import cadre_of, supervised, visit_of
from tests.support.http import Rig, bearer, fresh_key
from tests.support.workbooks import workbook
from tests.support.world import TENANT

A, B, NEW = "92330602MA00TEX117", "92330603MA2XK7QP97", "91330602MA00TEX11A"
COUNTS = {"new": 0, "changed": 0, "same": 0, "unknown": 0, "invalid": 0}


def download(rig: Rig, data_set: str, form: str = "csv", key: str | None = None, **more: str) -> Response:
    return rig.get(f"/v1/exchange/{data_set}.{form}", key or rig.keys.regulator_a, **more)


def table(answer: Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def check(rig: Rig, data_set: str, content: bytes | str, *, key: str | None = None, name: str = "x.csv") -> Response:
    raw = content.encode() if isinstance(content, str) else content
    headers = bearer(key or rig.keys.regulator_a)
    return rig.http.post(f"/v1/exchange/{data_set}/check", headers=headers, files={"file": (name, raw)})


def apply(rig: Rig, data_set: str, content: bytes | str, digest: str, *, key: str | None = None) -> Response:
    raw = content.encode() if isinstance(content, str) else content
    headers = bearer(key or rig.keys.regulator_a) | fresh_key()
    form = {"digest": digest, "reason": "许可系统 11 月数据"}
    path = f"/v1/exchange/{data_set}/apply"
    return rig.http.post(path, headers=headers, data=form, files={"file": ("许可.csv", raw)})


def applied(rig: Rig, data_set: str, content: bytes | str, *, key: str | None = None) -> dict[str, Any]:
    seen = check(rig, data_set, content, key=key)
    assert seen.status_code == 200, seen.text
    done = apply(rig, data_set, content, seen.json()["digest"], key=key)
    assert done.status_code == 200, done.text
    found: dict[str, Any] = done.json()
    return found


def signed_visit(rig: Rig) -> str:
    """The number of a visit of enterprise a that both sides signed."""
    phone = Phone(rig)
    done = phone.send(phone.visit(photo_ids=phone.photos()))
    assert done.status_code == 200, done.text
    return str(done.json()["visit"]["id"])


def entities(*lines: str) -> str:
    return "\n".join(("统一社会信用代码,主体名称,区划代码,业态,人数或门店数,包保等级,经营状态,主包保干部编号", *lines))


def test_row_27_enterprises_cadres_and_visits_are_exchanged_both_ways_with_a_report_of_differences(rig: Rig) -> None:
    signed_visit(rig)
    cadre = rig.get("/v1/cadres", rig.keys.regulator_a).json()["data"][0]["id"]
    for data_set, form in ((s, f) for s in ("entities", "cadres", "supervision") for f in ("csv", "xlsx", "json")):
        content = download(rig, data_set, form).content
        report = check(rig, data_set, content, name=f"x.{form}").json()
        assert report["counts"] == COUNTS | {"same": 1}, (data_set, form, report)
        assert (report["findings"], report["absent"]) == ([], 0)

    file = entities(
        f"{A},企业甲,330602,学校食堂,499,,,",
        f"{NEW},新学校,330602,学校食堂,1200,,,{cadre}",
        f"{NEW[:-1]}B,错码,330602,,,,,",
        f"{B},企业b,330603,,,,,",
    )
    seen = check(rig, "entities", file).json()
    assert seen["counts"] == COUNTS | {"new": 1, "changed": 1, "invalid": 2}
    changed, new, code, region = seen["findings"]
    assert [(one["heading"], one["was"], one["now"]) for one in changed["changes"]] == [
        ("主体名称", "企业a", "企业甲"),
        ("业态", "", "学校食堂"),
        ("人数或门店数", "", "499"),
    ]
    assert (new["result_label"], new["line"], new["key"]) == ("新增", 3, NEW)
    assert code["faults"] == [
        {"name": "credit_code", "heading": "统一社会信用代码", "found": f"{NEW[:-1]}B",
         "expected": "check character is B, expected A"}
    ]  # fmt: skip
    assert region["faults"][0]["expected"] == "a region within 330602"
    assert len(table(download(rig, "entities"))) == 1, "looking changes nothing"

    done = applied(rig, "entities", file)
    assert done["run"]["counts"] == seen["counts"]
    first, second = table(download(rig, "entities"))
    audit = rig.get("/v1/audit", rig.keys.regulator_a, action="data.").json()["data"]
    assert {one["action"] for one in audit} == {"data.exported", "data.applied"}
    assert (first["主体名称"], first["业态"], first["包保等级"]) == ("企业甲", "学校食堂", "C")
    assert (second["主体名称"], second["包保等级"], second["主包保干部"]) == ("新学校", "B", "李包保")
    assert applied(rig, "entities", file)["run"]["counts"] == COUNTS | {"same": 2, "invalid": 2}
    detail = rig.get(f"/v1/guarantees/{rig.a.entity}", rig.keys.regulator_a).json()
    assert detail["entity"]["name"] == "企业甲"
    assert [one["reason"] for one in rig.get("/v1/exchange/runs", rig.keys.regulator_a).json()["data"]] == [
        "许可系统 11 月数据"
    ] * 2


def test_a_tier_an_operation_and_a_cadre_change_with_their_histories(rig: Rig) -> None:
    first, second = cadre_of(rig.store, rig.a, "李一"), cadre_of(rig.store, rig.a, "王二")
    supervised(rig.store, rig.a, first)
    visit_of(rig.store, rig.a)
    applied(rig, "entities", entities(f"{A},,,,,A,停产停业,{second.id}"))
    detail = rig.get(f"/v1/guarantees/{rig.a.entity}", rig.keys.regulator_a).json()
    assert (detail["entity"]["tier"], detail["entity"]["operating"]) == ("A", "suspended")
    assert detail["tier_changes"][0]["reason"] == "数据交换：许可系统 11 月数据"
    assert [one["kind"] for one in detail["changes"]] == ["suspend"]
    assert [one["cadre_name"] for one in detail["cadres"]] == ["王二"]
    with rig.store.read() as r:
        assert r.raw.execute("SELECT array_agg(state) FROM supervision_task").fetchone() == (["exempted"],)
    applied(rig, "entities", entities(f"{A},,,,,,注销关闭,"))
    wrong = check(rig, "entities", entities(f"{A},,,,,,停产停业,")).json()["findings"][0]
    assert wrong["faults"][0]["expected"] == "another state: from 注销关闭 there is no way there"


def test_row_17_the_two_registers_name_who_holds_the_posts(rig: Rig) -> None:
    def register(**of: str) -> list[tuple[str, str, str]]:
        rows = table(download(rig, "staff", key=rig.keys.city, **of))
        return [(one["台账"], one["食品安全总监"], one["食品安全员"]) for one in rows]

    path = "/v1/people"
    director = {"entity_id": str(rig.a.entity), "name": "钱总监", "post": "director"}
    assert rig.post(path, rig.keys.enterprise_a, json=director, headers=fresh_key()).status_code == 200
    assert sorted(register()) == [("仅员", "", "安全员"), ("总监+员", "钱总监", "安全员")]
    assert register(register="both") == [("总监+员", "钱总监", "安全员")]
    assert register(register="officer") == [("仅员", "", "安全员")]
    with rig.store.write() as w:
        w.raw.execute("UPDATE person SET valid_to = now() WHERE entity_id = %s", [rig.b.entity])
    assert register(register="incomplete") == [("缺员", "", "")]
    assert register(register="officer") == []
    assert len(table(download(rig, "staff"))) == 1, "a district's own"
    assert download(rig, "staff", key=rig.keys.enterprise_a).status_code == 403
    assert download(rig, "staff", register="all").status_code == 422


def test_an_empty_cell_and_a_missing_row_take_nothing_away(rig: Rig) -> None:
    applied(rig, "entities", entities(f"{A},,,学校食堂,499,,,", f"{NEW},新学校,330602,,,,,"))
    before = table(download(rig, "entities"))
    report = applied(rig, "entities", entities(f"{A},,,,,,,"))["report"]
    assert (report["counts"], report["absent"], report["absent_keys"]) == (COUNTS | {"same": 1}, 1, [NEW])
    assert table(download(rig, "entities")) == before


def test_a_file_is_applied_as_it_was_seen_or_not_at_all(rig: Rig) -> None:
    file = entities(f"{A},企业甲,,,,,,")
    seen = check(rig, "entities", file).json()["digest"]
    assert apply(rig, "entities", entities(f"{A},企业乙,,,,,,"), seen).status_code == 412, "another file"
    applied(rig, "entities", entities(f"{A},企业丙,,,,,,"))
    assert apply(rig, "entities", file, seen).status_code == 412, "the registry has changed"
    assert table(download(rig, "entities"))[0]["主体名称"] == "企业丙"
    taken = entities(f"{A},企业丁,,,,,,", f"{B},外区,330602,,,,,")
    refused = apply(rig, "entities", taken, check(rig, "entities", taken).json()["digest"])
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict"), "registered where nobody here sees it"
    assert table(download(rig, "entities"))[0]["主体名称"] == "企业丙", "all lines or none"


def test_cadres_are_named_found_again_and_changed(rig: Rig) -> None:
    head = "姓名,职务,层级,区划代码,联系电话,干部编号"
    done = applied(
        rig, "cadres", f"{head}\n张三,书记,村（社区）,330602001001,13800000000,\n李四,镇长,township,330602001,,"
    )
    assert done["run"]["counts"] == COUNTS | {"new": 2}
    rows = {one["姓名"]: one for one in table(download(rig, "cadres"))}
    assert rows["张三"]["层级"] == "村（社区）"
    again = (
        f"{head}\n张三,村书记,village,330602001001,13900000000,\n李四,,,,,{rows['李四']['干部编号']}\n王五,,,330602,,"
    )
    report = check(rig, "cadres", again).json()
    assert report["counts"] == COUNTS | {"changed": 1, "same": 1, "invalid": 1}
    assert [one["heading"] for one in report["findings"][1]["faults"]] == ["职务", "层级"]
    applied(rig, "cadres", again)
    assert {one["姓名"]: one["职务"] for one in table(download(rig, "cadres"))} == {"张三": "村书记", "李四": "镇长"}
    gone = check(rig, "cadres", f"{head}\n谁,x,village,330602,,{rig.a.entity}").json()["findings"][0]
    assert (gone["result"], gone["faults"][0]["heading"]) == ("unknown", "干部编号")
    beyond = check(rig, "cadres", f"{head}\n谁,x,village,330603,,").json()["findings"][0]
    assert beyond["faults"][0]["expected"] == "a region within 330602"


def test_a_district_refers_to_the_citys_cadre_and_changes_nothing_about_them(rig: Rig) -> None:
    body = {"region_code": "3306", "name": "市领导", "post": "副市长", "level": "city"}
    city = rig.post("/v1/cadres", rig.keys.city, json=body).json()
    assert table(download(rig, "cadres")) == [], "the city downloads its own"
    file = f"姓名,职务,层级,区划代码,干部编号\n市领导,市长,,,{city['id']}"
    finding = check(rig, "cadres", file).json()["findings"][0]
    assert finding["faults"][0]["expected"] == "no change: of a level above your region"
    applied(rig, "entities", entities(f"{A},,,,,,,{city['id']}"))
    assert table(download(rig, "entities"))[0]["主包保干部"] == "市领导"


def test_visits_of_other_platforms_are_taken_in_and_those_signed_here_stay_as_they_were_signed(rig: Rig) -> None:
    own = signed_visit(rig)
    head = "来源平台,督导编号,统一社会信用代码,督导干部,督导方式,督导日期,时长,问题数,督导意见"
    file = (
        f"{head}\n食安督,SD-1,{A},李包保,现场督导,2026/11/20,35,2,留样不足\n食安督,SD-2,{B},李,现场督导,2026-11-20,,0,"
    )
    done = applied(rig, "supervision", file)
    assert done["run"]["counts"] == COUNTS | {"new": 1, "unknown": 1}
    rows = {one["督导编号"]: one for one in table(download(rig, "supervision"))}
    assert (rows["SD-1"]["督导日期"], rows["SD-1"]["时长（分钟）"], rows["SD-1"]["是否有效"]) == (
        "2026-11-20",
        "35",
        "",
    )
    assert rows[own]["来源平台"] == "本平台"
    assert set(table(download(rig, "supervision", since="2099-01-01"))) == set()
    more = f"{head}\n食安督,SD-1,{A},李包保,现场督导,2026-11-20,35,3,\n本平台,{own},{A},别人,现场督导,2026-11-20,,0,"
    report = check(rig, "supervision", more).json()
    assert next((one["result"], one["changes"]) for one in report["findings"]) == (
        "changed",
        [{"name": "problems", "heading": "问题数", "was": "2", "now": "3"}],
    )
    assert report["findings"][1]["result"] == "invalid"
    assert "as it was signed here" in report["findings"][1]["faults"][0]["expected"]
    applied(rig, "supervision", more)
    rows = {one["督导编号"]: one for one in table(download(rig, "supervision"))}
    assert (rows["SD-1"]["问题数"], rows["SD-1"]["督导意见"]) == ("3", "留样不足")
    future = f"{head}\n食安督,SD-3,{A},李包保,现场督导,2099-01-01,,0,"
    assert check(rig, "supervision", future).json()["findings"][0]["faults"][0]["heading"] == "督导日期"


def test_a_name_like_a_formula_is_shown_and_comes_back_as_it_was(rig: Rig) -> None:
    bad = '=HYPERLINK("http://x","y")'
    with rig.store.write() as w:
        w.raw.execute("UPDATE entity SET name = %s WHERE id = %s", [bad, rig.a.entity])
    assert table(download(rig, "entities"))[0]["主体名称"] == f"'{bad}"
    sheet = load_workbook(io.BytesIO(download(rig, "entities", "xlsx").content)).worksheets[0]
    assert (sheet["B2"].value, sheet["B2"].data_type) == (f"'{bad}", "s")
    assert download(rig, "entities", "json").json()[0]["name"] == bad
    for form in ("csv", "xlsx", "json"):
        assert check(rig, "entities", download(rig, "entities", form).content).json()["counts"]["same"] == 1, form


def test_nobody_else_downloads_compares_or_applies(rig: Rig) -> None:
    supervised(rig.store, rig.a, cadre_of(rig.store, rig.a))
    file = entities(f"{A},企业甲,,,,,,")
    for key in (rig.keys.enterprise_a, rig.keys.platform_b):
        assert download(rig, "entities", key=key).status_code == 403
        assert check(rig, "entities", file, key=key).status_code == 403
        assert apply(rig, "entities", file, "0" * 64, key=key).status_code == 403
        assert rig.get("/v1/exchange/runs", key).status_code == 403
    assert check(rig, "entities", file, key=rig.keys.regulator_b).json()["counts"] == COUNTS | {"invalid": 1}
    applied(rig, "entities", file)
    with rig.store.read() as r:
        notes = r.raw.execute(
            "SELECT action, object, reason FROM audit_entry WHERE object LIKE 'exchange:%' ORDER BY id"
        ).fetchall()
    assert notes == [("data.applied", "exchange:entities", "许可系统 11 月数据")], "who was refused took nothing"
    for key in (rig.keys.regulator_b,):
        assert [one["主体名称"] for one in table(download(rig, "entities", key=key))] == ["企业b"]
        assert rig.get("/v1/exchange/runs", key).json()["data"] == []
    assert len(rig.get("/v1/exchange/runs", rig.keys.city).json()["data"]) == 1


def test_the_database_lets_no_enterprise_register_one_and_nobody_alter_the_log(rig: Rig, api_store: Store) -> None:
    applied(rig, "entities", entities(f"{A},企业甲,,,,,,"))
    row = "INSERT INTO entity (id, tenant_id, name, credit_code, region_code) VALUES (%s, %s, 'x', 'x', '330602')"
    for values in ([rig.a.entity, TENANT], ["01975c1e-0000-7000-8000-000000000001", TENANT]):
        with pytest.raises((NotAllowed, StoreRefused)), api_store.write(Scope.of_entity(TENANT, rig.a.entity)) as w:
            w.raw.execute(row, values)
    for statement in ("UPDATE exchange_run SET reason = 'x'", "DELETE FROM exchange_run", "DELETE FROM outside_visit"):
        with pytest.raises((psycopg.Error, StoreRefused)), api_store.write(Scope.of_tenant(TENANT)) as w:
            w.raw.execute(statement)


def book(rows: list[list[object]]) -> bytes:
    made, out = Workbook(), io.BytesIO()
    for row in rows:
        made.active.append(row)
    made.save(out)
    return out.getvalue()


def huge_place(path: Path) -> bytes:
    """A workbook of some kilobytes with one cell in the last column of the last row."""
    workbook(path, [["统一社会信用代码", "主体名称", "区划代码"], [A, "x", "330602"]])
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    cell = b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    name = "xl/worksheets/sheet1.xml"
    parts[name] = parts[name].replace(b"</sheetData>", cell)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for part, content in parts.items():
            new.writestr(part, content)
    return path.read_bytes()


def bomb(path: Path) -> bytes:
    """A workbook of some megabytes with a text of a gigabyte."""
    workbook(path, [["统一社会信用代码", "主体名称", "区划代码"]])
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for part, content in parts.items():
            if part != "xl/worksheets/sheet1.xml":
                new.writestr(part, content)
        with new.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(parts["xl/worksheets/sheet1.xml"].partition(b"</sheetData>")[0])
            sheet.write(b'<row><c t="inlineStr"><is><t>')
            for _ in range(1_100):
                sheet.write(b"a" * 1_000_000)
            sheet.write(b"</t></is></c></row></sheetData></worksheet>")
    return path.read_bytes()


@pytest.mark.parametrize("make", [huge_place, bomb])
def test_a_workbook_that_would_fill_the_memory_is_refused(rig: Rig, tmp_path: Path, make: Any) -> None:  # noqa: ANN401
    content = make(tmp_path / "x.xlsx")
    assert len(content) < 8_000_000
    answer = check(rig, "entities", content, name="x.xlsx")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert "this workbook" in answer.json()["detail"]
    assert str(tmp_path) not in answer.text


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 100,
        b"PK\x03\x04 no archive",
        b"\xd0\xcf\x11\xe0 no workbook",
        b"\xff\xfe\xff",
        b"a,b,c\n1,2,3",
        b"[" * 100_000,
        b"[1, 2]",
        b'{"name": "x"}',
        b'[{"name": {"a": 1}}]',
        b'[{"name": 1.5}]',
        b'[{"name": "\\ud800"}]',
        b'[{"name": ' + b"9" * 5000 + b"}]",
        b'"' + b"a" * 200_000,
    ],
)
def test_what_is_no_table_is_refused_with_what_was_expected(rig: Rig, content: bytes) -> None:
    answer = check(rig, "entities", content)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.text
    assert "exchange-" not in answer.text, "the name of our own file"


def test_cells_that_nothing_can_store_are_faults_of_their_line(rig: Rig) -> None:
    rows = [
        {"credit_code": A, "name": "甲" * 201},
        {"credit_code": A, "size": "-1"},
        {"credit_code": A, "size": 99999999999},
        {"credit_code": A, "operating": "maybe"},
        {"credit_code": A, "cadre_id": "no uuid"},
        {"name": "nameless\x00"},
    ]
    report = check(rig, "entities", json.dumps(rows)).json()
    assert report["counts"] == COUNTS | {"invalid": 6}
    assert [one["faults"][0]["name"] for one in report["findings"]][:5] == [
        "name",
        "size",
        "size",
        "operating",
        "cadre_id",
    ]
    twice = check(
        rig, "entities", json.dumps([{"credit_code": A, "name": "甲"}, {"credit_code": A, "name": "乙"}])
    ).json()
    assert [one["result"] for one in twice["findings"]] == ["changed", "invalid"]
    assert twice["findings"][1]["faults"][0]["expected"] == "each row once; line 1 has it already"


def test_a_file_is_bounded_in_lines_and_bytes(rig: Rig) -> None:
    long = entities(*(f"{A},x,330602,,,,," for _ in range(5_001)))
    assert "at most 5000; split the file" in check(rig, "entities", long).json()["detail"]
    heavy = check(rig, "entities", b"a" * (8 * 1024 * 1024 + 10))
    assert (heavy.status_code, heavy.json()["code"]) == (413, "too_large")


def test_a_workbook_as_excel_writes_it_is_read(rig: Rig) -> None:
    content = book([["×× 主体台账"], ["统一社会信用代码 *", "主体名称（全称）", "人数或门店数"], [A, "企业甲", 499.0]])
    report = check(rig, "entities", content, name="台账.xlsx").json()
    assert report["file_sha256"] == hashlib.sha256(content).hexdigest()
    (finding,) = report["findings"]
    assert (finding["line"], finding["result"]) == (3, "changed")
    assert [one["now"] for one in finding["changes"]] == ["企业甲", "499"]
