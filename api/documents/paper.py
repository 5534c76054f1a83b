"""PDF pages in Chinese: styles, tables and charts that the documents share.

The font is STSong-Light, which readers of PDF bring along or replace; nothing is embedded.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.graphics.charts.barcharts import HorizontalBarChart
from reportlab.graphics.shapes import Drawing
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Table, TableStyle

FONT = "STSong-Light"
GREEN, LINE, INK = colors.HexColor("#0b6e5a"), colors.HexColor("#c3cdc8"), colors.HexColor("#1d2a26")
registerFont(UnicodeCIDFont(FONT))

TITLE = ParagraphStyle("title", fontName=FONT, fontSize=18, leading=26, alignment=TA_CENTER, textColor=INK)
HEAD = ParagraphStyle("head", fontName=FONT, fontSize=13, leading=20, spaceBefore=10, spaceAfter=4, textColor=GREEN)
TEXT = ParagraphStyle("text", fontName=FONT, fontSize=10.5, leading=17, textColor=INK, wordWrap="CJK")
LARGE = ParagraphStyle("large", parent=TEXT, fontSize=16, leading=26)
SMALL = ParagraphStyle("small", parent=TEXT, fontSize=8.5, leading=13)
CENTRED = ParagraphStyle("centred", parent=TEXT, alignment=TA_CENTER)


def text(words: str, style: ParagraphStyle = TEXT) -> Paragraph:
    """Return a paragraph; what looks like markup is printed as it is."""
    return Paragraph(escape(words).replace("\n", "<br/>"), style)


def table(
    rows: Sequence[Sequence[str]], widths: Sequence[float], *, head: bool = True, style: ParagraphStyle = SMALL
) -> Table:
    """Return a table; `widths` in millimetres."""
    cells = [[text(cell, style) for cell in row] for row in rows]
    lines: list[tuple[Any, ...]] = [("GRID", (0, 0), (-1, -1), 0.4, LINE), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    lines += [("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#e8f2ee"))] if head else []
    return Table(cells, colWidths=[width * mm for width in widths], style=TableStyle(lines), repeatRows=int(head))


def bars(values: Sequence[tuple[str, float]]) -> Drawing:
    """Return a chart of percentages by name, the first on top."""
    chart = HorizontalBarChart()
    shown = list(reversed(values))
    chart.x, chart.y, chart.width, chart.height = 90, 26, 360, max(24, 18 * len(shown))
    chart.data = [[value for _, value in shown]]
    chart.categoryAxis.categoryNames = [name for name, _ in shown]
    chart.categoryAxis.labels.fontName = chart.valueAxis.labels.fontName = FONT
    chart.categoryAxis.labels.fontSize = chart.valueAxis.labels.fontSize = 8
    chart.valueAxis.valueMin, chart.valueAxis.valueMax, chart.valueAxis.valueStep = 0, 100, 20
    chart.bars[0].fillColor = GREEN
    chart.barLabels.fontName, chart.barLabels.fontSize, chart.barLabelFormat = FONT, 8, "%.1f"
    chart.barLabels.nudge = 14
    drawing = Drawing(480, chart.height + 36)
    drawing.add(chart)
    return drawing


def pdf(flow: Sequence[Flowable], *, title: str, size: tuple[float, float] = A4) -> bytes:
    """Return a document; its pages are numbered."""
    out = BytesIO()

    def foot(canvas: Any, page: Any) -> None:  # noqa: ANN401 - reportlab has no types
        canvas.setFont(FONT, 8)
        canvas.drawCentredString(size[0] / 2, 10 * mm, f"{title}　第 {page.page} 页")

    document = SimpleDocTemplate(
        out,
        pagesize=size,
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=18 * mm,
        bottomMargin=18 * mm,
        title=title,
        author="",
        invariant=1,
    )
    document.build(list(flow), onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()
