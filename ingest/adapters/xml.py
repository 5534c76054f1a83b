"""Parse small XML of cameras: bounded, without document types (which could expand a few bytes into gigabytes)."""

import codecs
import re
import sys
from xml.etree import ElementTree as ET
from xml.sax.saxutils import unescape

from models.base.errors import Invalid

MOST_BYTES = 65_536
_DECLARED = re.compile(r"""^<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9_.-]+)["'][^>]*?\?>""")
_PROLOGUE = re.compile(r"^<\?xml[^>]*\?>")
_CHINESE = frozenset({"gb2312", "gbk", "gb18030", "cp936", "hz-gb-2312"})
_UNPRINTABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"&#(x[0-9A-Fa-f]{1,8}|[0-9]{1,10});")
_BARE_AMPERSAND = re.compile(r"&(?!#?[A-Za-z0-9]{1,10};)")
_LEAF = re.compile(r"<([A-Za-z_][\w.:-]{0,99})(?:\s[^<>]*)?>([^<>]*)</\1\s*>")
_ROOT = re.compile(r"<([A-Za-z_][\w.:-]{0,99})(?:\s[^<>]*)?>")
_BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def parse_xml(payload: bytes) -> ET.Element:
    """Return the root element, with names stripped of their namespaces.

    Devices declare a wrong encoding, send control characters, or put a bare `&` into a name that nobody needs. The
    readable fields of such a document are read; the caller checks the fields that matter.

    Raises:
        Invalid: too long, a document type, or not XML.
    """
    if len(payload) > MOST_BYTES:
        raise Invalid(f"XML of {len(payload)} bytes, expected at most {MOST_BYTES}")
    text = _REFERENCE.sub(_printable, _PROLOGUE.sub("", decoded(payload).strip()).strip())
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Invalid("XML with a document type is refused")
    try:
        root = ET.fromstring(text)  # noqa: S314 - bounded, and without document types
    except (ET.ParseError, ValueError) as error:
        root = _fields(_BARE_AMPERSAND.sub("&amp;", text), otherwise=f"not XML: {error}")
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2].rpartition(":")[2]
    return root


def decoded(payload: bytes) -> str:
    """Return the text of a message, decoded as it declares, else in the encoding that fits.

    Never fails: undecodable bytes are replaced, and characters that are illegal in XML are dropped.
    """
    declared = _DECLARED.match(payload.lstrip(codecs.BOM_UTF8 + b"\x00\t\n\r ")[:200].decode("latin-1"))
    named = [] if declared is None else [declared.group(1).lower()]
    if payload.startswith(_BOMS[1:]):
        named.insert(0, "utf-16")
    for name in (*named, "utf-8", "gb18030"):
        try:
            text = payload.decode("gb18030" if name in _CHINESE else name)
        except (UnicodeError, LookupError):
            continue
        return _UNPRINTABLE.sub("", text.removeprefix("\ufeff"))
    return _UNPRINTABLE.sub("", payload.decode("utf-8", "replace"))


def _printable(reference: re.Match[str]) -> str:
    """Return a numeric reference, or an empty string if it names a character that is illegal in XML."""
    digits = reference.group(1)
    number = int(digits[1:], 16) if digits[0] == "x" else int(digits)
    return "" if number > sys.maxunicode or _UNPRINTABLE.match(chr(number)) else reference.group(0)


def _fields(text: str, *, otherwise: str) -> ET.Element:
    """Parse the complete fields of a document that is not well-formed.

    Raises:
        Invalid: it has none; the message is `otherwise`.
    """
    try:
        return ET.fromstring(text)  # noqa: S314 - bounded, and without document types
    except (ET.ParseError, ValueError):
        root, leaves = _ROOT.match(text), _LEAF.findall(text)
    if root is None or not leaves:
        raise Invalid(otherwise) from None
    found = ET.Element(root.group(1))
    for name, value in leaves:
        ET.SubElement(found, name).text = unescape(value)
    return found


def child(root: ET.Element, name: str) -> str | None:
    """Return the stripped text of the first descendant with this name; None if there is none or it is empty."""
    found = root.find(f".//{name}")
    text = "" if found is None or found.text is None else found.text.strip()
    return text or None


def needed(root: ET.Element, name: str) -> str:
    """Return the text of a required descendant.

    Raises:
        Invalid: it is missing or empty.
    """
    text = child(root, name)
    if text is None:
        raise Invalid(f"<{root.tag}>: expected <{name}>")
    return text
