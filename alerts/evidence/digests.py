"""Close the days of the feed: for each county a Merkle root over its events, signed."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from models.base.clock import SHANGHAI
from models.domain.digests import FeedDay, PublicKey
from models.events.envelope import FeedEvent
from models.evidence.signing import Signer
from models.evidence.verifier import canonical, merkle_root, record_hash
from models.store import Read, Store, Write, digests

BLOCK = 1_000
"""Events whose hashes lie in one row; a reader compares block by block."""
LAG = timedelta(minutes=1)
"""A day is closed so long after its end."""


def close_feed_day(store: Store, *, at: datetime, signer: Signer | None = None) -> int:
    """Close the next day of the feed that is over; return how many digests were stored, at least 1 for a day.

    Days are closed in order, also those without an event. While a large day is hashed, events are numbered on.
    """
    with store.read() as r:
        day = digests.next_day(r)
    if day is None or at < end_of(day) + LAG:
        return 0
    with store.write() as w:  # whatever gets its number after this has a later time
        digests.wait_for_sequencer(w)
    with store.write() as w:
        if not digests.alone(w) or digests.next_day(w) != day:  # somebody else closes it
            return 0
        return _close(w, day, at=at, signer=signer)


def _close(w: Write, day: date, *, at: datetime, signer: Signer | None) -> int:
    if signer is not None:
        digests.publish_key(w, PublicKey(id=signer.key_id, public_pem=signer.public_pem, since=at))
    begin, end = end_of(day - timedelta(days=1)), end_of(day)
    places = digests.places_of_day(w, begin=begin, end=end)
    for tenant_id, county in places:
        leaves = [leaf_of(event) for event in _events(w, tenant_id, county, begin=begin, end=end)]
        _store(w, tenant_id, county, day, leaves, at=at, signer=signer)
    digests.close_day(w, day, at=at)
    return len(places) or 1


def leaf_of(event: FeedEvent) -> tuple[int, str]:
    """Return (seq, sha256 of the canonical event), as a reader computes it from the feed's answer."""
    return event.seq, record_hash(event.envelope())


def root_of(leaves: list[tuple[int, str]]) -> str:
    """Return the Merkle root over the leaves `[seq, sha256]`."""
    return merkle_root([record_hash([seq, text]) for seq, text in leaves])


def end_of(day: date) -> datetime:
    """Return the end of a day in Shanghai."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=SHANGHAI)


def _store(
    w: Write,
    tenant_id: str,
    county: str,
    day: date,
    leaves: list[tuple[int, str]],
    *,
    at: datetime,
    signer: Signer | None,
) -> None:
    found = FeedDay(
        tenant_id=tenant_id,
        region_code=county,
        day=day,
        first_seq=leaves[0][0],
        last_seq=leaves[-1][0],
        n=len(leaves),
        root=root_of(leaves),
        previous=digests.last_root(w, tenant_id=tenant_id, region_code=county, day=day),
        key_id=None,
        signature=None,
        closed_at=at,
    )
    if signer is not None:
        found = found.signed(signer.key_id, signer.sign(canonical(found.statement())))
    digests.add_day(w, found, leaves, block=BLOCK)


def _events(r: Read, tenant_id: str, county: str, *, begin: datetime, end: datetime) -> Iterator[FeedEvent]:
    after = 0
    while page := digests.events_of_day(
        r, tenant_id=tenant_id, region_code=county, begin=begin, end=end, after=after, limit=BLOCK
    ):
        yield from page
        after = page[-1].seq
