"""Digests of the feed: what it had on a day in one county, under one signed root."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDay:
    """The digest of a county's day (Shanghai time, by when the events were numbered).

    Attributes:
        region_code: the county, six digits.
        root: Merkle root (RFC 6962) over the leaves `[seq, sha256 of the canonical event]`, in order.
        previous: root of the county's digest before, so that no whole day can be taken out; None for the first.
        key_id, signature: Ed25519 over the canonical `statement`, in hexadecimal digits; None without a key.
    """

    tenant_id: str
    region_code: str
    day: date
    first_seq: int
    last_seq: int
    n: int
    root: str
    previous: str | None
    key_id: str | None
    signature: str | None
    closed_at: datetime

    def signed(self, key_id: str, signature: str) -> Self:
        """Return the digest with its signature."""
        return replace(self, key_id=key_id, signature=signature)

    def statement(self) -> dict[str, Any]:
        """Return what is signed."""
        return {
            "day": self.day.isoformat(),
            "first_seq": self.first_seq,
            "jurisdiction": self.region_code,
            "last_seq": self.last_seq,
            "n": self.n,
            "previous": self.previous,
            "root": self.root,
            "tenant": self.tenant_id,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """The public half of a key that signs digests."""

    id: str
    public_pem: str
    since: datetime
