from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from alerts.registry.importing import COLUMNS, OPTIONAL, Outcome, import_lines, read_lines
from models.base.errors import Invalid
from models.store import Store, devices, feed, registry
from tests.support.workbooks import workbook

KITCHEN = "92330602MA00TEX117,鉴湖酒家,JY23306020000016,330602,王建国,jianhu,后厨,,22:00-05:00,gw"


def csv_of(tmp_path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "devices.csv"
    path.write_bytes("\n".join([",".join(COLUMNS), *lines]).encode(encoding))
    return path


def good(device: str, *, name: str = "烹饪区", zone: str = "cooking", sensor: str = "") -> str:
    return f"{KITCHEN},{device},{name},{zone},{sensor}"


def run(store: Store, path: Path, *, update: bool = False) -> Outcome:
    outcome, lines, kept = Outcome(), read_lines(path), dict[str, str]()
    steps = import_lines(
        store,
        lines,
        tenant="shaoxing",
        new_secret=lambda: ("s3cret", "$7$h"),
        keep_secret=kept.__setitem__,
        outcome=outcome,
        update=update,
    )
    assert list(steps) == [number for number, _ in lines]
    assert kept == outcome.secrets
    return outcome


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_good_lines_are_imported_and_change_nothing_a_second_time(store: Store, tmp_path: Path, encoding: str) -> None:
    path = csv_of(tmp_path, good("cam1"), good("fridge1", sensor="fridge_temp", zone="storage"), encoding=encoding)
    first, second = run(store, path), run(store, path)
    assert (first.devices, first.rejected, first.secrets) == (2, [], {"gw": "s3cret"})
    assert (second.devices, second.unchanged, second.secrets) == (0, 2, {})
    with store.read() as r:
        assert [(d.id, d.name, d.sensor_code) for d in devices.devices(r, limit=9)] == [
            ("cam1", "烹饪区", None),
            ("fridge1", "烹饪区", "fridge_temp"),
        ]


def test_bad_lines_are_rejected_with_their_number_and_keep_no_other_out(store: Store, tmp_path: Path) -> None:
    path = csv_of(
        tmp_path,
        good("cam1"),
        good("cam2").replace("TEX117", "TEX118"),
        good("cam3", zone="toilet"),
        good("Cam 4"),
        good("cam5", sensor="warp"),
        good("cam6").replace("22:00-05:00", "late"),
        good("cam7", name=""),
        good("cam8").replace("JY23306020000016", "JY23306020000017"),
    )
    outcome = run(store, path)
    assert [number for number, _, _ in outcome.rejected] == [3, 4, 5, 6, 7, 8]
    reasons = [reason for _, reason, _ in outcome.rejected]
    for reason, says in zip(
        reasons, ["check character", "art. 8", "1–64", "fridge_temp", "22:00-05:00", "empty"], strict=True
    ):
        assert says in reason
    assert [number for number, _ in outcome.warnings] == [9]
    assert outcome.devices == 2


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("credit_code,entity_name\n")
    with pytest.raises(Invalid, match=r"expected credit_code.*found 'credit_code', 'entity_name'"):
        read_lines(path)
    path.write_text("credit_code,entity_name,officer,Region\n")
    with pytest.raises(Invalid, match=r"the column 'site_id', .* is missing.*found .*'Region'"):
        read_lines(path)


def test_a_node_whose_line_is_rejected_keeps_no_secret(store: Store, tmp_path: Path) -> None:
    outcome = run(store, csv_of(tmp_path, good("cam1", zone="toilet")))  # which compares what was kept
    assert (len(outcome.rejected), outcome.secrets) == (1, {})


HEADER = ",".join(COLUMNS)


def written(tmp_path: Path, text: str, *, encoding: str = "utf-8") -> Path:
    path = tmp_path / "devices.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_delimiter_encoding_and_line_end_is_recognised(
    tmp_path: Path, mark: str, encoding: str, end: str
) -> None:
    text = end.join([HEADER, good("cam1"), good("cam2")]).replace(",", mark) + end
    lines = read_lines(written(tmp_path, text, encoding=encoding))
    assert [(number, line["device_id"], line["entity_name"]) for number, line in lines] == [
        (2, "cam1", "鉴湖酒家"),
        (3, "cam2", "鉴湖酒家"),
    ]


