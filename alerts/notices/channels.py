"""Hand a message to a receiver: the only module that imports apprise.

apprise knows the form of each service, but it neither says why a receiver refused, nor bounds an answer, nor looks at
the address it connects to. So the plugins get an HTTP client of ours in the place of `requests`.
"""

import logging
import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import requests
from apprise import AppriseAsset, NotifyFormat, PersistentStoreMode
from apprise.plugins import NotifyBase, custom_json, dingtalk, feishu, wecombot
from apprise.plugins.email.base import NotifyEmail
from requests.adapters import HTTPAdapter

from alerts.notices.rendering import Text
from models.base.addresses import Outside
from models.base.errors import Invalid, NotAllowed
from models.base.jsonio import loads
from models.catalogue.terms import ChannelKind
from models.domain.notices import NoticeSettings

CONNECT_S, READ_S, WHOLE_S = 3.0, 5.0, 10.0
_MOST_ANSWER = 65_536
_BOTS = frozenset({ChannelKind.wecom, ChannelKind.dingtalk, ChannelKind.feishu})
_CODES = ("errcode", "code", "StatusCode")
_SMTP = {"smtp": "insecure", "smtp+starttls": "starttls", "smtps": "ssl"}

# apprise writes addresses, which are secrets, into its log.
logging.getLogger("apprise").addFilter(lambda _: False)  # `disabled` would be undone by `logging.config.dictConfig`


