"""Explain a wrong field of a request in Chinese, if the caller's `Accept-Language` begins with zh."""

import re
from collections.abc import Mapping
from typing import Any, Final

_SAID: Final[Mapping[str, str]] = {
    "missing": "必填",
    "extra_forbidden": "多余的字段",
    "string_type": "应为文字",
    "string_too_long": "最多 {max_length} 个字",
    "string_pattern_mismatch": "格式不正确",
    "too_long": "最多 {max_length} 项",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "finite_number": "应为数字",
    "decimal_parsing": "应为数字",
    "bool_type": "应为是或否",
    "bool_parsing": "应为是或否",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "multiple_of": "应为 {multiple_of} 的倍数",
    "enum": "不在可选范围内",
    "literal_error": "不在可选范围内",
    "uuid_parsing": "编号格式不正确",
    "date_parsing": "日期格式不正确",
    "date_from_datetime_parsing": "日期格式不正确",
    "date_from_datetime_inexact": "日期格式不正确",
    "time_parsing": "时间格式不正确",
    "datetime_parsing": "时间格式不正确",
    "datetime_from_date_parsing": "时间格式不正确",
    "timezone_aware": "时间缺少时区",
    "json_invalid": "内容不是有效的 JSON",
}
"""Pydantic's type of an error → what was expected; braces name values of its context."""
_LEAST: Final[Mapping[str, str]] = {"string_too_short": "个字", "too_short": "项"}
_OTHERWISE: Final = "格式不正确"
_ENGLISH: Final = re.compile(r"\s(?=(?:\d+ )?[a-z])(?![a-z]+://)")
"""Where the English half of a message begins: a word in small letters that is no address, or a number before it."""
_VERBS: Final = re.compile(r"(belongs|breaks|happens|has|is|needs|refers|signs|supervises|took)\b")
"""What an English sentence goes on with after a Chinese name or label at its beginning."""


def wanted(accepted: str) -> bool:
    """Return whether a value of `Accept-Language` asks for Chinese before all else."""
    return accepted.strip().lower().startswith("zh")


def chinese_half(text: str) -> str:
    """Return the Chinese half of a message like `请填写签名 name: expected …`; empty if it has none.

    The console's `shell/api.js` does the same.
    """
    half, *english = _ENGLISH.split(text, maxsplit=1)
    if not "\u4e00" <= half[:1] <= "\u9fff" or half.endswith(":") or (english and _VERBS.match(english[0])):
        return ""
    return half


def expected(error: Mapping[str, Any]) -> str:
    """Return what was expected where Pydantic found an error."""
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind in _LEAST:
        least = context.get("min_length", 1)
        return "必填" if least == 1 else f"至少 {least} {_LEAST[kind]}"
    if kind in _SAID:
        return _SAID[kind].format_map(context)
    return chinese_half(str(error["msg"]).removeprefix("Value error, ")) or _OTHERWISE  # a check of our own
