"""Read text files from other programs: UTF-8 with or without a byte-order mark, or the encodings of Chinese Excel."""

import codecs
from pathlib import Path

from models.base.errors import Invalid


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8, UTF-16 with a byte-order mark, or GB 18030.

    Raises:
        Invalid: the file has none of these encodings.
        OSError: the file can't be read.
    """
    raw = path.read_bytes()
    try:
        if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return raw.decode("utf-16")
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            return raw.decode("gb18030")
        except UnicodeDecodeError as error:
            raise Invalid(f"{path}: expected UTF-8 or GB 18030 text ({error})") from None
