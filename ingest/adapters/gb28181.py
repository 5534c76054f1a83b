"""Read and write GB/T 28181 alarm notifications (MANSCDP `<Notify><CmdType>Alarm`).

A gateway in front speaks SIP; this module handles only the message inside.
"""

import re
from datetime import datetime
from xml.sax.saxutils import escape

from ingest.adapters.events import VendorEvent
from ingest.adapters.table import UNTRANSLATED, meaning
from ingest.adapters.xml import child, needed, parse_xml
from models.base.clock import SHANGHAI
from models.base.errors import Invalid
from models.catalogue.codes import code_label
from models.catalogue.terms import Severity

VENDOR = "gb28181"
ANALYSIS = "gb28181_analysis"
_DEVICE = re.compile(r"^[0-9]{20}$")
_NUMBER = re.compile(r"\b(6[0-3][0-9])\b")
_OTHER = (7, None)
_OUT: dict[str, tuple[int, int | None]] = {
    "unauthorized_person": (5, 6),
    "clutter": (5, 3),
    "camera_offline": (2, 1),
    "camera_occluded": (5, 11),
    "camera_blurred": (5, 11),
    "camera_moved": (5, 11),
    "camera_black": (5, 11),
    "camera_frozen": (5, 11),
}
"""Our code → AlarmMethod, AlarmType; other codes use method 7 with our code in the description."""
_PRIORITY = {severity: severity.rank + 1 for severity in Severity}


def parse(payload: bytes) -> VendorEvent:
    """Return the event of an alarm notification.

    Raises:
        Invalid: another message, or a field that is missing or has no value of the standard.
    """
    root = parse_xml(payload)
    if root.tag != "Notify" or child(root, "CmdType") != "Alarm":
        raise Invalid("expected <Notify> with <CmdType>Alarm</CmdType>")
    device, method = needed(root, "DeviceID"), needed(root, "AlarmMethod")
    if not _DEVICE.match(device):
        raise Invalid(f"DeviceID {device[:40]!r}: expected 20 digits")
    if not method.isdigit():
        raise Invalid(f"AlarmMethod {method[:20]!r}: expected a number")
    kind, description = child(root, "AlarmType"), child(root, "AlarmDescription") or ""
    at = _time(needed(root, "AlarmTime"))
    name = f"{method}/{kind}" if kind else method
    found = meaning(VENDOR, name)
    number = _NUMBER.search(description) if found is UNTRANSLATED else None
    if number is not None:
        name, found = number.group(1), meaning(ANALYSIS, number.group(1))
    return VendorEvent(
        vendor=VENDOR,
        name=name,
        meaning=found,
        channel=device,
        id=f"{child(root, 'SN') or ''}/{at.isoformat()}",
        at=at,
    )


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"AlarmTime {text[:40]!r}: expected YYYY-MM-DDThh:mm:ss") from None
    return at if at.tzinfo is not None else at.replace(tzinfo=SHANGHAI)


def render(*, device: str, sn: int, code: str, severity: Severity, at: datetime) -> bytes:
    """Return our alarm as a notification, in GB2312 as in the standard's examples.

    Raises:
        Invalid: the device's code does not have 20 digits.
    """
    if not _DEVICE.match(device):
        raise Invalid(f"device {device[:40]!r}: expected 20 digits (GB/T 28181 annex D)")
    method, kind = _OUT.get(code, _OTHER)
    description = escape(f"{code} {code_label(code)}")
    info = f"\r\n<Info>\r\n<AlarmType>{kind}</AlarmType>\r\n</Info>" if kind is not None else ""
    local = at.astimezone(SHANGHAI).replace(tzinfo=None).isoformat(timespec="seconds")
    text = (
        '<?xml version="1.0" encoding="GB2312"?>\r\n<Notify>\r\n<CmdType>Alarm</CmdType>\r\n'
        f"<SN>{sn}</SN>\r\n<DeviceID>{device}</DeviceID>\r\n<AlarmPriority>{_PRIORITY[severity]}</AlarmPriority>\r\n"
        f"<AlarmMethod>{method}</AlarmMethod>\r\n<AlarmTime>{local}</AlarmTime>\r\n"
        f"<AlarmDescription>{description}</AlarmDescription>{info}\r\n</Notify>\r\n"
    )
    return text.encode("gb2312", "replace")
