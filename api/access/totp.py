"""The second factor: time-based one-time passwords (RFC 6238), as every authenticator app makes them."""

import base64
import hmac
from datetime import datetime, timedelta
from io import StringIO

import pyotp
from reportlab.graphics import renderSVG
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing

ISSUER = "明厨"
STEP = timedelta(seconds=30)
_SIDE = 180.0


def new_secret() -> str:
    """Return a new secret in Base32."""
    return pyotp.random_base32()


def address_of(secret: str, login: str) -> str:
    """Return the `otpauth://` address that an authenticator app reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def picture_of(address: str) -> str:
    """Return the address as a QR code: an SVG picture in a `data:` address."""
    code = QrCodeWidget(address, barLevel="M")
    left, bottom, right, top = code.getBounds()
    drawing = Drawing(_SIDE, _SIDE, transform=[_SIDE / (right - left), 0, 0, _SIDE / (top - bottom), 0, 0])
    drawing.add(code)
    text = StringIO()
    renderSVG.drawToFile(drawing, text)
    return "data:image/svg+xml;base64," + base64.b64encode(text.getvalue().encode()).decode()


def step_of(secret: str, code: str, *, at: datetime) -> int | None:
    """Return the time step whose code this is: the present one or a neighbour; None if it is none of them."""
    now = int(at.timestamp() // STEP.total_seconds())
    maker = pyotp.TOTP(secret)
    typed = code.replace(" ", "").encode()
    for step in (now, now - 1, now + 1):
        if hmac.compare_digest(maker.at(int(step * STEP.total_seconds())).encode(), typed):
            return step
    return None
