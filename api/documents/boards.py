"""Notice boards (公示牌, tiers A to C) and stickers (tier D) with the QR code of the public page."""

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4, A6
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer

from api.documents.paper import CENTRED, LARGE, SMALL, TITLE, pdf, table, text
from models.domain.public import PublicBoard

ADDRESS = ParagraphStyle("address", parent=SMALL, alignment=TA_CENTER)


def board_pdf(board: PublicBoard, address: str) -> bytes:
    """Return the notice board of an enterprise; a sticker if its tier is D. `address` is its public page."""
    if board.tier == "D":
        flow: list[Flowable] = [text("食品安全包保公示", TITLE), text(board.name, CENTRED), Spacer(1, 2 * mm)]
        flow += [
            text(f"包保干部：{_cadre(board)}", CENTRED),
            _qr(address, 44 * mm),
            text("扫码查看明厨亮灶、反映问题", CENTRED),
        ]
        return pdf(flow, title="食品安全包保公示", size=A6)
    rows = [
        ["经营主体", board.name],
        ["包保等级", f"{board.tier} 级" if board.tier else "未评级"],
        ["包保干部", _cadre(board)],
        ["主要负责人", board.principal or "（未登记）"],
        ["食品安全总监", board.director or "（未配备）"],
        ["食品安全员", board.officer or "（未配备）"],
    ]
    flow = [
        text("落实食品安全“两个责任”公示牌", TITLE),
        Spacer(1, 8 * mm),
        table(rows, (50, 124), head=False, style=LARGE),
    ]
    flow += [
        Spacer(1, 10 * mm),
        _qr(address, 60 * mm),
        text("扫码查看明厨亮灶、反映问题", CENTRED),
        text(address, SMALL),
    ]
    return pdf(flow, title="食品安全公示牌", size=A4)


def _cadre(board: PublicBoard) -> str:
    return "（未落实）" if board.cadre is None else f"{board.cadre}　{board.post or ''}"


def _qr(address: str, size: float) -> Drawing:
    code = QrCodeWidget(address, barLevel="M")
    x0, y0, x1, y1 = code.getBounds()
    drawing = Drawing(size, size, transform=[size / (x1 - x0), 0, 0, size / (y1 - y0), 0, 0])
    drawing.add(code)
    drawing.hAlign = "CENTER"
    return drawing
