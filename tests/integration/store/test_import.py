from pathlib import Path

import pytest

from deploy.importing import COLUMNS, Outcome, import_lines, read_lines
from models.errors import Invalid
from models.store import Store, registry

KITCHEN = "92330602MA00TEX117,鉴湖酒家,JY23306020000016,330602,王建国,jianhu,后厨,,22:00-05:00,gw"


def csv_of(tmp_path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "devices.csv"
    path.write_bytes("\n".join([",".join(COLUMNS), *lines]).encode(encoding))
    return path


def good(device: str, *, name: str = "烹饪区", zone: str = "cooking", sensor: str = "") -> str:
    return f"{KITCHEN},{device},{name},{zone},{sensor}"


def run(store: Store, path: Path) -> Outcome:
    outcome, lines, kept = Outcome(), read_lines(path), dict[str, str]()
    steps = import_lines(
        store,
        lines,
        tenant="shaoxing",
        new_secret=lambda: ("s3cret", "$7$h"),
        keep_secret=kept.__setitem__,
        outcome=outcome,
    )
    assert list(steps) == [number for number, _ in lines]
    assert kept == outcome.secrets
    return outcome


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_good_lines_come_in_and_a_second_time_change_nothing(store: Store, tmp_path: Path, encoding: str) -> None:
    path = csv_of(tmp_path, good("cam1"), good("fridge1", sensor="fridge_temp", zone="storage"), encoding=encoding)
    first, second = run(store, path), run(store, path)
    assert (first.devices, first.rejected, first.secrets) == (2, [], {"gw": "s3cret"})
    assert (second.devices, second.unchanged, second.secrets) == (0, 2, {})
    with store.read() as r:
        assert [(d.id, d.name, d.sensor_code) for d in registry.devices(r, limit=9)] == [
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
    assert [number for number, _, _ in outcome.rejected] == [3, 4, 5, 6, 8]
    reasons = [reason for _, reason, _ in outcome.rejected]
    for reason, says in zip(reasons, ["check character", "art. 8", "1–64", "fridge_temp", "empty"], strict=True):
        assert says in reason
    assert [number for number, _ in outcome.warnings] == [9]
    assert outcome.devices == 3  # line 7's kitchen is known, so its hours are not read again


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("credit_code,entity_name\n")
    with pytest.raises(Invalid, match="'region_code' is missing"):
        read_lines(path)


def test_a_node_whose_line_is_rejected_keeps_no_secret(store: Store, tmp_path: Path) -> None:
    outcome = run(store, csv_of(tmp_path, good("cam1", zone="toilet")))  # which compares what was kept
    assert (len(outcome.rejected), outcome.secrets) == (1, {})