@pytest.mark.parametrize(("said", "mark"), [("sep=,", ","), ("sep=;", ";"), ('"sep=;"', ";"), ("SEP=|", "|")])
def test_excels_line_about_the_delimiter_is_no_header(tmp_path: Path, said: str, mark: str) -> None:
    text = "\r\n".join([said, HEADER.replace(",", mark), good("cam1").replace(",", mark)])
    assert [number for number, _ in read_lines(written(tmp_path, text))] == [3]


CHINESE = (
    "统一社会信用代码,企业名称,许可证号,行政区划代码,食品安全员,场所编号,场所名称,"
    "地址,闭店时间,节点编号,设备编号,设备名称,区域,传感器"
)


@pytest.mark.parametrize(
    "header",
    [
        HEADER.upper(),
        HEADER.replace(",", " , "),
        HEADER.replace("_", " "),
        HEADER.replace("_", "-").title(),
        "\ufeff" + HEADER,
        ",".join(f'"{name}"' for name in COLUMNS),
        CHINESE,
        CHINESE.replace(",", "*,"),
        f"设备登记表{',' * 13}\n{HEADER}",
        HEADER.replace("licence_no", "License No."),
    ],
)
def test_headers_as_people_write_them_are_known(tmp_path: Path, header: str) -> None:
    (only,) = read_lines(written(tmp_path, f"{header}\n{good('cam1')}\n"))
    assert set(only[1]) == set(COLUMNS)
    assert (only[1]["licence_no"], only[1]["sensor"]) == ("JY23306020000016", "")


def test_blank_lines_are_skipped(tmp_path: Path) -> None:
    text = "\r\n".join([HEADER, "", good("cam1"), "," * 13, "  ", '"",' * 13, good("cam2"), "," * 20, "\t"])
    assert [number for number, _ in read_lines(written(tmp_path, text))] == [3, 7]


@pytest.mark.parametrize("odd", ["\v", "\f", "\x1c", "\u2028", "\u2029", "\x85"])
def test_only_a_line_end_ends_a_line(tmp_path: Path, odd: str) -> None:
    line = good("cam1").replace("后厨,,", f"后厨,绍兴{odd}越城,")
    lines = read_lines(written(tmp_path, f"{HEADER}\r\n{line}\r\n{good('cam2')}\r\n"))
    assert [(number, one["address"]) for number, one in lines] == [(2, "绍兴 越城"), (3, "")]
    quoted = good("cam1").replace("后厨,,", '后厨,"绍兴\r\n越城",')
    assert [one["address"] for _, one in read_lines(written(tmp_path, f"{HEADER}\n{quoted}\n"))] == ["绍兴 越城"]


def test_more_cells_than_the_header_names_are_refused(store: Store, tmp_path: Path) -> None:
    outcome = run(store, csv_of(tmp_path, good("cam1") + ",extra"))
    assert "'extra'" in outcome.rejected[0][1]


@pytest.mark.parametrize("text", ["３３０６０２", "330602.0", "越城区", " 330602 "])
def test_a_region_is_known_by_its_code_and_by_its_name(store: Store, tmp_path: Path, text: str) -> None:
    with store.write() as w:
        registry.add_region(w, code="330602", name="越城区")
    outcome = run(store, csv_of(tmp_path, good("cam1").replace(",330602,", f",{text},")))
    assert (outcome.rejected, outcome.devices) == ([], 1)


@pytest.mark.parametrize(("text", "close"), [("33", "330602 越城区"), ("越城", "330602 越城区"), ("33O602", "")])
def test_a_wrong_region_is_named_with_the_closest(store: Store, tmp_path: Path, text: str, close: str) -> None:
    with store.write() as w:
        registry.add_region(w, code="330602", name="越城区")
        registry.add_region(w, code="110105", name="朝阳区")
    outcome = run(store, csv_of(tmp_path, good("cam1").replace(",330602,", f",{text},")))
    reason = outcome.rejected[0][1]
    assert repr(text) in reason
    assert close in reason
    assert "check" not in reason


