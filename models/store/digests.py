"""Storage of the feed's digests."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime

from models.domain.digests import FeedDay, PublicKey
from models.events.envelope import FeedEvent
from models.store.connect import Read, Write

HASH_BYTES = 32


def wait_for_sequencer(w: Write) -> None:
    """Wait until the events that are being numbered have their numbers; the others wait until this transaction ends."""
    w.value("digests", "still_sequencer")


def alone(w: Write) -> bool:
    """Become the only one who closes a day until this transaction ends; return whether that worked."""
    return bool(w.value("digests", "alone"))


def next_day(r: Read) -> date | None:
    """Return the first day that is not closed; None if the feed is empty."""
    found: date | None = r.value("digests", "next_day")
    return found


def places_of_day(r: Read, *, begin: datetime, end: datetime) -> list[tuple[str, str]]:
    """Return the (tenant, county) pairs that have events in a span."""
    return [(str(t), str(c)) for t, c in r.tuples("digests", "places_of_day", {"begin": begin, "end": end})]


def events_of_day(
    r: Read, *, tenant_id: str, region_code: str, begin: datetime, end: datetime, after: int, limit: int
) -> list[FeedEvent]:
    """Return events of a county in a span, in order, after a number."""
    params = {"tenant_id": tenant_id, "region_code": region_code, "begin": begin, "end": end}
    return r.all(FeedEvent, "digests", "events_of_day", {**params, "after": after, "limit": limit})


def last_root(r: Read, *, tenant_id: str, region_code: str, day: date) -> str | None:
    """Return the root of a county's last digest before a day."""
    found = r.value("digests", "last_root", {"tenant_id": tenant_id, "region_code": region_code, "day": day})
    return None if found is None else str(found)


def add_day(w: Write, day: FeedDay, leaves: Sequence[tuple[int, str]], *, block: int) -> None:
    """Store a digest with the (seq, sha256) of its events, `block` of them in a row."""
    w.run("digests", "add_day", asdict(day))
    place = {"tenant_id": day.tenant_id, "region_code": day.region_code, "day": day.day}
    for number, begin in enumerate(range(0, len(leaves), block)):
        part = leaves[begin : begin + block]
        hashes = b"".join(bytes.fromhex(text) for _, text in part)
        w.run("digests", "add_block", {**place, "number": number, "seqs": [seq for seq, _ in part], "hashes": hashes})


def close_day(w: Write, day: date, *, at: datetime) -> None:
    """Note that a day is closed for all tenants."""
    w.run("digests", "close_day", {"day": day, "at": at})


def publish_key(w: Write, key: PublicKey) -> None:
    """Publish the public half of a key, once."""
    w.run("digests", "add_key", {"id": key.id, "public_pem": key.public_pem, "at": key.since})


def keys(r: Read) -> list[PublicKey]:
    """Return the published keys, the oldest first."""
    return r.all(PublicKey, "digests", "keys")


def days(
    r: Read, *, within: str, limit: int, day: date | None = None, before: tuple[date, str] | None = None
) -> list[FeedDay]:
    """Return digests of the counties whose code starts with `within`, the newest day first."""
    at, region = before or (None, None)
    params = {"within": within, "day": day, "before": at, "before_region": region, "limit": limit}
    return r.all(FeedDay, "digests", "days", params)


def day_of(r: Read, *, region_code: str, day: date) -> FeedDay | None:
    """Return the digest of a county's day."""
    return r.one(FeedDay, "digests", "day_of", {"region_code": region_code, "day": day})


def leaves(r: Read, *, region_code: str, day: date, number: int | None = None) -> list[tuple[int, str]]:
    """Return the (seq, sha256) of the events of a county's day, in order; with `number` of that block alone."""
    found = []
    for seqs, hashes in r.tuples("digests", "blocks", {"region_code": region_code, "day": day, "number": number}):
        for index, seq in enumerate(seqs):
            found.append((int(seq), bytes(hashes[HASH_BYTES * index : HASH_BYTES * (index + 1)]).hex()))
    return found


def event_place(r: Read, seq: int) -> tuple[date, str] | None:
    """Return the day and county of an event that the caller sees."""
    found = r.tuples("digests", "event_place", {"seq": seq})
    return None if not found else (found[0][0], str(found[0][1]))
