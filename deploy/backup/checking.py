"""Check a backup as it lies in its folder, and a database that was restored from one."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from alerts.evidence import sealing
from alerts.evidence.digests import BLOCK, end_of, leaf_of, root_of
from deploy.backup.errors import BackupError
from deploy.backup.manifest import DUMP, KEYS, LIST, OTHER_BACKUP, Manifest, require_piece
from deploy.backup.shelf import NO_FILE, Shelf, entries_in
from models.base.errors import EvidenceDamaged, NotFound
from models.domain.digests import FeedDay, PublicKey
from models.evidence.signing import is_signed
from models.evidence.verifier import canonical
from models.store import Read, backup, digests
from models.store import sealing as sealed

PAGE = 200
LARGEST_FILE = 2**30
"""More than any evidence file has; what is larger is not read into memory."""


def check_backup(shelf: Shelf, name: str) -> Manifest:
    """Check every byte of a backup against its manifest.

    Raises:
        BackupError: `backup_damaged`, `backup_incomplete` with what and where.
    """
    folder = shelf.root / name
    manifest = Manifest.read(folder)
    if manifest.name != name:
        raise BackupError("backup_damaged", f"{folder} holds the manifest of backup {manifest.name}", OTHER_BACKUP)
    require_piece(folder / DUMP, manifest.dump)
    require_piece(folder / LIST, manifest.list)
    if manifest.keys is not None:
        require_piece(folder / KEYS, manifest.keys)
    _check_files(shelf, folder / LIST, manifest)
    return manifest


def _check_files(shelf: Shelf, listed: Path, manifest: Manifest) -> None:
    gaps, held, files = {gap.sha256 for gap in manifest.gaps}, 0, shelf.files
    for entry in entries_in(listed):
        if entry.sha256 in gaps:
            continue
        size = shelf.size_of(entry.sha256) or 0
        if size == NO_FILE or size > LARGEST_FILE:
            found = "something else" if size == NO_FILE else f"{size} bytes"
            where = f"evidence file {entry.sha256} in {shelf.root / 'files'}: expected a file, found {found}"
            raise BackupError("backup_damaged", where, OTHER_BACKUP)
        try:
            files.get(entry.sha256)
        except NotFound:
            where = f"evidence file {entry.sha256} of evidence {entry.evidence} is missing in {shelf.root / 'files'}"
            raise BackupError("backup_incomplete", where, OTHER_BACKUP) from None
        except EvidenceDamaged:
            where = f"evidence file {entry.sha256} of evidence {entry.evidence} in {shelf.root / 'files'} was changed"
            raise BackupError("backup_damaged", where, OTHER_BACKUP) from None
        held += 1
    if held != manifest.files:
        raise BackupError("backup_damaged", f"{listed} names {held} files, expected {manifest.files}", OTHER_BACKUP)


def differences(r: Read, manifest: Manifest) -> Iterator[str]:
    """Yield a sentence for each way in which a restored database differs from what was backed up."""
    found = backup.feed(r)
    for what in ("events", "first", "last", "fingerprint"):
        here, there = getattr(found, what), getattr(manifest.feed, what)
        if here != there:
            yield f"feed: {what} is {here}, expected {there}"
    heads = {head.tenant_id: (head.seq, head.chain_hash) for head in backup.chain_heads(r)}
    expected = {tenant: (end.seq, end.chain_hash) for tenant, end in manifest.chains.items()}
    for tenant in sorted({*heads, *expected}):
        if heads.get(tenant) != expected.get(tenant):
            yield f"evidence chain of {tenant}: ends at {heads.get(tenant)}, expected {expected.get(tenant)}"


def breaks(r: Read) -> Iterator[str]:
    """Yield a sentence for each fault of the evidence chain and of the feed's digests."""
    for tenant in sealed.tenants(r):
        for broken in sealing.breaks(r, tenant_id=tenant):
            yield f"evidence chain of {tenant}: {broken}"
    keys = {key.id: key for key in digests.keys(r)}
    earliest = backup.feed(r).first
    before: tuple[date, str] | None = None
    while page := digests.days(r, within="", limit=PAGE, before=before):
        for day in page:
            wrong = _wrong(r, day, keys, earliest)
            if wrong:
                yield f"digest of {day.region_code} for {day.day}: {wrong}"
        before = (page[-1].day, page[-1].region_code)


def _wrong(r: Read, day: FeedDay, keys: dict[str, PublicKey], earliest: int) -> str | None:
    leaves = digests.leaves(r, region_code=day.region_code, day=day.day)
    if root_of(leaves) != day.root:
        return "its root is not that of its events"
    if day.key_id is not None:
        key = keys.get(day.key_id)
        if key is None or not is_signed(canonical(day.statement()), day.signature or "", key.public_pem):
            return "its signature is wrong"
    if day.first_seq < earliest:
        return None  # the feed has let the events of that day go
    return None if _leaves_of_events(r, day) == leaves else "its events have changed"


def _leaves_of_events(r: Read, day: FeedDay) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    begin, end, after = end_of(day.day - timedelta(days=1)), end_of(day.day), 0
    while page := digests.events_of_day(
        r, tenant_id=day.tenant_id, region_code=day.region_code, begin=begin, end=end, after=after, limit=BLOCK
    ):
        found += [leaf_of(event) for event in page]
        after = page[-1].seq
    return found
