"""RFC 3161 timestamps of the daily Merkle roots, from a timestamp authority (时间戳服务) that the operator names."""

import hashlib
import threading
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

import httpx
import structlog
from cryptography import x509
from prometheus_client import Gauge
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimeStampRequest,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from models.base.clock import Clock
from models.base.errors import MingchuError, StoreUnavailable
from models.store import Store, sealing

log = structlog.get_logger()

UNSTAMPED = Gauge("mingchu_evidence_unstamped_days", "Closed days without a timestamp; 0 without an authority")
EVERY_S = 600.0
TIMEOUT_S = 20.0
MAX_RESPONSE = 65_536
BATCH = 50
_QUERY, _REPLY = "application/timestamp-query", "application/timestamp-reply"


class StampRefused(MingchuError):
    """The timestamp authority gave no acceptable timestamp."""

    code = "stamp_refused"


class StampSettings(BaseSettings):
    """The timestamp authority; without a URL days get no timestamp."""

    model_config = SettingsConfigDict(env_prefix="MINGCHU_TSA_", frozen=True, extra="ignore")

    url: str | None = Field(default=None, description="Address of an RFC 3161 timestamp authority")
    ca_file: Path | None = Field(
        default=None, description="Root certificates (PEM) that the authority's signature is checked against"
    )


@dataclass(frozen=True, slots=True)
class Authority:
    """A timestamp authority; `roots` are empty if its signature is not checked here."""

    url: str
    roots: tuple[x509.Certificate, ...] = ()

    @classmethod
    def of(cls, settings: StampSettings) -> "Authority | None":
        """Return the authority that the settings name; None without one."""
        if settings.url is None:
            return None
        roots = (
            () if settings.ca_file is None else tuple(x509.load_pem_x509_certificates(settings.ca_file.read_bytes()))
        )
        return cls(settings.url, roots)

    @property
    def name(self) -> str:
        """The authority's host; its address may hold credentials."""
        return httpx.URL(self.url).host

    def stamp(self, text: str) -> bytes:
        """Return the authority's response over a text, as DER.

        Raises:
            StampRefused: the authority is away, refuses, or answers with something else than a timestamp of this text.
        """
        request = TimestampRequestBuilder().data(text.encode()).hash_algorithm(HashAlgorithm.SHA256).build()
        answer = _sent(self.url, request.as_bytes())
        _check(request, answer, text, self.roots)
        return answer


def stamp_days(store: Store, authority: Authority, *, at: datetime) -> int:
    """Stamp closed days that have no timestamp, the oldest first; return how many.

    Raises:
        StampRefused: the authority gave none; the days before are stored.
    """
    with store.read() as r:
        waiting = sealing.unstamped(r, limit=BATCH)
        UNSTAMPED.set(sealing.unstamped_total(r))
    for day in waiting:
        response = authority.stamp(day.root)
        with store.write() as w:
            sealing.add_stamp(w, day, authority=authority.name, response=response, at=at)
    return len(waiting)


@dataclass(frozen=True, slots=True)
class Stamper:
    """Stamps closed days on its own thread, so that a slow authority does not delay deadlines."""

    store: Store
    authority: Authority

    def run(self, *, stop: threading.Event, clock: Clock) -> None:
        """Stamp every ten minutes until `stop` is set; a failure is logged and tried again."""
        while not stop.is_set():
            try:
                stamp_days(self.store, self.authority, at=clock.now())
            except (StampRefused, StoreUnavailable) as error:
                log.warning("days wait for their timestamp", error=str(error))
            stop.wait(EVERY_S)


def _sent(url: str, query: bytes) -> bytes:
    try:
        with httpx.stream(
            "POST", url, content=query, headers={"Content-Type": _QUERY}, timeout=TIMEOUT_S, follow_redirects=False
        ) as answer:
            kind = answer.headers.get("content-type", "").split(";")[0].strip()
            if answer.status_code != HTTPStatus.OK or kind != _REPLY:
                raise StampRefused(f"the authority answered {answer.status_code}, {kind or 'without a type'}")
            body = b""
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > MAX_RESPONSE:
                    raise StampRefused(f"the answer is longer than {MAX_RESPONSE} bytes")
            return body
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise StampRefused(f"the authority is not reachable: {type(error).__name__}") from error


def _check(
    request: TimeStampRequest, answer: bytes, text: str, roots: tuple[x509.Certificate, ...]
) -> TimeStampResponse:
    try:
        response = decode_timestamp_response(answer)
        status = PKIStatus(response.status)
        if status not in {PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS}:
            raise StampRefused(f"the authority refused: {status.name}")
        info = response.tst_info
    except ValueError as error:
        raise StampRefused("the answer is no timestamp response") from error
    if info.message_imprint.message != hashlib.sha256(text.encode()).digest() or info.nonce != request.nonce:
        raise StampRefused("the timestamp is of something else, or an old one")
    if roots:
        builder = VerifierBuilder.from_request(request)
        for root in roots:
            builder = builder.add_root_certificate(root)
        try:
            builder.build().verify_message(response, text.encode())
        except VerificationError as error:
            raise StampRefused(f"the signature does not hold: {error}") from error
    return response
