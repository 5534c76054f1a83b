"""Check the address of a channel as its owner writes it, and say what of it may be shown. Pure."""

import re
from urllib.parse import SplitResult, parse_qs, urlsplit

from models.base.errors import Invalid
from models.catalogue.terms import ChannelKind, label

_MAIL = re.compile(r"[A-Za-z0-9._+-]{1,64}@([A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,24}")
_URL = re.compile(r"[\x21-\x7e]{1,500}")
_UNSAFE = frozenset("\\{}<>\"'^`|@")
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45}")
_NEEDS = {ChannelKind.wecom: "key", ChannelKind.dingtalk: "access_token"}
_EXAMPLES = {
    ChannelKind.wecom: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…",
    ChannelKind.dingtalk: "https://oapi.dingtalk.com/robot/send?access_token=…",
    ChannelKind.feishu: "https://open.feishu.cn/open-apis/bot/v2/hook/…",
    ChannelKind.email: "name@example.com",
    ChannelKind.json: "https://sms.example.com/send?token=…",
}


def check_address(kind: ChannelKind, address: str) -> str:
    """Check an address; return the part of it that may be shown.

    Raises:
        Invalid: it has another form. The message does not repeat the address, which is a secret.
    """
    if kind is ChannelKind.email:
        return _check_mail(address)
    parts = _split(kind, address)
    if (needed := _NEEDS.get(kind)) is not None and not parse_qs(parts.query).get(needed):
        raise _wrong(kind)
    if kind is ChannelKind.feishu and not re.search(r"/hook/[A-Za-z0-9_-]+/?$", parts.path):
        raise _wrong(kind)
    return f"{parts.scheme}://{parts.hostname}/…"


def _split(kind: ChannelKind, address: str) -> SplitResult:
    # Whoever reads `https://good@evil/` or a line break in another way than we do would send somewhere else.
    if not _URL.fullmatch(address) or set(address) & _UNSAFE:
        raise _wrong(kind)
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise _wrong(kind) from None
    if parts.scheme not in {"http", "https"} or parts.fragment or port == 0:
        raise _wrong(kind)
    if not _HOST.fullmatch(parts.hostname or ""):
        raise _wrong(kind)
    return parts


def _check_mail(address: str) -> str:
    if not _MAIL.fullmatch(address) or ".." in address:
        raise _wrong(ChannelKind.email)
    name, _, host = address.partition("@")
    return f"{name[0]}***@{host}"


def _wrong(kind: ChannelKind) -> Invalid:
    return Invalid(f"{label(kind)}的地址格式不正确，应为 {_EXAMPLES[kind]}")
