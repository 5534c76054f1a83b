"""The card of weights for rounds, over frames or near heads, from their ``meta.json``."""

from collections.abc import Mapping
from typing import Any, Final

from vision.rounds import frames, heads
from vision.rounds.turns import FOLLOWED_S
from vision.training.told import figures_of, number

ROUNDS: Final = "rounds"
NEAR_HEADS: Final = "near_heads"
"""Values of `card` in ``meta.json``: of weights for rounds over whole frames, and near heads."""

_USE: Final = {
    ROUNDS: (
        """\
**用途。** 巡看：检测器没有学会猫和狗。本网络对每个摄像头每 {every:.0f} 秒查看一次整幅画面；一旦看到目标，或检测器提示、
或歇业时段有物体移动，则随后 {followed:.0f} 秒内逐帧查看，由规则照常判定。
猫、狗以它的结果为准；它看到的老鼠和手机并入检测器的结果。由它判定的违规，证据中记录它的名称、版本与 sha256。
不得单独作为处罚依据。
""",
        """\
**Intended use.** Rounds: the detector has not learnt cats and dogs. This network looks over a whole frame of each
camera every {every:.0f} s; what it finds, a hint of the detector, or something that moves in closing hours calls it to
every frame of the next {followed:.0f} s, and the rules decide as ever. For cats and dogs its answer counts; rats and
phones that it finds are added to the detector's. A violation that it found names it, with version and sha256. Not to
be used as the sole basis of a penalty.
""",
    ),
    NEAR_HEADS: (
        """\
**用途。** 巡看头部附近：在吸顶摄像头的距离，香烟在检测器的输入中只有数像素长、不足一像素宽，原始画面则清楚数倍。
本网络对每个摄像头每 {every:.0f} 秒从原始画面中截取至多 {most} 个头部周围的方形区域（边长为头部的 {growth:g} 倍），
轮流查看；检测器提示时每 {hinted:.0f} 秒查看一次；一旦看到目标，则随后 {followed:.0f} 秒内逐帧查看。规则与二次判别照常。
它看到的并入检测器的结果；违规的证据中同时记录两个网络的名称、版本与 sha256。不得单独作为处罚依据。
""",
        """\
**Intended use.** Rounds near heads: at a ceiling camera's distance a cigarette is a few pixels long in the detector's
input and less than one thick, while the frame that came shows several times as much. Every {every:.0f} s this network
looks at squares around up to {most} heads of each camera's frame in turn ({growth:g} times the head's side); a hint of
the detector brings a turn every {hinted:.0f} s, and a find one with every frame of the next {followed:.0f} s. The
rules decide as ever, and the second look confirms or refutes. Its finds are added to the detector's, and a violation
names both networks. Not to be used as the sole basis of a penalty.
""",
    ),
}

_HEAD = """\
# {name} {version}

Rounds: {architecture}; input {imgsz} px on the longer side; {listed}. {licence}.

## 中文

{use_zh}
**局限。** {limits_zh}

**成绩。** 各留出来源 `test` 部分，训练时未见。

## English

{use_en}
**Limits.** {limits_en}

**Data and licences.** {origin}

**Figures.** Of the `test` parts of held-out sources. Precision and recall are those at the thresholds below, at IoU
0.5. Opposite: labelled boxes that are reported as a class that excludes theirs.

| source 数据来源 | class 类别 | AP50 | precision 精确率 | recall 召回率 | opposite 认反 | boxes 框 |
|---|---|---|---|---|---|---|
"""


def rounds_card(about: Mapping[str, Any]) -> str:
    """Return the card in Markdown."""
    limits = about.get("limits", {"zh": "未说明。", "en": "Not stated."})
    kind = about.get("card", ROUNDS)
    every = heads.EVERY_S if kind == NEAR_HEADS else frames.EVERY_S
    use_zh, use_en = (
        text.format(every=every, hinted=heads.HINTED_S, followed=FOLLOWED_S, most=heads.PER_FRAME, growth=heads.GROWTH)
        for text in _USE[kind]
    )
    head = _HEAD.format(
        **{
            **about,
            "listed": ", ".join(f"`{name}`" for name in about["classes"]),
            "use_zh": use_zh,
            "use_en": use_en,
            "limits_zh": limits["zh"],
            "limits_en": limits["en"],
        }
    )
    rows = "".join(
        f"| {source} | `{name}` | {f['ap50']:.3f} | {number(f['precision'])} | {number(f['recall'])} "
        f"| {f['opposite']} | {f['boxes']} |\n"
        for source, name, f in figures_of(about)
    )
    scores = ", ".join(f"`{name}` {score}" for name, score in about["thresholds"].items())
    by_hand = ", ".join(f"`{name}`" for name in about["thresholds_fixed_by_hand"]) or "–"
    told = (f"{key} {value}" for key, value in about["training"].items() if key != "versions")
    return f"""{head}{rows}
**Thresholds 阈值.** {scores}. Set by hand 人工设定: {by_hand}.
{_nothing_there(about)}{_stills(about)}
**Training.** {", ".join(told)}.
"""


def _nothing_there(about: Mapping[str, Any]) -> str:
    """Return how many pictures that show none of it got a box; empty if that was not counted."""
    found = about.get("nothing_there")
    if not found:
        return ""
    names = about["classes"]
    rows = "".join(
        f"| {source} | {f['pictures']} | {' | '.join(str(f['found'].get(name, 0)) for name in names)} |\n"
        for source, f in found.items()
    )
    return f"""
**Pictures with none of these labelled 未标注这些目标的图片** that get a box at the thresholds, a single frame each:
rules want several. Some of them may show one (phones in `face_mask` and `cockroach`).

| source 数据来源 | pictures 图 | {" | ".join(f"`{name}`" for name in names)} |
|---|---|{"---|" * len(names)}
{rows}"""


def _stills(about: Mapping[str, Any]) -> str:
    """Return what rules found on held stills; empty if that was not measured."""
    rows = "".join(
        f"| {source} | `{code}` | {f['found']} of {f['situations']} | {f['false']} of {f['others']} |\n"
        for source, of_code in about.get("stills", {}).items()
        for code, f in of_code.items()
    )
    if not rows:
        return ""
    return f"""
**By the rules 按规则.** Stills of `val` and `test`, each held for 12 s, with the second look: alerts on those that show
it, and on the others.

| source 数据来源 | rule 规则 | found 发现 | false 误报 |
|---|---|---|---|
{rows}"""
