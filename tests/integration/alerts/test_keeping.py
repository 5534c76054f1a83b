"""Retention: what is over goes, what is held or open stays, and the store never fills."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from alerts.evidence.retention import compare, drop_orphans, keep
from alerts.hazards.lifecycle import Submission
from alerts.hazards.review import confirm, reject
from alerts.hazards.tasks import act
from models.base.errors import Conflict, NotFound
from models.base.ids import uuid7
from models.catalogue.terms import CopyKind, EvidenceKind, RejectReason, Role, TaskCommand
from models.changes.alerts import close_alert
from models.domain.access import Actor
from models.domain.alerts import Alert
from models.domain.evidence import Evidence
from models.domain.retention import KeepingSettings
from models.evidence.files import EvidenceFiles
from models.store import Store, clips, evidence, retention
from tests.support.people import raise_alert
from tests.support.world import TENANT, Kitchen, seed_world

CITY = Actor(name="city", role=Role.regulator)
OFFICER = Actor(name="officer", role=Role.enterprise)
NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=31)
RULES = KeepingSettings()


@pytest.fixture
def kitchen(store: Store) -> Kitchen:
    return seed_world(store)[0]


@pytest.fixture
def files(tmp_path: Path) -> EvidenceFiles:
    return EvidenceFiles(tmp_path)


def rejected(store: Store, files: EvidenceFiles, kitchen: Kitchen, code: str = "no_chef_hat") -> Alert:
    alert = raise_alert(store, files, kitchen, code)
    with store.write() as w:
        reject(w, alert.id, revision=1, by=CITY, at=NOW, reason=RejectReason.false_alarm, remark="")
    return alert


def after_photo(
    store: Store,
    files: EvidenceFiles,
    kitchen: Kitchen,
    content: bytes,
    *,
    kind: EvidenceKind = EvidenceKind.photo_after,
) -> UUID:
    photo = Evidence(
        id=uuid7(),
        tenant_id=TENANT,
        entity_id=kitchen.entity,
        region_code=kitchen.region,
        kind=kind,
        sha256=files.put(content),
        bytes=len(content),
        mime="image/jpeg",
        captured_at=NOW,
    )
    with store.write() as w:
        evidence.add_evidence(w, photo)
    return photo.id


def visit_photo(store: Store, files: EvidenceFiles, kitchen: Kitchen) -> UUID:
    photo = after_photo(store, files, kitchen, b"visit", kind=EvidenceKind.photo_visit)
    after_photo(store, files, kitchen, b"of no task")
    return photo


def gone(store: Store, evidence_id: UUID) -> str | None:
    with store.read() as r:
        purge = evidence.purge_of(r, evidence_id)
    return None if purge is None else purge.reason


def test_evidence_of_a_rejected_alert_goes_after_its_time_and_its_hash_stays(
    store: Store, files: EvidenceFiles, kitchen: Kitchen
) -> None:
    alert = rejected(store, files, kitchen)
    assert keep(store, files, RULES, at=NOW + timedelta(days=29)) == 0
    assert keep(store, files, RULES, at=LATER) == 2
    assert list(files.listing()) == []
    assert {gone(store, piece) for piece in alert.evidence_ids} == {"rejected"}
    with store.read() as r:
        assert len(evidence.evidence_of(r, alert.evidence_ids)[0].sha256) == 64
    assert keep(store, files, RULES, at=LATER) == 0


def test_a_confirmed_hazard_is_kept_while_its_task_is_open_and_two_years_after(
    store: Store, files: EvidenceFiles, kitchen: Kitchen
) -> None:
    alert = raise_alert(store, files, kitchen)
    with store.write() as w:
        confirm(w, alert.id, revision=1, by=CITY, at=NOW)
    assert keep(store, files, RULES, at=NOW + timedelta(days=4000)) == 0
    with store.write() as w:
        close_alert(w, alert.id, at=NOW)
    assert keep(store, files, RULES, at=NOW + timedelta(days=729)) == 0
    assert keep(store, files, RULES, at=NOW + timedelta(days=731)) == 2


def test_photos_of_a_cadres_visit_are_kept_as_long_as_hazards(
    store: Store, files: EvidenceFiles, kitchen: Kitchen
) -> None:
    photo = visit_photo(store, files, kitchen)
    assert keep(store, files, RULES, at=NOW + timedelta(days=729)) == 1, "the other photo belongs to nothing"
    assert gone(store, photo) is None
    assert keep(store, files, RULES, at=NOW + timedelta(days=731)) == 1
    assert gone(store, photo) == "loose"


def test_the_proof_of_a_returned_attempt_is_kept_as_long_as_its_hazard(
    store: Store, files: EvidenceFiles, kitchen: Kitchen
) -> None:
    alert = raise_alert(store, files, kitchen)
    with store.write() as w:
        _, task = confirm(w, alert.id, revision=1, by=CITY, at=NOW)
        act(w, task.id, TaskCommand.acknowledge, version=1, by=OFFICER, at=NOW)
    first, second = (after_photo(store, files, kitchen, content) for content in (b"blurred", b"clear"))
    with store.write() as w:
        proof = Submission(photos=((first, NOW),), measure="戴帽")
        act(w, task.id, TaskCommand.submit, version=2, by=OFFICER, at=NOW, submission=proof)
        act(w, task.id, TaskCommand.return_, version=3, by=CITY, at=NOW, reason="看不清")
        proof = Submission(photos=((second, NOW),), measure="戴帽")
        act(w, task.id, TaskCommand.submit, version=4, by=OFFICER, at=NOW, submission=proof)
    assert keep(store, files, RULES, at=NOW + timedelta(days=4000)) == 0
    with store.write() as w:
        act(w, task.id, TaskCommand.accept, version=5, by=CITY, at=NOW)
        retention.hold(w, alert.id, reason="立案 2026-17", by="legal", at=NOW)
    assert keep(store, files, RULES, at=NOW + timedelta(days=4000)) == 0
    with store.write() as w:
        retention.release(w, alert.id, by="legal", at=NOW)
    assert keep(store, files, RULES, at=NOW + timedelta(days=729)) == 0
    keep(store, files, RULES, at=NOW + timedelta(days=731))
    assert (gone(store, first), gone(store, second)) == ("hazard", "hazard")


def test_evidence_of_open_alerts_is_never_deleted(store: Store, files: EvidenceFiles, kitchen: Kitchen) -> None:
    raise_alert(store, files, kitchen)
    assert keep(store, files, RULES, at=NOW + timedelta(days=4000)) == 0


def test_a_legal_hold_outranks_the_time(store: Store, files: EvidenceFiles, kitchen: Kitchen) -> None:
    alert = rejected(store, files, kitchen)
    with store.write() as w:
        retention.hold(w, alert.id, reason="立案 2026-17", by="legal", at=NOW)
        with pytest.raises(Conflict):
            retention.hold(w, alert.id, reason="again", by="legal", at=NOW)
    assert keep(store, files, RULES, at=LATER) == 0
    with store.write() as w:
        retention.release(w, alert.id, by="legal", at=NOW)
        with pytest.raises(NotFound):
            retention.release(w, alert.id, by="legal", at=NOW)
    assert keep(store, files, RULES, at=LATER) == 2


def test_a_file_that_two_alerts_share_stays_for_the_one_that_needs_it(
    store: Store, files: EvidenceFiles, kitchen: Kitchen
) -> None:
    alert = rejected(store, files, kitchen)
    other = raise_alert(store, files, kitchen, "smoking")
    with store.write() as w:
        w.raw.execute(
            "UPDATE alert SET evidence_ids = evidence_ids || %s WHERE id = %s", [alert.evidence_ids[0], other.id]
        )
    keep(store, files, RULES, at=LATER)
    assert gone(store, alert.evidence_ids[0]) is None
    assert gone(store, alert.evidence_ids[1]) == "rejected"


def test_copies_go_with_their_original(store: Store, files: EvidenceFiles, kitchen: Kitchen) -> None:
    alert = rejected(store, files, kitchen)
    with store.write() as w:
        clips.want_copy(w, alert.evidence_ids[0], kind=CopyKind.redacted, at=NOW)
        copy = clips.take_copies(w, tenant_id=None, at=NOW, limit=1)[0]
        clips.copy_ready(w, copy, sha256=files.put(b"hidden"), size=6, mime="image/jpeg")
    keep(store, files, RULES, at=LATER)
    assert list(files.listing()) == []


def test_a_nearly_full_store_deletes_only_rejected_evidence_early(
    store: Store, files: EvidenceFiles, kitchen: Kitchen
) -> None:
    alert = rejected(store, files, kitchen)
    hazard = raise_alert(store, files, kitchen, "smoking")
    with store.write() as w:
        confirm(w, hazard.id, revision=1, by=CITY, at=NOW)
    used = sum(kept.bytes for kept in files.listing())
    assert keep(store, files, KeepingSettings(quota_bytes=used * 2), at=NOW) == 0
    keep(store, files, KeepingSettings(quota_bytes=used), at=NOW)
    assert {gone(store, piece) for piece in alert.evidence_ids} == {"quota, rejected"}
    assert {gone(store, piece) for piece in hazard.evidence_ids} == {None}


def test_database_and_store_are_compared_and_unreferenced_files_can_be_deleted(
    store: Store, files: EvidenceFiles, kitchen: Kitchen, tmp_path: Path
) -> None:
    alert = raise_alert(store, files, kitchen)
    orphan = files.put(b"left by a crash")
    assert compare(store, files, at=NOW).orphans == []  # too young: its transaction may be under way
    with store.read() as r:
        lost = evidence.evidence_of(r, alert.evidence_ids)[0]
    files.delete(lost.sha256)
    report = compare(store, files, at=NOW + timedelta(hours=2))
    assert (report.missing, report.orphans) == ([str(lost.id)], [orphan])
    assert drop_orphans(store, files, report) == 1
    assert not files.exists(orphan)
