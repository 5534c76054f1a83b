"""Text files of other people's making: UTF-8, with or without a mark, or as Excel writes them in China."""

from pathlib import Path

from models.errors import Invalid


def read_text(path: Path) -> str:
    """The text of a file in UTF-8 or GB 18030.

    Raises:
        Invalid: neither.
        OSError: it can't be read.
    """
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            return raw.decode("gb18030")
        except UnicodeDecodeError as error:
            raise Invalid(f"{path}: expected UTF-8 or GB 18030 text ({error})") from None
