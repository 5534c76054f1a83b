"""The card has both languages of ``meta.json``."""

from copy import deepcopy
from typing import Any

import pytest

from models.base.jsonio import loads
from vision.training.card import BARS, card
from vision.weights.shipped import shipped


@pytest.fixture
def papers() -> dict[str, Any]:
    """The shipped ``meta.json``, with a head that is found too rarely."""
    meta: dict[str, Any] = deepcopy(loads((shipped().folder / "meta.json").read_bytes()))
    meta["figures"]["hairnet_kitchen"]["head_covered"]["ap50"] = BARS["head_covered"] - 0.01
    return meta


def parts(text: str) -> tuple[str, str]:
    """The Chinese and the English half."""
    _, _, rest = text.partition("## 中文")
    chinese, _, english = rest.partition("## English")
    return chinese, english


def test_a_reason_in_two_languages_is_in_both_halves_of_the_card(papers: dict[str, Any]) -> None:
    papers["not_reached"] = {"hairnet_kitchen": {"head_covered": {"zh": "标注缺失。", "en": "Labels are missing."}}}
    chinese, english = parts(card(papers))
    assert "- `head_covered` 戴帽（发网）头部 (hairnet_kitchen): 标注缺失。" in chinese
    assert "- `head_covered` 戴帽（发网）头部 (hairnet_kitchen): Labels are missing." in english
    assert "标注缺失" not in english
    assert "Labels are missing" not in chinese


def test_a_reason_in_one_language_is_repeated_in_both_halves(papers: dict[str, Any]) -> None:
    papers["not_reached"] = {"hairnet_kitchen": {"head_covered": "Labels are missing."}}
    assert all("Labels are missing." in half for half in parts(card(papers)))


def test_a_missed_figure_without_a_reason_is_stated(papers: dict[str, Any]) -> None:
    papers["not_reached"] = {}
    chinese, english = parts(card(papers))
    assert "- `head_covered` 戴帽（发网）头部 (hairnet_kitchen): 原因不明。" in chinese
    assert "- `head_covered` 戴帽（发网）头部 (hairnet_kitchen): no reason is known." in english


def test_the_ablation_shows_both_losses_side_by_side(papers: dict[str, Any]) -> None:
    papers["ablation"] = {
        "about": {"zh": "三轮。", "en": "Three epochs."},
        "ap50": {"hairnet_kitchen": {"head_bare": {"masked": 0.5, "plain": 0.25}}},
    }
    text = card(papers)
    assert "消融实验。** 三轮。 Three epochs." in text
    assert "| hairnet_kitchen | `head_bare` | 0.500 | 0.250 |" in text


def test_a_class_that_was_not_learnt_is_stated_and_not_counted_as_unmeasured(papers: dict[str, Any]) -> None:
    papers["not_learnt"] = {"cat": {"zh": "没有图片。", "en": "There are no pictures."}}
    chinese, english = parts(card(papers))
    assert "**未学会的类别：** `cat` 猫: 没有图片。" in chinese
    assert "**Not learnt:** `cat` 猫: There are no pictures." in english
    (unmeasured,) = [line for line in english.splitlines() if line.startswith("**Not measured:**")]
    assert "`person`" in unmeasured
    assert "`cat`" not in unmeasured


def test_a_weak_class_that_is_left_to_other_weights_is_no_hint_of_these(papers: dict[str, Any]) -> None:
    def hints() -> str:
        (line,) = [line for line in card(papers).splitlines() if line.startswith("4. ")]
        return line

    papers["figures"]["pets_oxford"]["dog"]["ap50"] = 0.2
    papers["left_to"] = {"dog": "animals-n"}
    assert "狗" not in hints()
    del papers["left_to"]
    assert "狗" in hints()


