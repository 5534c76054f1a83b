"""The chain of evidence: sealed in order, a tampered row, link or bundle is found and named."""

import io
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from alerts.evidence.bundle import export_task
from alerts.evidence.sealing import breaks, close_days, seal
from alerts.hazards import review
from alerts.hazards.lifecycle import Submission
from alerts.hazards.tasks import act
from models.base.errors import NotReady
from models.base.ids import uuid7
from models.catalogue.terms import EvidenceKind, Role, TaskCommand
from models.domain.access import Actor
from models.domain.evidence import Evidence
from models.domain.place import owner_of
from models.domain.tasks import RectificationTask
from models.evidence.files import EvidenceFiles
from models.evidence.verifier import Broken, verify
from models.store import Store, evidence, retention, sealing
from tests.support.people import raise_alert
from tests.support.world import TENANT, Kitchen, seed_world

AT = datetime(2026, 9, 1, 8, tzinfo=UTC)
REGULATOR = Actor(name="regulator", role=Role.regulator)
OFFICER = Actor(name="officer", role=Role.enterprise)


@pytest.fixture
def files(tmp_path: Path) -> EvidenceFiles:
    return EvidenceFiles(tmp_path / "evidence")


@pytest.fixture
def kitchen(store: Store) -> Kitchen:
    return seed_world(store)[0]


@pytest.fixture
def task(store: Store, files: EvidenceFiles, kitchen: Kitchen) -> RectificationTask:
    """A closed task: two stills, a photo as proof, five steps."""
    alert = raise_alert(store, files, kitchen, "rodent", at=AT)
    with store.write() as w:
        _, task = review.confirm(w, alert.id, revision=1, by=REGULATOR, at=AT)
        content = b"proof " * 200
        photo = Evidence(
            **owner_of(task),
            id=uuid7(),
            kind=EvidenceKind.photo_after,
            sha256=files.put(content),
            bytes=len(content),
            mime="image/jpeg",
            captured_at=AT,
            detail={"width": 4, "share": 0.25},
        )
        evidence.add_evidence(w, photo)
        proof = Submission(photos=((photo.id, AT),), measure="封堵鼠洞")
        act(w, task.id, TaskCommand.acknowledge, version=1, by=OFFICER, at=AT)
        act(w, task.id, TaskCommand.submit, version=2, by=OFFICER, at=AT, submission=proof)
        return act(w, task.id, TaskCommand.accept, version=3, by=REGULATOR, at=AT)


def sweep(store: Store, *, at: datetime = AT) -> int:
    done = 0
    while True:
        with store.write() as w:
            count = seal(w, at=at, limit=3)
        if not count:
            return done
        done += count


def exported(store: Store, files: EvidenceFiles, task: RectificationTask) -> bytes:
    with store.write() as w:
        return export_task(w, task.id, read_file=files.get, by="operator", at=AT)


def broken(store: Store) -> list[str]:
    with store.read() as r:
        return list(breaks(r, tenant_id=TENANT))


def tamper(database_url: str, statement: str) -> None:
    """Change data with the owner's rights, bypassing every trigger."""
    with psycopg.connect(database_url) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute(statement.encode())


def test_everything_is_sealed_once_and_in_order(store: Store, task: RectificationTask) -> None:
    assert sweep(store) == 3 + 5
    assert sweep(store) == 0
    with store.read() as r:
        links = sealing.links_after(r, tenant_id=TENANT, after=0, limit=100)
    assert [link.seq for link in links] == list(range(1, 9))
    assert {link.object.split(":")[0] for link in links} == {"evidence", "step"}
    assert broken(store) == []


def test_after_a_crash_of_the_sealer_nothing_is_lost_or_doubled(store: Store, task: RectificationTask) -> None:
    with suppress(KeyboardInterrupt), store.write() as w:
        seal(w, at=AT)
        raise KeyboardInterrupt
    assert sweep(store) == 8
    assert broken(store) == []


def test_setting_the_clock_back_does_not_reopen_a_day(store: Store, task: RectificationTask, kitchen: Kitchen) -> None:
    with store.write() as w:
        seal(w, at=AT + timedelta(days=3), limit=4)
    sweep(store, at=AT)
    with store.write() as w:
        assert close_days(w, at=AT + timedelta(days=4)) == 1
    assert broken(store) == []


