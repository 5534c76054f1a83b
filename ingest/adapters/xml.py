"""Small XML of cameras: bounded, without document types (which could grow a few bytes into gigabytes)."""

import re
from xml.etree import ElementTree as ET

from models.errors import Invalid

MOST_BYTES = 65_536
_DECLARED = re.compile(rb"""^<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9_.-]+)["'][^>]*\?>""")
_CHINESE = frozenset({"gb2312", "gbk", "gb18030"})


def parse_xml(payload: bytes) -> ET.Element:
    """The root element, with names stripped of their namespaces.

    GB/T 28181 devices send GB2312; the wider GB18030 reads all of it.

    Raises:
        Invalid: too long, a document type, or no XML.
    """
    if len(payload) > MOST_BYTES:
        raise Invalid(f"XML of {len(payload)} bytes, expected at most {MOST_BYTES}")
    text = _text(payload.strip())
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Invalid("XML with a document type is refused")
    try:
        root = ET.fromstring(text)  # noqa: S314 - bounded, and without document types
    except (ET.ParseError, ValueError) as error:
        raise Invalid(f"no XML: {error}") from None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def _text(payload: bytes) -> str:
    declared = _DECLARED.match(payload)
    name = "utf-8" if declared is None else declared.group(1).decode().lower()
    body = payload if declared is None else payload[declared.end() :]
    try:
        return body.decode("gb18030" if name in _CHINESE else name)
    except (UnicodeDecodeError, LookupError):
        raise Invalid(f"XML that is not in the encoding it names ({name})") from None


def child(root: ET.Element, name: str) -> str | None:
    """The text of a child anywhere below, stripped; None if there is none or it is empty."""
    found = root.find(f".//{name}")
    text = "" if found is None or found.text is None else found.text.strip()
    return text or None


def needed(root: ET.Element, name: str) -> str:
    """The text of a child that must be there.

    Raises:
        Invalid: it is not.
    """
    text = child(root, name)
    if text is None:
        raise Invalid(f"<{root.tag}>: expected <{name}>")
    return text
