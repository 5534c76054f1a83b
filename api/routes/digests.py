"""Digests of the feed: what it had on each day, signed, so that nothing can be changed or left out unnoticed."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query

from alerts.evidence.digests import BLOCK
from api.access.principal import Anybody, Principal
from api.requests import Cursor, Limit, Reading, decode_cursor, page_of
from api.schemas.common import Page
from api.schemas.digests import BlockOut, DigestOut, LeafOut, ProofOut, SigningKeyOut
from models.base.errors import Invalid, NotAllowed, NotFound
from models.domain.digests import FeedDay
from models.evidence.verifier import inclusion_proof, record_hash
from models.store import digests

router = APIRouter(prefix="/v1", tags=["feed"])
Jurisdiction = Annotated[str, Path(pattern="^[0-9]{6}$", description="A county: the first six digits of a region code")]
_BIGGEST = 2**53 - 1


@router.get("/digests/keys", name="digest_keys")
def list_keys(r: Reading, _: Anybody) -> list[SigningKeyOut]:
    """List the public halves of the keys that sign digests, the oldest first. Keep them: compare when one changes."""
    return [SigningKeyOut.model_validate(key) for key in digests.keys(r)]


@router.get("/digests", name="digests")
def list_digests(
    r: Reading, principal: Anybody, cursor: Cursor = None, limit: Limit = 50, day: date | None = None
) -> Page[DigestOut]:
    """List the digests of your counties, the newest day first. A day is closed a minute after midnight in Shanghai."""
    before = _before(cursor)
    rows = digests.days(r, within=_within(principal), day=day, before=before, limit=limit + 1)
    return page_of(rows, limit=limit, out=_out, cursor=lambda row: f"{row.day} {row.region_code}")


@router.get("/digests/{day}/{jurisdiction}/leaves", name="digest_leaves")
def list_leaves(
    r: Reading,
    principal: Anybody,
    day: date,
    jurisdiction: Jurisdiction,
    block: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> BlockOut:
    """List the hashes of one block of a digest: compare them with the events that you mirrored.

    Each block has 1,000 leaves, the last one fewer. Those whose scope is smaller than a county ask for the proof of one
    event instead.
    """
    if not jurisdiction.startswith(_within(principal)):
        raise NotFound(f"no digest of {jurisdiction} that you may see")
    found = digests.day_of(r, region_code=jurisdiction, day=day)
    leaves = [] if found is None else digests.leaves(r, region_code=jurisdiction, day=day, number=block)
    if found is None or not leaves:
        raise NotFound(f"no block {block} of a digest of {jurisdiction} on {day}")
    return BlockOut(
        jurisdiction=jurisdiction,
        day=day,
        block=block,
        blocks=_blocks(found),
        leaves=[LeafOut(seq=seq, sha256=text) for seq, text in leaves],
    )


@router.get("/events/{seq}/proof", name="event_proof")
def event_proof(r: Reading, _: Anybody, seq: Annotated[int, Path(ge=1, le=_BIGGEST)]) -> ProofOut:
    """Return the proof that an event is in the digest of its day; 404 until the day is closed."""
    place = digests.event_place(r, seq)
    if place is None:
        raise NotFound(f"no event {seq}")
    day, county = place
    found = digests.day_of(r, region_code=county, day=day)
    if found is None:
        raise NotFound(f"the day {day} of event {seq} is not closed yet")
    leaves = digests.leaves(r, region_code=county, day=day)
    index = next((index for index, (number, _) in enumerate(leaves) if number == seq), None)
    if index is None:
        raise NotFound(f"event {seq} is not in the digest of {county} on {day}")
    return ProofOut(
        seq=seq,
        sha256=leaves[index][1],
        index=index,
        proof=inclusion_proof([record_hash([number, text]) for number, text in leaves], index),
        digest=_out(found),
    )


def _within(principal: Principal) -> str:
    """Return the prefix of the counties that a caller sees as a whole.

    Raises:
        NotAllowed: the caller's scope is smaller than a county.
    """
    region = principal.scope.region or ""
    if principal.entity is not None or principal.group is not None or len(region) > len("330602"):
        raise NotAllowed("digests are of whole counties; ask for the proof of one event instead")
    return region


def _out(row: FeedDay) -> DigestOut:
    return DigestOut(
        tenant=row.tenant_id,
        jurisdiction=row.region_code,
        day=row.day,
        first_seq=row.first_seq,
        last_seq=row.last_seq,
        n=row.n,
        blocks=_blocks(row),
        root=row.root,
        previous=row.previous,
        key_id=row.key_id,
        signature=row.signature,
        closed_at=row.closed_at,
    )


def _blocks(row: FeedDay) -> int:
    return -(-row.n // BLOCK)


def _before(cursor: str | None) -> tuple[date, str] | None:
    text = decode_cursor(cursor)
    if text is None:
        return None
    day, _, region = text.partition(" ")
    try:
        return date.fromisoformat(day), region
    except ValueError:
        raise Invalid("cursor: expected the `next_cursor` of the previous page") from None