def test_no_database_role_can_change_the_chain(store: Store, api_store: Store, task: RectificationTask) -> None:
    sweep(store)
    for statement in (
        "UPDATE evidence_chain SET record = '{}'",
        "DELETE FROM evidence_chain",
        "DELETE FROM evidence_day",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), store.write() as w:
            w.raw.execute(statement)
        with pytest.raises(psycopg.errors.InsufficientPrivilege), api_store.write() as w:
            w.raw.execute(statement)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE transition SET reason = '另一个' WHERE command = 'submit'", "changed since it was sealed"),
        ("UPDATE evidence SET sha256 = repeat('0', 64) WHERE kind = 'photo_after'", "changed since it was sealed"),
        ("UPDATE evidence_chain SET record = replace(record, 'regulator', 'somebody') WHERE seq = 4", "record 4"),
        ("UPDATE evidence_chain SET chain_hash = repeat('a', 64) WHERE seq = 2", "record 2"),
        ("DELETE FROM evidence_chain WHERE seq = 5", "record 5 is missing"),
        ("DELETE FROM transition WHERE command = 'accept'", "no longer in the database"),
        ("UPDATE evidence_day SET root = repeat('b', 64)", "Merkle root of its records differs"),
        (
            "DELETE FROM evidence_chain WHERE seq = 8",
            "Merkle root of its records differs",
        ),
    ],
)
def test_a_tampered_row_or_link_is_found_and_named(
    store: Store, database_url: str, task: RectificationTask, statement: str, said: str
) -> None:
    sweep(store)
    with store.write() as w:
        close_days(w, at=AT + timedelta(days=1))
    assert broken(store) == []
    tamper(database_url, statement)
    assert said in broken(store)[0]


def test_a_bundle_is_checked_offline_by_the_program_inside_it(
    store: Store, files: EvidenceFiles, task: RectificationTask, tmp_path: Path
) -> None:
    with pytest.raises(NotReady):
        exported(store, files, task)
    sweep(store)
    with store.write() as w:
        close_days(w, at=AT + timedelta(days=1))
    bundle = exported(store, files, task)
    said = "\n".join(verify(bundle))
    assert "8 records are intact; 8 of them are proven by the Merkle root" in said
    assert "3 files have the sha256" in said
    path = tmp_path / "bundle.zip"
    path.write_bytes(bundle)
    with zipfile.ZipFile(path) as archive:
        (tmp_path / "verify.py").write_bytes(archive.read("verify.py"))
    alone = [sys.executable, "-I", "-S", str(tmp_path / "verify.py"), str(path)]
    ran = subprocess.run(alone, capture_output=True, text=True, check=False, cwd="/")
    assert ran.returncode == 0, ran.stdout
    path.write_bytes(bundle[:200] + b"\x00" + bundle[201:])
    assert subprocess.run(alone, capture_output=True, text=True, check=False, cwd="/").returncode == 1


def test_a_thousand_changed_bytes_are_found(store: Store, files: EvidenceFiles, task: RectificationTask) -> None:
    sweep(store)
    bundle = exported(store, files, task)
    dice = random.Random(7)
    found = 0
    for _ in range(1000):
        at = dice.randrange(len(bundle))
        changed = bytearray(bundle)
        changed[at] ^= dice.randrange(1, 256)
        try:
            verify(bytes(changed))
        except Broken:
            found += 1
    assert found == 1000


def repacked(bundle: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """Return the bundle with changed entries and a new digest, as a careful forger would make it."""
    from models.evidence.verifier import sealed  # noqa: PLC0415 - a forger has the code, too

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(bundle)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            body = change(name, old.read(name))
            if body is not None:
                new.writestr(name, body)
    return sealed(out.getvalue())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda name, body: b"other" if name.endswith(".jpg") else body, "does not have the sha256"),
        (lambda name, body: body.replace(b"regulator", b"somebody!") if name == "trail.json" else body, "trail.json"),
        (lambda name, body: None if name.endswith(".jpg") else body, "can't be read"),
    ],
)
def test_a_forged_bundle_names_its_first_broken_part(
    store: Store, files: EvidenceFiles, task: RectificationTask, change: Callable[[str, bytes], bytes | None], said: str
) -> None:
    sweep(store)
    with pytest.raises(Broken, match=said):
        verify(repacked(exported(store, files, task), change))


def test_a_purged_file_is_reported_and_is_no_error(store: Store, files: EvidenceFiles, task: RectificationTask) -> None:
    with store.write() as w:
        piece = evidence.evidence_of(w, list(task.proof_ids))[0]
        retention.purge(w, [piece.id], reason="期满", at=AT)
    sweep(store)
    said = "\n".join(verify(exported(store, files, task)))
    assert f"file {piece.sha256} is not in the bundle: deleted at" in said
    assert "2 files have the sha256" in said
