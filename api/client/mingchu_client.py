"""A client for supervision platforms: read the feed without a gap, verify webhooks, verify what a day had.

It needs no other part of mingchu: `pip install ./api/client`, then `import mingchu_client`. `mirror.py` beside it is a
platform of twenty lines.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import TracebackType
from typing import Any, Self

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from standardwebhooks import Webhook, WebhookVerificationError

PAGE = 500
_AGAIN = frozenset({429, 502, 503, 504})
_GONE = 410
_PATIENCE_S = (1.0, 2.0, 5.0, 10.0, 30.0)
_MARGIN_S = 30.0


class ApiError(Exception):
    """The platform refused a request. `code` is stable, `detail` is text for people."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status, self.code, self.detail = status, code, detail


class StartAgain(ApiError):
    """The cursor leads nowhere: it is too old, or the platform's database was restored. Start with `snapshot()`."""


class NotGenuine(Exception):
    """A webhook has no valid signature, or is too old."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the feed. Keep both numbers with what you stored, in the same transaction."""

    seq: int = 0
    epoch: str | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """What does not fit: in which county and block of a thousand events, and at which event, if it is one."""

    jurisdiction: str
    block: int | None
    seq: int | None
    what: str


class Client:
    """Reads one platform with one API key."""

    def __init__(
        self,
        address: str,
        key: str,
        *,
        timeout_s: float = 30.0,
        http: httpx.Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = http or httpx.Client(base_url=address.rstrip("/"), timeout=timeout_s)
        self._key, self._sleep, self._timeout_s = key, sleep, timeout_s

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def events(
        self,
        cursor: Cursor,
        *,
        types: Sequence[str] = (),
        filters: Mapping[str, str] | None = None,
        wait_s: int = 20,
        follow: bool = True,
    ) -> Iterator[tuple[dict[str, Any] | None, Cursor]]:
        """Yield each event after `cursor` in the feed's order, with the cursor to keep once you have stored it.

        A pair without an event moves the cursor past events that the filter or your scope leaves out. With `follow` it
        waits for new events for ever; without, it ends where the feed ends. `filters` are those of `/v1/events`: code,
        severity, region, entity_id, site_id.

        Raises:
            StartAgain: the cursor leads nowhere.
            ApiError: the request was refused, for example because the key has ended.
        """
        while True:
            page = self._get(
                "/v1/events",
                {
                    "cursor": cursor.seq,
                    "epoch": cursor.epoch,
                    "limit": PAGE,
                    "type": list(types),
                    **(filters or {}),
                    "wait": wait_s if follow else 0,
                },
                wait_s=wait_s,
            )
            last = Cursor(page["next_cursor"], page["epoch"])
            for index, event in enumerate(page["data"]):
                is_end = index == len(page["data"]) - 1
                cursor = last if is_end else Cursor(event["seq"], None)
                yield event, cursor
            if not page["data"] and last != cursor:
                yield None, last
            cursor = last
            if not page["has_more"] and not follow:
                return

    def snapshot(self) -> tuple[Cursor, Iterator[dict[str, Any]]]:
        """Return the cursor to continue from, and the present state of everything in your scope.

        What changes while you read comes again in the feed; the higher `version` is the newer state.
        """
        first = self._get("/v1/snapshot", {"limit": 200})

        def states() -> Iterator[dict[str, Any]]:
            page = first
            while True:
                yield from page["data"]
                if not page["next_cursor"]:
                    return
                page = self._get("/v1/snapshot", {"limit": 200, "cursor": page["next_cursor"]})

        return Cursor(first["feed_cursor"], first["epoch"]), states()

    def digests(self, day: date) -> list[dict[str, Any]]:
        """Return the digests of a day, one for each county of your scope with an event on it."""
        found: list[dict[str, Any]] = []
        cursor = None
        while True:
            page = self._get("/v1/digests", {"day": day.isoformat(), "limit": 200, "cursor": cursor})
            found += page["data"]
            cursor = page["next_cursor"]
            if not cursor:
                return sorted(found, key=lambda one: str(one["jurisdiction"]))

    def keys(self) -> dict[str, str]:
        """Return the public keys that sign digests, by id. Keep them, and compare them with what you kept."""
        return {one["id"]: one["public_pem"] for one in self._get("/v1/digests/keys", {})}

    def verify_day(
        self, day: date, events: Iterable[Mapping[str, Any]], *, keys: Mapping[str, str] | None = None
    ) -> list[Difference]:
        """Compare your events with the signed digests of a day; return what differs, the first block of each county.

        Args:
            day: a day (Shanghai time) that is closed.
            events: your events as the feed sent them; of other days too if that is simpler.
            keys: public keys that you kept; without them those that the platform names today.
        """
        own = {int(event["seq"]): event_hash(event) for event in events}
        trusted = self.keys() if keys is None else keys
        found: list[Difference] = []
        known: set[int] = set()
        for digest in self.digests(day):
            leaves, wrong = self._leaves(digest)
            known.update(seq for seq, _ in leaves)
            signed = _signature_fault(digest, trusted)
            found += [Difference(digest["jurisdiction"], None, None, signed)] if signed else []
            found += [wrong] if wrong else _compare(digest["jurisdiction"], leaves, own)
        # Once for all: a day has up to a million events.
        first, last = (min(known), max(known)) if known else (0, 0)
        found += [
            Difference("", None, seq, f"event {seq} is in no digest of {day}")
            for seq in sorted(own)
            if first < seq < last and seq not in known
        ]
        return found

    def _leaves(self, digest: Mapping[str, Any]) -> tuple[list[tuple[int, str]], Difference | None]:
        county, leaves = str(digest["jurisdiction"]), list[tuple[int, str]]()
        for block in range(digest["blocks"]):
            try:
                page = self._get(f"/v1/digests/{digest['day']}/{county}/leaves", {"block": block})
            except ApiError as error:
                return leaves, Difference(county, block, None, f"block {block} can't be read: {error}")
            leaves += [(leaf["seq"], leaf["sha256"]) for leaf in page["leaves"]]
        if len(leaves) != digest["n"] or merkle_root(leaves) != digest["root"]:
            return leaves, Difference(county, None, None, "the platform's own hashes do not lead to the signed root")
        return leaves, None

    def _get(self, path: str, params: Mapping[str, Any], *, wait_s: float = 0) -> Any:  # noqa: ANN401 - JSON
        sent = {name: value for name, value in params.items() if value not in (None, [])}
        headers = {"Authorization": f"Bearer {self._key}"}
        for patience in (*_PATIENCE_S, None):
            try:
                answer = self._http.get(
                    path, params=sent, headers=headers, timeout=wait_s + self._timeout_s + _MARGIN_S
                )
            except httpx.TransportError:
                if patience is None:
                    raise
                self._sleep(patience)
                continue
            if answer.is_success:
                return answer.json()
            if answer.status_code not in _AGAIN or patience is None:
                raise _error(answer)
            self._sleep(_retry_after(answer, patience))
        raise AssertionError("unreachable")


def verify_webhook(secret: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Return the event of a delivery, after checking its signature (Standard Webhooks 1.0).

    Raises:
        NotGenuine: it has no valid signature, or is too old.
    """
    try:
        found = Webhook(secret).verify(body, {name.lower(): value for name, value in headers.items()})
    except WebhookVerificationError as error:
        raise NotGenuine(str(error)) from None
    if not isinstance(found, dict):
        raise NotGenuine("the body is no event")
    return found


def canonical(value: object) -> bytes:
    """Return JSON in UTF-8 with sorted names and without spaces: the bytes that are hashed and signed."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def event_hash(event: Mapping[str, Any]) -> str:
    """Return the SHA-256 of an event as the feed sent it, in hexadecimal digits."""
    return hashlib.sha256(canonical(event)).hexdigest()


def merkle_root(leaves: Sequence[tuple[int, str]]) -> str:
    """Return the Merkle root (RFC 6962) over (seq, sha256), in hexadecimal digits."""
    if not leaves:
        return hashlib.sha256(b"").hexdigest()
    hashes = [hashlib.sha256(canonical([seq, text])).digest() for seq, text in leaves]
    return _subtree([hashlib.sha256(b"\x00" + one).digest() for one in hashes]).hex()


def _subtree(leaves: Sequence[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    cut = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + _subtree(leaves[:cut]) + _subtree(leaves[cut:])).digest()


def _compare(county: str, leaves: Sequence[tuple[int, str]], own: Mapping[int, str]) -> list[Difference]:
    """Return the first event of a county that is missing or differs."""
    for place, (seq, text) in enumerate(leaves):
        if own.get(seq) != text:
            what = "is not among yours" if seq not in own else "differs from yours"
            return [Difference(county, place // 1000, seq, f"event {seq} {what}")]
    return []


def _signature_fault(digest: Mapping[str, Any], keys: Mapping[str, str]) -> str | None:
    if digest["signature"] is None:
        return "the digest is not signed"
    if digest["key_id"] not in keys:
        return f"the digest is signed with the unknown key {digest['key_id']}"
    key = load_pem_public_key(keys[digest["key_id"]].encode())
    names = ("day", "first_seq", "jurisdiction", "last_seq", "n", "previous", "root", "tenant")
    statement = canonical({name: digest[name] for name in names})
    try:
        if not isinstance(key, Ed25519PublicKey):
            return "the key is no Ed25519 key"
        key.verify(bytes.fromhex(digest["signature"]), statement)
    except (InvalidSignature, ValueError):
        return "the signature of the digest is wrong"
    return None


def _retry_after(answer: httpx.Response, otherwise: float) -> float:
    text = answer.headers.get("retry-after", "")
    return min(float(text), 60.0) if text.isdigit() else otherwise


def _error(answer: httpx.Response) -> ApiError:
    try:
        body = answer.json()
        code, detail = str(body["code"]), str(body["detail"])
    except (ValueError, KeyError, TypeError):
        code, detail = "unknown", answer.text[:200]
    kind = StartAgain if answer.status_code == _GONE else ApiError
    return kind(answer.status_code, code, detail)