def changed(line: str) -> str:
    for old, new in (
        ("鉴湖酒家", "鉴湖大酒家"),
        ("王建国", "李四"),
        ("后厨,,", "新后厨,杭州,"),
        ("22:00-05:00", "23:00-6:00"),
    ):
        line = line.replace(old, new)
    return line


def test_differences_are_reported_and_applied_on_request(store: Store, tmp_path: Path) -> None:
    run(store, csv_of(tmp_path, good("f1", sensor="fridge_temp", zone="storage")))
    again = csv_of(tmp_path, changed(good("f1", sensor="freezer_temp", zone="cooking", name="新名")))
    told = run(store, again)
    assert [difference.field for _, difference in told.differing] == [
        "entity_name", "officer", "site_name", "address", "closed", "device_name", "zone", "sensor",
    ]  # fmt: skip
    assert str(told.differing[0][1]) == (
        "enterprise 92330602MA00TEX117: entity_name is '鉴湖酒家', the line says '鉴湖大酒家'"
    )
    with store.read() as r:
        assert devices.device(r, "f1").name == "烹饪区"  # type: ignore[union-attr]
    assert len(run(store, again, update=True).differing) == 8
    assert run(store, again).differing == []
    with store.write() as w:
        device, site = devices.device(w, "f1"), registry.site(w, "jianhu")
        assert device is not None
        assert site is not None
        assert (device.name, device.zone, device.sensor_code) == ("新名", "cooking", "freezer_temp")
        assert (site.name, site.address, site.closed_from, site.closed_to) == ("新后厨", "杭州", time(23), time(6))
        officer = registry.people_in_office(w, entity_id=device.entity_id, at=datetime.now(UTC))[0]
        feed.sequence(w)
        events = feed.events_after(w, cursor=0, limit=10)
    assert officer is not None
    assert officer.name == "李四"
    assert [(event.type, event.data["changed"]) for event in events] == [
        ("mingchu.device.changed", ["name", "sensor_code", "zone"])
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [(",330602,", ",330603,", "another region"), (",cooking,", ",cooking,fridge_temp", "decommission")],
)
def test_a_line_that_changes_a_fixed_field_is_refused_as_a_whole(
    store: Store, tmp_path: Path, old: str, new: str, says: str
) -> None:
    run(store, csv_of(tmp_path, good("cam1")))
    outcome = run(store, csv_of(tmp_path, changed(good("cam1")).replace(old, new)), update=True)
    assert says in outcome.rejected[0][1]
    assert outcome.differing == []
    with store.read() as r:
        assert registry.site(r, "jianhu").name == "后厨"  # type: ignore[union-attr]


def test_a_column_missing_in_a_file_changes_nothing(store: Store, tmp_path: Path) -> None:
    run(store, csv_of(tmp_path, good("f1", sensor="fridge_temp")))
    names = [name for name in COLUMNS if name not in OPTIONAL]
    kept = [cell for name, cell in zip(COLUMNS, good("f1").split(","), strict=True) if name not in OPTIONAL]
    assert run(store, written(tmp_path, f"{','.join(names)}\n{','.join(kept)}\n")).differing == []


def test_a_workbook_is_read_as_its_cells_look(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "devices.csv"  # whatever its name
    workbook(
        path, [["设备登记表"], [], list(COLUMNS), [330602.0 if c == "330602" else c for c in good("cam1").split(",")]]
    )
    outcome = run(store, path)
    assert (outcome.rejected, outcome.devices) == ([], 1)
    workbook(path, [list(COLUMNS), [9.133060201234568e17, *good("cam2").split(",")[1:]], [""] * 14])
    assert "rounded" in run(store, path).rejected[0][1]


def test_a_broken_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"PK\x03\x04 and nothing")
    with pytest.raises(Invalid, match="can't be read"):
        read_lines(path)
