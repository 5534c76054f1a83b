"""Small XML of cameras: bounded, without document types (which could grow a few bytes into gigabytes)."""

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
    """The root element, with names stripped of their namespaces.

    Devices send another encoding than they declare, control characters, or an `&` in a name that nobody needs. What
    is readable of such a document is read: the fields that count are checked by the caller.

    Raises:
        Invalid: too long, a document type, or no XML.
    """
    if len(payload) > MOST_BYTES:
        raise Invalid(f"XML of {len(payload)} bytes, expected at most {MOST_BYTES}")
    text = _REFERENCE.sub(_printable, _PROLOGUE.sub("", decoded(payload).strip()).strip())
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Invalid("XML with a document type is refused")
    try:
        root = ET.fromstring(text)  # noqa: S314 - bounded, and without document types
    except (ET.ParseError, ValueError) as error:
        root = _fields(_BARE_AMPERSAND.sub("&amp;", text), otherwise=f"no XML: {error}")
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2].rpartition(":")[2]
    return root


def decoded(payload: bytes) -> str:
    """The text of a message in the encoding it declares, else in the one it turns out to be in.

    Never fails: what is in no encoding is replaced, and characters that no text has are left out.
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
    """A numeric reference, or nothing where it names a character that no document may hold."""
    digits = reference.group(1)
    number = int(digits[1:], 16) if digits[0] == "x" else int(digits)
    return "" if number > sys.maxunicode or _UNPRINTABLE.match(chr(number)) else reference.group(0)


def _fields(text: str, *, otherwise: str) -> ET.Element:
    """The fields of a document that is not well-formed: those that begin and end.

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
