"""Storage of the chain of evidence records."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from models.store.connect import Read, Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A record that waits to be sealed."""

    id: int
    tenant_id: str
    object: str


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The last link of a chain."""

    seq: int
    day: date
    chain_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One record in the chain. `record` is the hashed text; `previous` is the chain hash of the link before."""

    tenant_id: str
    seq: int
    day: date
    entity_id: UUID | None
    region_code: str
    object: str
    record: str
    record_hash: str
    chain_hash: str
    sealed_at: datetime
    previous: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A closed day: its records and their Merkle root."""

    tenant_id: str
    day: date
    first_seq: int
    last_seq: int
    root: str
    closed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """A row of the table of evidence."""

    id: UUID
    tenant_id: str
    entity_id: UUID
    region_code: str
    kind: str
    sha256: str
    bytes: int
    mime: str
    captured_at: datetime
    ends_at: datetime | None
    stored_at: datetime
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """A row of the table of steps of alerts and tasks."""

    object: str
    object_id: UUID
    version: int
    tenant_id: str
    entity_id: UUID
    region_code: str
    at: datetime
    actor: str
    command: str
    from_state: str
    to_state: str
    reason: str
    evidence_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeRow:
    """A row of the table of deletions."""

    evidence_id: UUID
    tenant_id: str
    entity_id: UUID
    region_code: str
    purged_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """A row of the audit log."""

    id: UUID
    seq: int
    tenant_id: str
    entity_id: UUID | None
    region_code: str
    at: datetime
    actor: str
    action: str
    object: str
    reason: str
    detail: dict[str, Any]


Row = EvidenceRow | StepRow | PurgeRow | AuditRow


def object_of(row: Row) -> str:
    """Return the name of a row in the chain."""
    match row:
        case EvidenceRow():
            return f"evidence:{row.id}"
        case StepRow():
            return f"step:{row.object}:{row.object_id}:{row.version}"
        case PurgeRow():
            return f"purge:{row.evidence_id}"
        case AuditRow():
            return f"audit:{row.id}"


def alone(w: Write) -> bool:
    """Become the only sealer until the transaction ends; return False if another one is working."""
    return bool(w.value("sealing", "lock_sealer"))


def take_unsealed(w: Write, *, limit: int) -> list[Waiting]:
    """Take waiting records out of the queue, in order."""
    return sorted(w.all(Waiting, "sealing", "take_unsealed", {"limit": limit}), key=lambda row: row.id)


def rows_of(r: Read, objects: Collection[str]) -> dict[str, Row]:
    """Return the rows of some objects by name, without those that no longer exist."""
    ids: dict[str, list[UUID]] = {"evidence": [], "step": [], "purge": [], "audit": []}
    for name in objects:
        kind, *rest = name.split(":")
        ids[kind].append(UUID(rest[1] if kind == "step" else rest[0]))
    found: list[Row] = [
        *r.all(EvidenceRow, "sealing", "evidence_rows", {"ids": ids["evidence"]}),
        *r.all(StepRow, "sealing", "step_rows", {"ids": ids["step"]}),
        *r.all(PurgeRow, "sealing", "purge_rows", {"ids": ids["purge"]}),
        *r.all(AuditRow, "sealing", "audit_rows", {"ids": ids["audit"]}),
    ]
    wanted = set(objects)
    return {name: row for row in found if (name := object_of(row)) in wanted}


def end_of_chain(r: Read, tenant_id: str) -> End | None:
    """Return the last link of a tenant's chain."""
    return r.one(End, "sealing", "end_of_chain", {"tenant_id": tenant_id})


def add_links(w: Write, links: Sequence[Link], *, tenant_id: str, day: date, at: datetime) -> None:
    """Append links to a tenant's chain."""
    columns = {
        "seqs": [link.seq for link in links],
        "entity_ids": [link.entity_id for link in links],
        "region_codes": [link.region_code for link in links],
        "objects": [link.object for link in links],
        "records": [link.record for link in links],
        "record_hashes": [link.record_hash for link in links],
        "chain_hashes": [link.chain_hash for link in links],
    }
    w.run("sealing", "add_links", {"tenant_id": tenant_id, "day": day, "at": at, **columns})


def open_days(r: Read, *, today: date, limit: int) -> list[tuple[str, date]]:
    """Return (tenant, day) of past days without a root."""
    return [(tenant, day) for tenant, day in r.tuples("sealing", "open_days", {"today": today, "limit": limit})]


def hashes_of_day(r: Read, *, tenant_id: str, day: date) -> list[tuple[int, str]]:
    """Return (seq, record hash) of a day, in order."""
    return [(seq, text) for seq, text in r.tuples("sealing", "hashes_of_day", {"tenant_id": tenant_id, "day": day})]


def close_day(w: Write, day: Day) -> None:
    """Store the root of a day."""
    params = {
        "tenant_id": day.tenant_id,
        "day": day.day,
        "first_seq": day.first_seq,
        "last_seq": day.last_seq,
        "root": day.root,
        "at": day.closed_at,
    }
    w.run("sealing", "close_day", params)


def days(r: Read, *, tenant_id: str, days: Collection[date] | None = None) -> list[Day]:
    """Return the roots of some days, or of all."""
    return r.all(Day, "sealing", "days", {"tenant_id": tenant_id, "days": None if days is None else list(days)})


def links_of(r: Read, *, tenant_id: str, objects: Collection[str]) -> list[Link]:
    """Return the links of some objects, in the order of the chain."""
    return r.all(Link, "sealing", "links_of", {"tenant_id": tenant_id, "objects": list(objects)})


def links_after(r: Read, *, tenant_id: str, after: int, limit: int) -> list[Link]:
    """Return a page of a tenant's chain, in order."""
    return r.all(Link, "sealing", "links_after", {"tenant_id": tenant_id, "after": after, "limit": limit})


def tenants(r: Read) -> list[str]:
    """Return the tenants that have a chain."""
    return [str(tenant) for (tenant,) in r.tuples("sealing", "tenants_with_chain")]


def unsealed_total(r: Read) -> int:
    """Return how many records wait to be sealed."""
    return int(r.value("sealing", "unsealed_total"))


def left_out(r: Read, *, tenant_id: str, limit: int) -> list[str]:
    """Return objects that are neither in the chain nor waiting for it."""
    return [str(name) for (name,) in r.tuples("sealing", "left_out", {"tenant_id": tenant_id, "limit": limit})]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """The RFC 3161 response of an authority over a day's root."""

    tenant_id: str
    day: date
    authority: str
    response: bytes
    stamped_at: datetime


def unstamped(r: Read, *, limit: int) -> list[Day]:
    """Return closed days without a timestamp, the oldest first."""
    return r.all(Day, "sealing", "unstamped", {"limit": limit})


def unstamped_total(r: Read) -> int:
    """Return the number of closed days without a timestamp."""
    return int(r.value("sealing", "unstamped_total"))


def add_stamp(w: Write, day: Day, *, authority: str, response: bytes, at: datetime) -> None:
    """Store the timestamp of a day; one that another worker stored first stays."""
    params = {"tenant_id": day.tenant_id, "day": day.day, "authority": authority, "response": response, "at": at}
    w.run("sealing", "add_stamp", params)


def stamps(r: Read, *, tenant_id: str, days: Collection[date]) -> list[Stamp]:
    """Return the timestamps of some days."""
    return r.all(Stamp, "sealing", "stamps", {"tenant_id": tenant_id, "days": list(days)})
