"""The model card: written from ``meta.json``, so that its figures are those of the weights beside it."""

from collections.abc import Mapping
from typing import Any, Final

WEAK: Final = 0.6
"""A class below this AP50 on a test source is called weak."""
_CHINESE: Final[Mapping[str, str]] = {
    "head_covered": "戴帽（发网）头部",
    "head_bare": "未戴帽头部",
    "mask": "佩戴口罩",
    "mask_incorrect": "口罩佩戴不规范",
    "no_mask": "未戴口罩",
    "glove": "戴手套",
    "no_glove": "未戴手套",
    "cigarette": "香烟",
    "fire": "明火",
    "smoke": "烟雾",
    "bin": "垃圾桶（加盖）",
    "bin_open_or_overflow": "垃圾桶敞口或满溢",
    "garbage": "散落垃圾",
    "cockroach": "蟑螂",
    "rat": "老鼠",
    "person": "人员",
    "cat": "猫",
    "dog": "狗",
    "phone": "手机",
}


def _table(meta: Mapping[str, Any]) -> str:
    rows = ["| source 数据来源 | class 类别 | 中文 | AP50 | boxes 框 | images 图 | |", "|---|---|---|---|---|---|---|"]
    for source, of_class in meta["figures"].items():
        for name, figure in of_class.items():
            weak = "weak 弱" if figure["ap50"] < WEAK else ""
            rows.append(
                f"| {source} | `{name}` | {_CHINESE[name]} | {figure['ap50']:.3f} | {figure['boxes']} "
                f"| {figure['images']} | {weak} |"
            )
    return "\n".join(rows)


def _weak(meta: Mapping[str, Any]) -> list[str]:
    pairs = [(n, f) for of_class in meta["figures"].values() for n, f in of_class.items()]
    return [name for name, figure in pairs if figure["ap50"] < WEAK]


def _by_hand(meta: Mapping[str, Any]) -> str:
    names = ", ".join(f"`{name}` ({meta['thresholds'][name]})" for name in meta["thresholds_fixed_by_hand"])
    return (
        f"Set by hand, low, because these things are tiny on a camera picture and the rules over time ask for several "
        f"finds near a person: {names}. Looked at for that: simulated kitchens, and how often pictures of real "
        f"kitchens (some from the test part) give a false find.\n"
        if names
        else ""
    )


def card(meta: Mapping[str, Any]) -> str:
    """The text of ``CARD.md`` for a model's ``meta.json``."""
    weak = _weak(meta)
    shown = {name for of_class in meta["figures"].values() for name in of_class}
    unmeasured = [name for name in meta["classes"] if name not in shown]
    short = ", ".join(f"`{name}`" for name in meta["thresholds_short_of_precision"])
    english = ", ".join(f"`{name}`" for name in weak) or "none"
    chinese = "、".join(_CHINESE[name] for name in weak) or "无"
    return f"""# {meta["name"]} {meta["version"]}

{meta["architecture"]}, input {meta["imgsz"]} × {meta["imgsz"]}, {len(meta["classes"])} classes, {meta["licence"]}.

## 中文

**用途。** 餐饮后厨监控画面的初筛：找出可能的不规范行为（未戴帽、未戴口罩、吸烟、使用手机、垃圾桶敞口等），供人工复核。
单帧检出不等于违规：违规由一段时间内的规则判定，并须经人工复核。
不得单独作为处罚依据。

**数据与许可。** 训练图片来自公开数据集，上传者声明的许可为 CC BY 4.0 或 MIT（来源见 `meta.json` 的 `origin`），
并使用了本项目模拟器绘制的厨房图片。仓库中不含任何训练图片。权重以 {meta["licence"]} 发布。

**成绩。** 下表为各数据集 `test` 部分（按来源划分，不打乱帧）的 AP50。**模拟图片参与了训练，但不计入任何成绩。**
口罩数据为人像与人群照片，不是后厨画面；手套、蟑螂、老鼠、火焰、垃圾桶等同样不是后厨监控距离的画面，实际厨房中的表现会更低。

**薄弱类别（AP50 < {WEAK}）：** {chinese}。这些类别只宜作为提示。
**未测类别：** {"、".join(_CHINESE[name] for name in unmeasured)}（由通用模型伪标注得到，没有本领域测试集）。

**局限。** 头部小于约 28 像素（960 宽画面）时不可靠；厨师高帽、红外夜视、俯视角度的样本很少；
训练中没有灶台火焰、湿滑地面、鼠类夜间画面（鼠类以运动规则为主）。
个别数据集标注宽松、含水印，人群分布不均，对不同人群的表现可能不同。

## English

**Intended use.** A first look over kitchen camera pictures for what a person should review: bare heads, missing
masks, cigarettes, phones, open bins. One detection is not a violation: rules over time decide, and a person confirms.
Not to be used as the sole basis of a penalty.

**Data and licences.** {meta["origin"]}

**Figures.** AP at IoU 0.5 on each source's `test` part, split by source video and never by shuffled frame.
**Simulated pictures were trained on and are in no figure.** Masks were measured on portraits and crowds, the other
classes outside kitchens too: expect less on a kitchen camera.

{_table(meta)}

**Weak (AP50 < {WEAK}):** {english}. Treat them as hints.
**Not measured:** {", ".join(f"`{name}`" for name in unmeasured)} (taught by pseudo-labels of a general model).
**Thresholds** were chosen on the validation parts and on simulated pictures for precision 0.9; not reached by: {short}.
{_by_hand(meta)}
**Limits.** Heads below about 28 px in a 960 px wide picture; tall chef hats, infrared pictures and steep views are
rare in the data; no stove flames, wet floors or rodents at night (rodents are first a motion rule). Some sources have
loose boxes and marks, and their people are not balanced, so that quality may differ between groups of people.

**Training.** {", ".join(f"{key} {value}" for key, value in meta["training"].items() if not isinstance(value, dict))}.
"""
