"""The door through which messages and webhooks leave over HTTP: checked addresses, no redirects, bounded answers."""

import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from models.base.addresses import Outside
from models.base.errors import Invalid, NotAllowed

CONNECT_S, READ_S, WHOLE_S = 3.0, 5.0, 10.0
_MOST_ANSWER = 65_536


class DeliveryFailed(Exception):
    """The receiver did not take the message; it never leaves `alerts.notices`."""

    def __init__(self, message: str, *, final: bool = False) -> None:
        super().__init__(message)
        self.final = final


@dataclass(frozen=True, slots=True)
class Answer:
    """What is kept of an answer: its status, the first 64 KiB, and after how many seconds it asks to be tried again."""

    status_code: int
    content: bytes
    retry_after: str | None = None


class _Timed(HTTPConnection):
    """A connection that is cut after `WHOLE_S`: a limit for each read alone lets a byte now and then go on for ever."""

    _cutting: threading.Timer | None = None

    def connect(self) -> None:
        super().connect()
        self._cutting = threading.Timer(WHOLE_S, self._cut)
        self._cutting.daemon = True
        self._cutting.start()

    def close(self) -> None:
        if self._cutting is not None:
            self._cutting.cancel()
        super().close()

    def _cut(self) -> None:
        with suppress(OSError):  # it has ended meanwhile
            if self.sock is not None:
                # Not the method of an SSL socket, which would take its state from the thread that reads.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


class _TimedTLS(_Timed, HTTPSConnection):
    """The same with TLS. The handshake is bounded as a whole by the limit for connecting."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Timed


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TimedTLS


class _Pinned(HTTPAdapter):
    """Connects to the address that was checked, so that a name can't point elsewhere the second time."""

    def __init__(self, outside: Outside) -> None:
        super().__init__(max_retries=0)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}
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


def send(
    method: str,
    url: str,
    *,
    data: bytes | str,
    headers: Mapping[str, str],
    params: Mapping[str, str] | None = None,
    outside: Outside,
) -> Answer:
    """Send one request: no redirects, no proxy, a bounded answer and a bounded time.

    Raises:
        DeliveryFailed: the platform may not connect to the address.
        requests.Timeout, requests.RequestException: the receiver did not answer in time, or can't be reached.
    """
    with requests.Session() as session:
        session.trust_env = False
        session.mount("http://", _Pinned(outside))
        session.mount("https://", _Pinned(outside))
        return _read(session, method, url, data=data, headers=headers, params=params)


def post(url: str, body: bytes, headers: Mapping[str, str], *, outside: Outside) -> Answer:
    """Post a body.

    Raises:
        DeliveryFailed: the platform may not connect, the receiver can't be reached or does not answer in time.
    """
    try:
        return send("POST", url, data=body, headers=headers, outside=outside)
    except requests.Timeout:
        raise DeliveryFailed("接收方超时未响应 timed out") from None
    except (requests.RequestException, ValueError):
        raise DeliveryFailed("无法连接接收方 unreachable") from None


def _read(session: requests.Session, method: str, url: str, **given: Any) -> Answer:  # noqa: ANN401 - as in requests
    until = time.monotonic() + WHOLE_S
    wait = (CONNECT_S, READ_S)
    try:
        with session.request(method, url, timeout=wait, allow_redirects=False, stream=True, **given) as answer:
            content = b""
            for part in answer.iter_content(4096):
                content += part
                if len(content) > _MOST_ANSWER:
                    break
            if time.monotonic() > until:  # what was cut looks like an end
                raise requests.Timeout
            return Answer(answer.status_code, content, answer.headers.get("Retry-After"))
    except (requests.RequestException, ValueError):
        if time.monotonic() > until:
            raise requests.Timeout from None
        raise
