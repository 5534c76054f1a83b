"""The model card, generated from ``meta.json``, so that its figures belong to the weights beside it."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ingest.simulator.kitchen.variety import Kind
from models.catalogue.classes import CLASS_LABELS
from vision.evaluation.mistakes import NONE, about
from vision.training.first_page import first_page
from vision.training.rounds_card import NEAR_HEADS, ROUNDS, rounds_card
from vision.training.told import figures_of, number

WEAK: Final = 0.6
"""A class below this AP50 on a test source is called weak."""
STRONG: Final = 0.8
"""A class with at least this AP50 on every test source is found well."""
BARS: Final[Mapping[str, float]] = {
    "head_covered": 0.88,
    "head_bare": 0.88,
    "mask": 0.80,
    "no_mask": 0.80,
    "bin": 0.75,
    "bin_open_or_overflow": 0.75,
    "cigarette": 0.60,
    "fire": 0.60,
    "cockroach": 0.60,
    "glove": 0.60,
    "no_glove": 0.60,
}
"""AP50 that the product needs of a class on unseen pictures."""
_MISSED: Final[Mapping[str, tuple[str, str]]] = {
    "zh": ("**未达目标及原因。**", "原因不明。"),
    "en": ("**Where the wanted figure is missed, and why.**", "no reason is known."),
}
"""Language → title of the list, and its text for a missing reason."""


def _table(meta: Mapping[str, Any]) -> str:
    rows = [
        (
            "| source 数据来源 | class 类别 | 中文 | AP50 | wanted 目标 | AP50-95 | precision 精确率 | recall 召回率 "
            "| opposite 认反 | boxes 框 | images 图 |"
        ),
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for source, name, f in figures_of(meta):
        wanted = f"{BARS[name]:.2f} {'✓' if f['ap50'] >= BARS[name] else '✗'}" if name in BARS else ""
        rows.append(
            f"| {source} | `{name}` | {CLASS_LABELS[name]} | {f['ap50']:.3f} | {wanted} | {number(f.get('ap50_95'))} "
            f"| {number(f.get('precision'))} | {number(f.get('recall'))} | {f.get('opposite', '–')} "
            f"| {f['boxes']} | {f['images']} |"
        )
    return "\n".join(rows)


def _parts(meta: Mapping[str, Any], key: str, title: str, *, only: str | None = None) -> str:
    """Return a table of one of the details; empty if ``meta.json`` does not have it."""
    rows = []
    for source, of_class in meta.get(key, {}).items():
        for name, parts in of_class.items() if only in {None, source} else ():
            told = (
                f"{part} {f['ap50']:.2f} / {f['recall_at_any_score']:.2f} ({f['boxes']})" for part, f in parts.items()
            )
            rows.append(f"| `{name}` | {'; '.join(told)} |")
    head = [f"**{title}** AP50 / share found at any score (boxes):", "", "| class 类别 | |", "|---|---|"]
    return "\n".join([*head, *rows, "", ""]) if rows else ""


def _reliability(meta: Mapping[str, Any]) -> str:
    rows = [
        f"| {source} | {found['error']:.3f} | "
        + "; ".join(f"{b['score']:.2f}→{b['precision']:.2f} ({b['count']})" for b in found["bins"])
        + " |"
        for source, found in meta.get("reliability", {}).items()
    ]
    if not rows:
        return ""
    head = "**What a score is worth 可信度。** Expected calibration error; mean score → share right (count) by tenths:"
    return "\n".join([head, "", "| source 数据来源 | ECE | score → precision |", "|---|---|---|", *rows, "", ""])


def _ablation(meta: Mapping[str, Any]) -> str:
    found = meta.get("ablation")
    if not found:
        return ""
    rows = [
        f"| {source} | `{name}` | {one['masked']:.3f} | {one['plain']:.3f} |"
        for source, of_class in found["ap50"].items()
        for name, one in of_class.items()
    ]
    head = "| source 数据来源 | class 类别 | masked 遮蔽损失 | plain 直接合并 |"
    title = "**Masked loss against plain concatenation 消融实验。**"
    return "\n".join([f"{title} {_in_both(found['about'])}", "", head, "|---|---|---|---|", *rows, "", ""])


def _int8(meta: Mapping[str, Any]) -> str:
    found = meta.get("int8")
    if not found:
        return ""
    worse = {
        f"`{name}` ({source})": found["ap50"][source][name] - f["ap50"]
        for source, name, f in figures_of(meta)
        if name in found["ap50"].get(source, {})
    }
    told = "; ".join(f"{name} {difference:+.3f}" for name, difference in sorted(worse.items(), key=lambda one: one[1]))
    text = (
        f"**In int8.** `model_int8.xml`, calibrated on {found['calibration_pictures']} validation pictures, for CPUs "
        "without bf16. The engine's self-test takes it only where it agrees with f32; `--precision int8` insists. "
        "AP50 against the figures above: "
    )
    return f"{text}{told}.\n\n"


def _sequences(meta: Mapping[str, Any]) -> str:
    found = meta.get("sequences")
    if not found:
        return ""
    rows = []
    for code, f in found.items():
        wait = "–" if f["seconds"] is None else f"{f['seconds']:.1f}"
        codes = ", ".join(f"`{name}` {count}" for name, count in f["false_codes"].items()) or "–"
        rows.append(
            f"| `{code}` | {f['found']}/{f['situations']} | {wait} | {f['false_per_hour']:.1f} "
            f"({codes}, {f['hours']:.2f} h) "
            f"| {f['naive_found']}/{f['situations']} | {f['naive_false_per_hour']:.1f} |"
        )
    text = (
        f"**From frames to violations 由帧到违规。** {_in_both(meta.get('sequences_about', ''))} False = alerts that "
        "nothing explains, a camera and hour; naive = an alarm for every frame that shows it."
    )
    head = "| situation 情形 | found 发现 | seconds to alert 秒 | false/h 误报 | naive found | naive false/h |"
    return "\n".join([text, "", head, "|---|---|---|---|---|---|", *rows, "", ""])


def _mistakes(meta: Mapping[str, Any]) -> str:
    found = meta.get("mistakes")
    if not found:
        return ""
    rows = [
        f"| {about(None if kind == NONE else Kind(kind))} | {f['pictures']} | {f['heads']} | {f['right']} "
        f"| {f['wrong']} | {f['false']} |"
        for kind, f in found.items()
    ]
    text = (
        "**What is mistaken 易混淆。** 模拟厨房，每类另有摄像头（其随机种子不在训练图片中），各看三个时刻，"
        "按本权重的阈值，单帧，未经规则与二次判别。 "
        "Drawn kitchens of seeds that no training picture has, each kind before cameras of its own at three moments, "
        "at the thresholds of these weights, single frames without rules or second look. Opposite: a hat called bare, "
        "or a bare head called covered. False: heads, faces or masks where nobody's head is."
    )
    head = "| kind 类别 | pictures 图 | heads 头部 | right 正确 | opposite 相反 | false 误检 |"
    return "\n".join([text, "", head, "|---|---|---|---|---|---|", *rows, "", ""])


def _assembled(meta: Mapping[str, Any]) -> str:
    found = meta.get("assembled")
    if not found:
        return ""
    rows = [
        f"| {key} | {f['found']} / {f['situations']} | {f['false']} ({f['hours'] * 60:.0f} min) "
        f"| {f['naive_found']} / {f['situations']} | {f['naive_false']} |"
        for key, f in found.items()
    ]
    text = (
        "**Put together on real footage 真实画面拼接。** 未参与训练的香烟、手机图片按所示长边（960 宽画面的像素）"
        "贴入真实吸顶摄像头的静止画面，每段 20 秒；误报为未贴图的同一批画面。 "
        "Pictures of sources that no training has seen, pasted with a longer side of so many pixels into stills of a "
        "real ceiling camera (960 px wide), 20 s each; false: alerts of the code on the same stills without them. "
        "A pasted picture has a border and a light of its own."
    )
    head = "| situation 情形 | found 发现 | false 误报 | naive found | naive false |"
    return "\n".join([text, "", head, "|---|---|---|---|---|", *rows, "", ""])


def _missed(meta: Mapping[str, Any], language: str) -> str:
    """Return the stated reasons for which these weights miss a needed figure."""
    notes = meta.get("not_reached", {})
    missed = [(source, name) for source, name, f in figures_of(meta) if f["ap50"] < BARS.get(name, 0.0)]
    if not missed:
        return ""
    head, unknown = _MISSED[language]
    lines = [
        f"- `{name}` {CLASS_LABELS[name]} ({source}): {_in(language, notes.get(source, {}).get(name, unknown))}"
        for source, name in missed
    ]
    return "\n".join([head, "", *lines, "", ""])


def _not_learnt(meta: Mapping[str, Any], language: str) -> str:
    """Return the classes that these weights have in name only, with the reasons."""
    title = {"zh": "未学会的类别：", "en": "Not learnt:"}[language]
    return "".join(
        f"**{title}** `{name}` {CLASS_LABELS[name]}: {_in(language, why)}\n"
        for name, why in meta.get("not_learnt", {}).items()
    )


def _in(language: str, text: str | Mapping[str, str]) -> str:
    """Return a text of ``meta.json`` in "zh" or "en"; a text in only one language is returned unchanged."""
    return text if isinstance(text, str) else text[language]


def _in_both(text: str | Mapping[str, str]) -> str:
    """Return a text in both languages, one after the other; a text in only one language once."""
    return " ".join(dict.fromkeys(_in(language, text) for language in ("zh", "en")))


def _weak(meta: Mapping[str, Any], *, chinese: bool) -> list[str]:
    """Return the classes that are weak, each with the sources on which it is, if others find it well.

    A class that is left to other weights is none of them: it is not reported from these.
    """
    named = CLASS_LABELS if chinese else {name: f"`{name}`" for name in CLASS_LABELS}
    sources: dict[str, dict[str, bool]] = {}
    for source, name, figure in figures_of(meta):
        sources.setdefault(name, {})[source] = figure["ap50"] < WEAK
    return [
        named[name] if all(of.values()) else f"{named[name]} ({', '.join(source for source in of if of[source])})"
        for name, of in sources.items()
        if any(of.values()) and name not in meta.get("left_to", {})
    ]


def _unseen(meta: Mapping[str, Any]) -> str:
    """Return which sources were in no training at all."""
    told = meta.get("unseen")
    return f"Not trained on 未参与训练: {', '.join(told['sources'])}. {_in_both(told)}\n" if told else ""


def _strong(meta: Mapping[str, Any]) -> str:
    """Return the Chinese names of the classes that every source which labels them finds well, if they are reported."""
    least: dict[str, float] = {}
    for _, name, figure in figures_of(meta):
        least[name] = min(figure["ap50"], least.get(name, 1.0))
    told = [name for name, ap50 in least.items() if ap50 >= STRONG and name not in meta.get("not_learnt", {})]
    return _listed(told) or "无"


def _listed(names: Iterable[str]) -> str:
    return "、".join(CLASS_LABELS[name] for name in names)


def _by_hand(meta: Mapping[str, Any], language: str) -> str:
    names = ", ".join(f"`{name}` ({meta['thresholds'][name]})" for name in meta["thresholds_fixed_by_hand"])
    why = _in(language, meta.get("thresholds_why", ""))
    title = {"zh": "人工设定的阈值：", "en": "Set by hand:"}[language]
    return f"{title} {names}. {why}\n" if names else ""


def card(meta: Mapping[str, Any]) -> str:
    """Return the text of ``CARD.md`` for a model's ``meta.json``."""
    if meta.get("card") in {ROUNDS, NEAR_HEADS}:
        return rounds_card(meta)
    shown = {name for of_class in meta["figures"].values() for name in of_class}
    unmeasured = [name for name in meta["classes"] if name not in shown and name not in meta.get("not_learnt", {})]
    short = ", ".join(f"`{name}`" for name in meta["thresholds_short_of_precision"])
    english = ", ".join(_weak(meta, chinese=False)) or "none"
    chinese = "、".join(_weak(meta, chinese=True)) or "无"
    return f"""# {meta["name"]} {meta["version"]}

{meta["architecture"]}, input {meta["imgsz"]} on the longer side, {len(meta["classes"])} classes, {meta["licence"]}.

{first_page(meta, strong=_strong(meta), weak=chinese)}
## 中文

**用途。** 餐饮后厨监控画面的初筛：找出可能的不规范行为（未戴帽、未戴口罩、吸烟、使用手机、垃圾桶敞口等），供人工复核。
单帧检出不等于违规：违规由一段时间内的规则判定，并须经人工复核。
不得单独作为处罚依据。

**数据与许可。** 训练图片来自公开数据集，上传者声明的许可为 CC BY 4.0 或 MIT（来源见 `meta.json` 的 `origin`），
并使用了本项目模拟器绘制的厨房图片。仓库中不含任何训练图片。权重以 {meta["licence"]} 发布。

**成绩。** 见下文表格：各数据集 `test` 部分（按来源划分，不打乱帧）的 AP50、精确率与召回率。
**模拟图片参与了训练，但不计入任何成绩。**
口罩数据为人像与人群照片，不是后厨画面；手套、蟑螂、老鼠、火焰、垃圾桶等同样不是后厨监控距离的画面，实际厨房中的表现会更低。

{_missed(meta, "zh")}**薄弱类别（AP50 < {WEAK}）：** {chinese}。这些类别只宜作为提示。
**未测类别：** {_listed(unmeasured)}（由通用模型伪标注与模拟图片得到，没有本领域测试集）。
{_not_learnt(meta, "zh")}
**阈值。** 在各数据集 `val` 部分（无真实图片的类别用模拟图片）上按精确率 0.9 选定；
达不到时取 F1 最高的分数：{short or "无"}。
{_by_hand(meta, "zh")}
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

Precision and recall: of what the product reports, at the thresholds below and IoU 0.5. Opposite: labelled boxes that
are reported as a class that excludes theirs and not as their own, a hat as a bare head.
{_unseen(meta)}
{_missed(meta, "en")}\
{_parts(meta, "by_size", "By size in input pixels 按目标大小 (small < 32, medium < 96, large).")}\
{_parts(meta, "by_light", "By light 按光照 (grey = infrared or colourless).")}\
{_parts(meta, "by_film", "By film 按视频来源, heads.", only="hairnet_kitchen")}\
{_reliability(meta)}{_ablation(meta)}{_int8(meta)}{_sequences(meta)}{_mistakes(meta)}{_assembled(meta)}\
**Weak (AP50 < {WEAK}):** {english}. Treat them as hints.
**Not measured:** {", ".join(f"`{name}`" for name in unmeasured)} (taught by a general model and by drawn pictures).
{_not_learnt(meta, "en")}\
**Thresholds** were chosen on the validation parts (simulated ones where no real one shows the class) for precision 0.9;
where that is not reached, the score with the best F1 counts: {short}.
{_by_hand(meta, "en")}
**Limits.** Heads below about 28 px in a 960 px wide picture; tall chef hats, infrared pictures and steep views are
rare in the data; no stove flames, wet floors or rodents at night (rodents are first a motion rule). Some sources have
loose boxes and marks, and their people are not balanced, so that quality may differ between groups of people.

**Training.** {", ".join(f"{key} {value}" for key, value in meta["training"].items() if not isinstance(value, dict))}.
"""
