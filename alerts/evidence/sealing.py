"""Seal the evidence chain (存证链): records in order, one Merkle root per day, and the search for broken links."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from models.base.clock import SHANGHAI
from models.evidence.verifier import START, canonical, chain_hash, merkle_root, record_hash
from models.store import Read, Write, sealing
from models.store.sealing import AuditRow, Day, EvidenceRow, Link, PurgeRow, Row, StepRow, object_of

BATCH = 500
PAGE = 1000


def record_of(row: Row) -> dict[str, Any]:
    """Return what the chain records about a row: all its columns, as JSON types."""
    kind = {EvidenceRow: "evidence", StepRow: "step", PurgeRow: "purge", AuditRow: "audit"}[type(row)]
    fields = {name: _plain(value) for name, value in asdict(row).items()}
    if isinstance(row, EvidenceRow):
        fields["type"] = fields.pop("kind")
        fields["evidence_id"] = fields.pop("id")
    return {"kind": kind, **fields}


def seal(w: Write, *, at: datetime, limit: int = BATCH) -> int:
    """Append the waiting records to the chains of their tenants; return how many."""
    if not sealing.alone(w):
        return 0
    waiting = sealing.take_unsealed(w, limit=limit)
    rows = sealing.rows_of(w, [entry.object for entry in waiting])
    by_tenant: dict[str, list[Row]] = defaultdict(list)
    for entry in waiting:
        if entry.object in rows:  # the row may be gone in a test database that was emptied by hand
            by_tenant[entry.tenant_id].append(rows[entry.object])
    for tenant_id, several in sorted(by_tenant.items()):
        _append(w, tenant_id, several, at=at)
    return len(waiting)


def close_days(w: Write, *, at: datetime, limit: int = 50) -> int:
    """Store the Merkle root of each day that is over; return how many."""
    if not sealing.alone(w):
        return 0
    open_days = sealing.open_days(w, today=_day(at), limit=limit)
    for tenant_id, day in open_days:
        hashes = sealing.hashes_of_day(w, tenant_id=tenant_id, day=day)
        root = merkle_root([text for _, text in hashes])
        closed = Day(
            tenant_id=tenant_id, day=day, first_seq=hashes[0][0], last_seq=hashes[-1][0], root=root, closed_at=at
        )
        sealing.close_day(w, closed)
    return len(open_days)


def breaks(r: Read, *, tenant_id: str) -> Iterator[str]:
    """Yield a sentence for each fault in a tenant's chain, in the order of the chain."""
    yield from _broken_links(r, tenant_id)
    for day in sealing.days(r, tenant_id=tenant_id):
        hashes = sealing.hashes_of_day(r, tenant_id=tenant_id, day=day.day)
        if merkle_root([text for _, text in hashes]) != day.root:
            yield f"day {day.day}: the Merkle root of its records differs from the stored one"
    for name in sealing.left_out(r, tenant_id=tenant_id, limit=PAGE):
        yield f"{name} is in no record of the chain"


def _broken_links(r: Read, tenant_id: str) -> Iterator[str]:
    after, previous = 0, START
    while page := sealing.links_after(r, tenant_id=tenant_id, after=after, limit=PAGE):
        rows = sealing.rows_of(r, [link.object for link in page])
        for link in page:
            if link.seq != after + 1:
                yield f"record {after + 1} is missing"
            wrong = _wrong(link, rows.get(link.object), previous)
            if wrong is not None:
                yield f"record {link.seq} ({link.object}): {wrong}"
            after, previous = link.seq, link.chain_hash


def _wrong(link: Link, row: Row | None, previous: str) -> str | None:
    if record_hash(json.loads(link.record)) != link.record_hash:
        return "its text was changed: its hash differs from the one in the chain"
    if chain_hash(previous, link.record_hash) != link.chain_hash:
        return "it does not follow from the record before it"
    if row is None:
        return "the row that it records is no longer in the database"
    if canonical(record_of(row)).decode() != link.record:
        return "its row in the database has changed since it was sealed"
    return None


def _append(w: Write, tenant_id: str, rows: list[Row], *, at: datetime) -> None:
    end = sealing.end_of_chain(w, tenant_id)
    seq, previous = (0, START) if end is None else (end.seq, end.chain_hash)
    # A clock that was set back does not reopen a closed day.
    day = _day(at) if end is None else max(_day(at), end.day)
    links = []
    for row in rows:
        seq += 1
        text = canonical(record_of(row)).decode()
        hashed = record_hash(json.loads(text))
        previous = chain_hash(previous, hashed)
        links.append(
            Link(
                tenant_id=tenant_id,
                seq=seq,
                day=day,
                entity_id=row.entity_id,
                region_code=row.region_code,
                object=object_of(row),
                record=text,
                record_hash=hashed,
                chain_hash=previous,
                sealed_at=at,
            )
        )
    sealing.add_links(w, links, tenant_id=tenant_id, day=day, at=at)


def _day(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()


def _plain(value: Any) -> Any:  # noqa: ANN401 - any column
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case UUID():
            return str(value)
        case tuple() | list():
            return [_plain(part) for part in value]
        case _:
            return value
