"""Day records, reports and minutes as PDF, with the place for three signatures (员、总监、负责人); letters (提示函)."""

from datetime import date

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer

from alerts.duties.packs import packs
from api.console.shell.words import moment
from api.documents.paper import HEAD, SMALL, TITLE, pdf, table, text
from models.catalogue.duty_terms import ReportKind
from models.catalogue.terms import label
from models.domain.indices import DutyLetter
from models.domain.records import DayRecord
from models.domain.reports import Report


def record_pdf(record: DayRecord, *, entity: str, site: str) -> bytes:
    """Return a day record as PDF."""
    title = packs()[record.pack].title if record.pack in packs() else record.pack
    rows = [["序号", "检查内容", "结果", "来源", "问题与处置"]]
    rows += [
        [
            row.code,
            ("★ " if row.key else "") + row.text,
            "" if row.result is None else label(row.result),
            row.source or "人工",
            " ".join(part for part in (row.problem, row.disposal) if part),
        ]
        for row in record.items
    ]
    flow = [text(title, TITLE), Spacer(1, 4 * mm), _head(entity, site, _day(record.day)), Spacer(1, 3 * mm)]
    flow += [table(rows, (14, 66, 20, 34, 40))]
    flow += [text("本日无风险（零风险报告）" if record.zero_risk else "", SMALL)]
    flow += _signed(record.signed_by, None if record.signed_at is None else moment(record.signed_at), record.signature)
    return pdf(flow, title=title)


def report_pdf(report: Report, *, entity: str, site: str) -> bytes:
    """Return a weekly report or a month's minutes as PDF."""
    month = report.kind is ReportKind.month
    title = "每月食品安全调度会议纪要" if month else "每周食品安全排查治理报告"
    flow: list[Flowable] = [text(title, TITLE), Spacer(1, 4 * mm)]
    flow += [_head(entity, site, f"{_day(report.begin)} 起"), Spacer(1, 3 * mm)]
    flow += [text(f"日管控应做 {report.days_due} 天，完成 {report.days_signed} 天，其中迟交 {report.days_late} 天。")]
    flow += [text("问题与措施", HEAD)]
    rows = [["编号", "问题", "措施", "责任人", "期限", "完成"]]
    rows += [
        [
            one.number,
            ("（上期遗留）" if one.carried else "") + one.what,
            one.measure,
            one.person,
            "" if one.limit is None else _day(one.limit),
            "是" if one.done else "否",
        ]
        for one in report.problems
    ]
    flow += [table(rows, (18, 60, 42, 20, 22, 12)) if report.problems else text("无。")]
    if report.points:
        answers = [["要点", "结果", "问题与处置"]]
        answers += [
            [
                one.text,
                "" if one.result is None else label(one.result),
                "；".join(part for part in (one.problem, one.disposal) if part),
            ]
            for one in report.points
        ]
        flow += [text("要点", HEAD), table(answers, (84, 20, 70))]
    if month:
        flow += [
            text("会议", HEAD),
            text(f"主持：{report.chair}　地点：{report.place}　参会：{'、'.join(report.present)}"),
        ]
        flow += [text("决定事项", HEAD)]
        decided = [["事项", "责任人", "期限"], *([one.what, one.who, _day(one.due)] for one in report.decisions)]
        flow += [table(decided, (110, 34, 30)) if report.decisions else text("无。")]
    elif report.rating is not None:
        flow += [text("风险评价", HEAD), text(label(report.rating))]
    for head, words in (("情况说明", report.words), ("下期重点", report.plan)):
        flow += [text(head, HEAD), text(words)] if words else []
    flow += _signed(report.signed_by, None if report.signed_at is None else moment(report.signed_at), report.signature)
    return pdf(flow, title=title)


def letter_pdf(letter: DutyLetter) -> bytes:
    """Return a letter to one of the last three (提示函) as PDF, with what the county answered."""
    title = "食品安全履责提示函"
    flow: list[Flowable] = [text(title, TITLE), Spacer(1, 6 * mm), text(letter.text), Spacer(1, 6 * mm)]
    flow += [text(moment(letter.issued_at), SMALL)]
    if letter.reply is not None:
        flow += [text("回复", HEAD), text(letter.reply)]
        flow += [text(f"{letter.acknowledged_by} · {moment(letter.acknowledged_at)}", SMALL)]
    return pdf(flow, title=title)


def _head(entity: str, site: str, when: str) -> Flowable:
    return table([["单位", entity, "场所", site or "全部", "日期", when]], (14, 58, 14, 36, 14, 38), head=False)


def _signed(by: str | None, at: str | None, signature: str | None) -> list[Flowable]:
    said = f"{by} 于 {at} 电子签名，SHA-256 {signature}" if by and at else "尚未签名（草稿）"
    places = table(
        [["食品安全员：", "食品安全总监：", "主要负责人："], ["日期：", "日期：", "日期："]], (58, 58, 58), head=False
    )
    return [Spacer(1, 5 * mm), text(said, SMALL), Spacer(1, 5 * mm), places]


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
