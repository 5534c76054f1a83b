"""Digests of the feed."""

from datetime import date, datetime

from api.schemas.common import Out


class DigestOut(Out):
    """What the feed had on a day in one county, under one signed root.

    `root` is the Merkle root (RFC 6962) over the leaves `[seq, sha256]`; `signature` is Ed25519 over the canonical JSON
    of `{day, first_seq, jurisdiction, last_seq, n, previous, root, tenant}`. `previous` is the root of the county's
    digest before.
    """

    tenant: str
    jurisdiction: str
    day: date
    first_seq: int
    last_seq: int
    n: int
    blocks: int
    root: str
    previous: str | None
    key_id: str | None
    signature: str | None
    closed_at: datetime


class LeafOut(Out):
    """One event of a digest: its number, and the SHA-256 of its canonical JSON."""

    seq: int
    sha256: str


class BlockOut(Out):
    """The leaves of one block of a digest, in order."""

    jurisdiction: str
    day: date
    block: int
    blocks: int
    leaves: list[LeafOut]


class ProofOut(Out):
    """The proof that an event is in a digest: its place among the leaves, and the hashes that lead to the root."""

    seq: int
    sha256: str
    index: int
    proof: list[str]
    digest: DigestOut


class SigningKeyOut(Out):
    """The public half of a key that signs digests, as PEM (Ed25519)."""

    id: str
    public_pem: str
    since: datetime