def test_the_first_page_has_what_the_rules_found_and_what_they_raised_wrongly(papers: dict[str, Any]) -> None:
    found = {"situations": 10, "found": 7, "seconds": 6.0, "false": 2, "hours": 0.5, "false_codes": {}}
    found |= {"naive_found": 0, "false_per_hour": 4.0, "naive_false_per_hour": 0.0}
    papers["sequences"] = {"no_chef_hat": found, "stills cam_prep_a": found}
    page = card(papers).partition("## 中文")[0]
    assert "| 未戴工作帽 no_chef_hat | 模拟厨房 drawn kitchens | 7 / 10 | 2，共 30 分钟 min |" in page
    assert "真实吸顶摄像头，静止画面 real ceiling camera, stills | 7 / 10 |" in page
    del papers["sequences"], papers["diary"]
    page = card(papers).partition("## 中文")[0]
    assert "nothing was measured" in page
    assert "10." not in page


def test_a_class_that_one_source_finds_badly_is_not_called_found_well(papers: dict[str, Any]) -> None:
    papers["figures"]["other"] = {"mask": {**papers["figures"]["face_mask"]["mask"], "ap50": 0.2}}
    well = next(line for line in card(papers).splitlines() if line.startswith("3. ")).rpartition(": ")[2].split("、")
    assert "佩戴口罩" not in well
    assert "未戴口罩" in well


def test_a_class_that_is_never_reported_is_not_called_found_well(papers: dict[str, Any]) -> None:
    papers["not_learnt"] = {"no_mask": {"zh": "没有图片。", "en": "There are no pictures."}}
    well = next(line for line in card(papers).splitlines() if line.startswith("3. "))
    assert "未戴口罩" not in well


def test_the_first_page_has_false_alarms_a_day_by_kind_of_camera(papers: dict[str, Any]) -> None:
    row = {
        "folder": "data",
        "split": "test",
        "kind": "ceiling",
        "stills": 12,
        "hours": 12.0,
        "raised_by": {"a": {"phone_use": 3}},
    }
    papers["hours"] = {"rules": "r1", "minutes": 60, "fps": 1.0, "second_look": True, "gated": True}
    papers["hours"]["rows"] = [
        {**row, "false": {"phone_use": 3}},
        {**row, "kind": "counter", "false": {}, "raised_by": {}},
    ]
    papers["sequences"]["compliant"] |= {"hours": 0.5, "false_codes": {"smoking": 1}}
    page = card(papers).partition("## 中文")[0]
    ceiling = "| 后厨吸顶摄像头 ceiling camera of a kitchen | data, test: 12 | 12.0 |"
    assert f"{ceiling} 玩手机 6.0（3 次），出自其中 1 张 by 1 of 12 |" in page
    assert "near camera of a fast-food kitchen | data, test: 12 | 12.0 | 0 |" in page
    assert "nothing wrong | – | 0.5 | 吸烟 48.0（1 次） |" in page
    assert "held for 60 minutes" in page
    del papers["hours"]
    assert "real frames were not played" in card(papers)
    del papers["sequences"]
    assert "False alarms per camera and day" not in card(papers)


def test_the_card_says_what_is_mistaken_and_the_first_page_what_is_mostly_called_the_opposite(
    papers: dict[str, Any],
) -> None:
    counts = {"pictures": 60, "heads": 90, "false": 1}
    papers["mistakes"] = {
        "none": counts | {"right": 0, "wrong": 90},
        "bald": counts | {"right": 4, "wrong": 85},
        "pots": counts | {"right": 50, "wrong": 40},
    }
    first, _, rest = card(papers).partition("## 中文")
    assert "Called the opposite in drawn kitchens: 光头 bald heads.\n" in first
    assert "| 锅具 pots | 60 | 90 | 50 | 40 | 1 |" in rest
    del papers["mistakes"]
    assert "What is mistaken" not in card(papers)
    assert "Called the opposite" not in card(papers)


def test_the_card_compares_situations_with_and_without_a_second_look(papers: dict[str, Any]) -> None:
    one = {"situations": 60, "found": 20, "false": 1, "hours": 0.5, "naive_found": 30, "naive_false": 4}
    papers["assembled"] = {"smoking 240 px": one}
    assert "| smoking 240 px | 20 / 60 | 1 (30 min) | 30 / 60 | 4 |" in card(papers)
