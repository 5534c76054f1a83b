"""A second look in the product: its crops are evidence, its answer is shown, and its faces never leave the store."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest

from alerts.findings.grouping import group_new_violations
from api.console.review.page import load_item, second_look_of
from ingest.clips.stills import read_still
from models.base.clock import SystemClock
from models.catalogue.terms import CopyKind, EvidenceKind
from models.domain.violations import Violation
from models.evidence.files import EvidenceFiles
from models.store import Store, clips, devices, evidence, violations
from tests.support.people import picture
from tests.support.world import TENANT, Kitchen, seed_world
from vision.judging.attributes import Looked
from vision.judging.detections import Detections
from vision.judging.judge import Opened
from vision.judging.rules import default_rules
from vision.pictures.decode import decode, encode
from vision.pictures.media import MediaMaker
from vision.pipeline.kept_frames import KeptFrames
from vision.pipeline.mailbox import Frame
from vision.pipeline.storing import Recorder

CROPS = np.random.default_rng(7).integers(0, 256, (160, 480, 3), np.uint8)
MODEL = {"name": "closeup-n", "version": "1", "sha256": "cd" * 32}


@pytest.fixture
def files(tmp_path: Path) -> EvidenceFiles:
    return EvidenceFiles(tmp_path)


@pytest.fixture
def kitchen(store: Store) -> Kitchen:
    return seed_world(store)[0]


def stored(store: Store, files: EvidenceFiles, kitchen: Kitchen, looked: Looked | None) -> Violation:
    rule, at = next(rule for rule in default_rules().rules if rule.code == "no_chef_hat"), datetime.now(UTC)
    recorder = Recorder(store=store, files=files, model={"name": "kitchen-n"}, rules_version=default_rules().version)
    with store.read() as r:
        route = devices.routes(r)[kitchen.camera]
    jpeg = picture("no_chef_hat")
    opened = Opened(
        rule=rule,
        started_s=at.timestamp(),
        at_s=at.timestamp(),
        score=0.9,
        shown=Detections.empty(),
        track_id=None,
        looked=looked,
    )
    frame = Frame(device_id=kitchen.camera, jpeg=jpeg, occurred_at=at, received_at=at)
    found = recorder.opened(opened, route, frame, decode(jpeg, long_side=512), at=at)
    assert found is not None
    with store.write() as w:
        group_new_violations(w, at=at)
        violation = violations.violation(w, found)
    assert violation is not None
    return violation


def looked() -> Looked:
    return Looked(answer="confirmed", share=0.93, crops=3, model=MODEL, jpeg=encode(CROPS))


def close_up_of(store: Store, violation: Violation) -> UUID:
    with store.read() as r:
        pieces = evidence.evidence_of(r, violation.evidence_ids)
    (piece,) = [piece for piece in pieces if piece.kind is EvidenceKind.close_up]
    return piece.id


def test_the_crops_are_evidence_and_the_answer_is_part_of_the_rule(
    store: Store, files: EvidenceFiles, kitchen: Kitchen
) -> None:
    violation = stored(store, files, kitchen, looked())
    assert len(violation.evidence_ids) == 3
    assert violation.rule["look"] == {
        "attribute": "head",
        "answer": "confirmed",
        "share": 0.93,
        "crops": 3,
        "model": MODEL,
    }
    with store.read() as r:
        piece = evidence.evidence(r, close_up_of(store, violation))
    assert piece is not None
    assert files.get(piece.sha256) == encode(CROPS)


def test_without_a_second_look_nothing_is_added(store: Store, files: EvidenceFiles, kitchen: Kitchen) -> None:
    violation = stored(store, files, kitchen, None)
    assert len(violation.evidence_ids) == 2
    assert "look" not in violation.rule


def test_the_reviewer_sees_the_crops_and_the_answer(store: Store, files: EvidenceFiles, kitchen: Kitchen) -> None:
    violation = stored(store, files, kitchen, looked())
    assert violation.alert_id is not None
    with store.read() as r:
        item = load_item(r, violation.alert_id)
    assert item is not None
    assert ("二次判别", "确认（93%）") in {(fact.name, fact.text) for fact in item.origins}
    (shown,) = item.pictures
    assert shown.close == close_up_of(store, violation)
    assert shown.boxed is not None


@pytest.mark.parametrize(
    ("look", "said"),
    [
        ({"answer": "unknown", "share": 0.5}, "无法判断（50%）"),
        ({"answer": "confirmed", "share": 1e300}, "确认"),
        ({"answer": "confirmed", "share": "<b>"}, "确认"),
        ({"answer": ["confirmed"]}, None),
        ({"answer": "<script>"}, None),
        ("confirmed", None),
        (None, None),
    ],
)
def test_an_edge_agent_may_report_a_look_in_any_form(look: object, said: str | None) -> None:
    assert [fact.text for fact in second_look_of({"look": look})] == ([] if said is None else [said])


def test_the_copy_with_hidden_faces_shows_nothing_of_the_crops(
    store: Store, files: EvidenceFiles, kitchen: Kitchen
) -> None:
    piece = close_up_of(store, stored(store, files, kitchen, looked()))

    def none() -> None:
        raise AssertionError("a close-up is hidden without looking for faces in it")

    maker = MediaMaker(store=store, files=files, kept=KeptFrames(), detector=none, clock=SystemClock(), tenant=TENANT)  # type: ignore[arg-type]
    with store.read() as r:
        wanted = clips.copy_of(r, piece, kind=CopyKind.redacted)
    assert wanted is not None
    content, mime = maker._made(wanted)
    assert mime == "image/jpeg"
    hidden = read_still(content).astype(np.int16)
    assert np.abs(np.diff(hidden, axis=0)).max() < 12  # 6 cells: no edge of the crops is left
    assert np.abs(np.diff(CROPS.astype(np.int16), axis=0)).max() > 200