class DeliveryFailed(Exception):
    """The receiver did not take the message; it never leaves `alerts.notices`."""

    def __init__(self, message: str, *, final: bool = False) -> None:
        super().__init__(message)
        self.final = final


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a plugin reads of an answer."""

    status_code: int
    content: bytes


@dataclass(slots=True)
class _Exchange:
    """One delivery: where it may go, and what became of it."""

    outside: Outside
    answer: _Answer | None = None
    problem: str = ""


_EXCHANGE: ContextVar[_Exchange] = ContextVar("exchange")


class _Pinned(HTTPAdapter):
    """Connects to the address that was checked, so that a name can't point elsewhere the second time."""

    def __init__(self, outside: Outside) -> None:
        super().__init__(max_retries=0)
        self._outside = outside

    def build_connection_pool_key_attributes(
        self,
        request: requests.PreparedRequest,
        verify: bool | str,  # noqa: FBT001 - theirs
        cert: Any = None,  # noqa: ANN401 - theirs
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        place, options = super().build_connection_pool_key_attributes(request, verify, cert)
        host = str(place["host"]).strip("[]")
        place["host"] = number = self._number_of(host)
        if place["scheme"] == "https":
            options |= {"server_hostname": host, "assert_hostname": host}
        elif not self._outside.names(host, number):
            raise DeliveryFailed("地址被拒绝：不允许以明文（http）发送", final=True)
        return place, options

    def _number_of(self, host: str) -> str:
        try:
            return self._outside.number_of(host)
        except NotAllowed:
            raise DeliveryFailed("地址被拒绝：指向内部网络", final=True) from None
        except Invalid:
            raise DeliveryFailed("找不到接收方的主机名") from None

    def add_headers(self, request: requests.PreparedRequest, **_kwargs: object) -> None:
        request.headers["Host"] = urlsplit(request.url or "").netloc


class _Client:
    """The part of `requests` that plugins use: no redirects, no proxy, a bounded answer and a bounded time."""

    codes = requests.codes
    RequestException = requests.RequestException

    def post(self, url: str, **given: Any) -> _Answer:  # noqa: ANN401 - the plugins' own arguments
        return self.request("POST", url, **given)

    def request(
        self,
        method: str,
        url: str,
        *,
        data: bytes | str,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        **_given: object,
    ) -> _Answer:
        exchange = _EXCHANGE.get()
        with requests.Session() as session:
            session.trust_env = False
            session.mount("http://", _Pinned(exchange.outside))
            session.mount("https://", _Pinned(exchange.outside))
            try:
                exchange.answer = _read(session, method, url, data=data, headers=headers, params=params)
            except requests.Timeout:
                exchange.problem = "接收方超时未响应"
                raise
            except requests.RequestException:
                exchange.problem = "无法连接接收方"
                raise
        return exchange.answer


def _read(session: requests.Session, method: str, url: str, **given: Any) -> _Answer:  # noqa: ANN401 - as in requests
    until = time.monotonic() + WHOLE_S
    wait = (CONNECT_S, READ_S)
    with session.request(method, url, timeout=wait, allow_redirects=False, stream=True, **given) as answer:
        content = b""
        for part in answer.iter_content(4096):
            content += part
            if len(content) > _MOST_ANSWER:
                break
            if time.monotonic() > until:
                raise requests.Timeout
        return _Answer(answer.status_code, content)


for _module in (custom_json, dingtalk, feishu, wecombot):
    vars(_module)["requests"] = _Client()


class _DingTalk(dingtalk.NotifyDingTalk):
    """Signs as DingTalk documents it: apprise encodes the signature twice for the address."""

    def get_signature(self) -> tuple[str, str]:
        moment, signature = super().get_signature()  # type: ignore[no-untyped-call]
        return moment, unquote(signature)


def deliver(kind: ChannelKind, address: str, text: Text, settings: NoticeSettings) -> None:
    """Hand a message to a receiver; return once it has taken the message.

    Raises:
        DeliveryFailed: it did not. The message says why, without the address or words of the receiver, which may
            repeat it; `final` says that another attempt would fail, too.
    """
    exchange = _Exchange(Outside(settings.allow))
    token = _EXCHANGE.set(exchange)
    try:
        plugin = _plugin(kind, address, settings)
        title, body = ("", text.whole) if kind in _BOTS else (text.title, text.body)
        taken = plugin.notify(body=body, title=title, body_format=NotifyFormat.TEXT)
    except DeliveryFailed:
        raise
    except Exception as error:  # noqa: BLE001 - the libraries' own errors name the address
        raise DeliveryFailed(f"发送出错（{type(error).__name__}）") from None
    finally:
        _EXCHANGE.reset(token)
    _judge(kind, exchange, taken=bool(taken))


def _judge(kind: ChannelKind, exchange: _Exchange, *, taken: bool) -> None:
    if exchange.problem:
        raise DeliveryFailed(exchange.problem)
    answer = exchange.answer
    if kind is not ChannelKind.email and answer is not None and not 200 <= answer.status_code < 300:  # noqa: PLR2004
        raise DeliveryFailed(f"接收方返回 HTTP {answer.status_code}")
    if kind in _BOTS and answer is not None:
        _judge_code(answer.content)
    if not taken:
        raise DeliveryFailed("邮件服务器拒收或无法连接" if kind is ChannelKind.email else "接收方未接受消息")


def _judge_code(content: bytes) -> None:
    """Bots refuse with status 200 and a number in the body."""
    try:
        said = loads(content)
    except ValueError:
        said = None
    codes = [said[name] for name in _CODES if name in said] if isinstance(said, dict) else []
    if not codes:
        raise DeliveryFailed("接收方的答复无法识别")
    for code in codes:
        if code != 0:
            raise DeliveryFailed(f"接收方返回错误码 {code}" if isinstance(code, int) else "接收方的答复无法识别")


def _plugin(kind: ChannelKind, address: str, settings: NoticeSettings) -> NotifyBase:
    asset = AppriseAsset(storage_mode=PersistentStoreMode.MEMORY)
    match kind:
        case ChannelKind.wecom:
            found = wecombot.NotifyWeComBot(key="key", asset=asset)
            found.api_url = address
            return found
        case ChannelKind.feishu:
            other = feishu.NotifyFeishu(token="token", asset=asset)  # noqa: S106 - the address holds the real one
            other.notify_url = address
            return other
        case ChannelKind.dingtalk:
            return _dingtalk(address, asset)
        case ChannelKind.json:
            return _json(address, asset)
        case ChannelKind.email:
            return _mail(address, settings, asset)


def _dingtalk(address: str, asset: AppriseAsset) -> NotifyBase:
    """DingTalk signs with a secret, which its owner writes as `&secret=SEC…` behind the address."""
    parts = urlsplit(address)
    query = parse_qsl(parts.query)
    secret = next((value for name, value in query if name == "secret"), None)
    bot = {"token": "token", "secret": secret, "asset": asset}  # the address holds the real token
    found = _DingTalk(**bot)  # type: ignore[no-untyped-call]
    found.notify_url = parts._replace(query=urlencode([pair for pair in query if pair[0] != "secret"])).geturl()
    return found


def _json(address: str, asset: AppriseAsset) -> NotifyBase:
    parts = urlsplit(address)
    host = parts.hostname or ""
    return custom_json.NotifyJSON(
        host=f"[{host}]" if ":" in host else host,
        port=parts.port,
        secure=parts.scheme == "https",
        fullpath=f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}",
        asset=asset,
    )


def _mail(address: str, settings: NoticeSettings, asset: AppriseAsset) -> NotifyBase:
    if settings.smtp is None:
        raise DeliveryFailed("平台没有设置邮件服务器（MINGCHU_NOTICE_SMTP）")
    server = urlsplit(settings.smtp)
    if server.scheme not in _SMTP or not server.hostname:
        raise DeliveryFailed("邮件服务器的设置有误（MINGCHU_NOTICE_SMTP）")
    file = settings.smtp_password_file
    found = NotifyEmail(
        smtp_host=server.hostname,
        host=server.hostname,
        port=server.port,
        user=server.username,
        password=None if file is None else file.read_text(encoding="utf-8").strip(),
        secure=server.scheme != "smtp",
        secure_mode=_SMTP[server.scheme],
        from_addr=f"明厨 <{settings.smtp_from}>",
        targets=address,
        asset=asset,
    )
    found.socket_connect_timeout = READ_S
    return found
