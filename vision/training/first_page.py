"""The first page of the model card: what a regulator has to know, from the same ``meta.json``."""

from collections.abc import Mapping
from typing import Any, Final

from ingest.simulator.kitchen.variety import Kind
from models.catalogue.codes import code_label
from vision.evaluation.hours import KINDS, per_day
from vision.evaluation.mistakes import NONE, about

_CAMERA: Final[Mapping[bool, str]] = {
    True: "真实吸顶摄像头，静止画面 real ceiling camera, stills",
    False: "模拟厨房 drawn kitchens",
}
_STILLS: Final = "stills "
_TEN: Final = 10
_CALM: Final[Mapping[str, str]] = {
    "compliant": "合规厨房 nothing wrong",
    "compliant_special_room": "合规专间（戴口罩）nothing wrong, masks compulsory",
}


def first_page(meta: Mapping[str, Any], *, strong: str, weak: str) -> str:
    """Return the page, lines and a table; `strong` and `weak` name classes to rely on and mere hints, in Chinese.

    Without sequences in ``meta.json`` it says that the rules were not measured.
    """
    rows = "\n".join(_row(code, found) for code, found in meta.get("sequences", {}).items())
    table = (
        f"""\
| 情形 what happens | 摄像头 camera | 发现 found | 误报 false alarms |
|---|---|---|---|
{rows}
"""
        if rows
        else "由帧到违规未测。 From frames to violations nothing was measured.\n"
    )
    return f"""\
## 一页说明 In ten lines

1. 它从后厨监控画面中提示可能的违规，由人复核；不得单独作为处罚依据。
   It points out possible violations for a person to review; it is no basis of a penalty by itself.
2. 一帧不算：规则要求一段时间内多次看到，并由第二个网络看近景后才报。
   One frame is nothing: a rule wants to see it several times, and a second network looks at a close-up first.
3. 各留出来源上都看得较好 Found well on every held-out source: {strong}.
4. 只宜作为提示 Hints at most: {weak}.
5. 不看：工作服、湿滑地面、夜间鼠类（鼠类以运动规则为主）。 Not seen: uniforms, wet floors, rodents at night.\
{_opposites(meta)}
6. 头部小于约 28 像素（960 宽画面）时不可靠。 Not reliable for heads below some 28 px in a 960 px wide picture.
7. 成绩按来源留出，训练时未见。 Figures are of sources that training has not seen.
8. 模拟厨房比真实厨房容易；真实数字见下表的真实摄像头与各来源表。 Drawn kitchens are easier than real ones.
9. 每处摄像头应先用一周的人工复核结果核对误报。 Check each camera's false alarms by a week of verdicts first.
{_diary(meta)}
{table}{_calm(meta)}"""


def _calm(meta: Mapping[str, Any]) -> str:
    """Return a table of false alarms per camera and day where nothing is wrong, by kind of camera, each with its n."""
    drawn = meta.get("sequences", {})
    told = meta.get("hours", {})
    rows = [
        f"| {_CAMERA[False]}：{name} | – | {found['hours']:.1f} | {_a_day(found['false_codes'], found['hours'])} |"
        for code, name in _CALM.items()
        if (found := drawn.get(code)) is not None
    ]
    rows += [
        f"| {KINDS[row['kind']]} | {row['folder']}, {row['split']}: {row['stills']} | {row['hours']:.1f} "
        f"| {_a_day(row['false'], row['hours'])}{_by(row)} |"
        for row in told.get("rows", ())
    ]
    if not rows:
        return ""
    table = "\n".join(rows)
    return f"""
**无违规时每个摄像头每天误报多少次 False alarms per camera and day where nothing is wrong** ({_how(told)})

| 摄像头 camera | 静止画面 stills (来源 source, part: 张数 number) | n 小时 hours | 每天误报 false a day |
|---|---|---|---|
{table}
"""


def _how(told: Mapping[str, Any]) -> str:
    """Return how the stills were played, in both languages."""
    if not told:
        return "模拟厨房中人员走动；真实画面未测。 In drawn kitchens people move; real frames were not played."
    look, gate = told["second_look"], told["gated"]
    with_look, with_gate = ("含" if look else "不含"), ("含" if gate else "不含")
    return (
        f"每张着装合规的真实画面按固定摄像头播放 {told['minutes']} 分钟，每秒 {told['fps']:g} 帧，"
        "画面轻微抖动、闪烁、有噪声，人员不走动；"
        f"规则 {told['rules']}，{with_look}二次判别，{with_gate}运动门控。模拟厨房中人员走动。 "
        f"Each real frame of correct dress is held for {told['minutes']} minutes at {told['fps']:g} frames a second as "
        "by a fixed camera, with sway, flicker and noise, and nobody walks; "
        f"rules {told['rules']}, {'with' if look else 'without'} the second look, "
        f"{'with' if gate else 'without'} the motion gate. In drawn kitchens people move. "
        "每次触发计一次；预警未关闭时，平台将再次触发并入其中。 "
        "Each time a rule opens counts; the platform joins them while an alert is open."
    )


def _a_day(false: Mapping[str, int], hours: float) -> str:
    """Return false alarms per camera and day by code, with their number."""
    each = (f"{code_label(code)} {per_day(count, hours):.1f}（{count} 次）" for code, count in false.items())
    return "、".join(each) if false else "0"


def _by(row: Mapping[str, Any]) -> str:
    """Return how many of the stills raised it all; empty if none did."""
    raised, stills = len(row["raised_by"]), row["stills"]
    return f"，出自其中 {raised} 张 by {raised} of {stills}" if raised else ""


def _opposites(meta: Mapping[str, Any]) -> str:
    """Return a sentence about the kinds of drawn heads of which most are called the opposite of what they are."""
    worst = [
        about(Kind(kind))
        for kind, found in meta.get("mistakes", {}).items()
        if kind != NONE and found["wrong"] > found["heads"] / 2
    ]
    return f"\n   常被认反（模拟）Called the opposite in drawn kitchens: {'、'.join(worst)}." if worst else ""


def _diary(meta: Mapping[str, Any]) -> str:
    """Return the line about the training diary, if the weights have one."""
    file = meta.get("diary")
    return f"10. 训练经过与未采用的尝试见 [{file}]({file})。 What was tried is in the diary.\n" if file else ""


def _row(code: str, found: Mapping[str, Any]) -> str:
    real = code.startswith(_STILLS)
    name = (
        f"未戴帽 no_chef_hat（{code.removeprefix(_STILLS)}）"
        if real
        else _CALM.get(code) or f"{code_label(code)} {code}"
    )
    share = f"{found['found']} / {found['situations']}" if found["situations"] else "–"
    if found["situations"] > _TEN:  # fewer would look surer than they are
        share += f"（约 {round(_TEN * found['found'] / found['situations'])} / 10）"
    return f"| {name} | {_CAMERA[real]} | {share} | {found['false']}，共 {found['hours'] * 60:.0f} 分钟 min |"
