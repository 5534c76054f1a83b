"""A violation has the severity in force at its camera, and does not open if its check is off."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest

from alerts.findings.grouping import group_new_violations
from models.catalogue.codes import VIOLATIONS_VERSION
from models.catalogue.terms import Severity
from models.evidence.files import EvidenceFiles
from models.store import Store, alerts, devices, violations
from tests.support.overrides import end_it, override
from tests.support.people import picture
from tests.support.world import Kitchen, seed_world
from vision.judging.detections import Detections
from vision.judging.judge import Opened
from vision.judging.rules import default_rules
from vision.pictures.decode import decode
from vision.pipeline.mailbox import Frame
from vision.pipeline.storing import Recorder

AT = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
NOTHING = Detections(boxes=np.zeros((0, 4), np.float32), scores=np.zeros(0, np.float32), names=())


@pytest.fixture
def recorder(store: Store, tmp_path: Path) -> Recorder:
    model = {"name": "kitchen-n", "version": "1", "sha256": "ab" * 32}
    return Recorder(store=store, files=EvidenceFiles(tmp_path), model=model, rules_version=default_rules().version)


def opened(recorder: Recorder, kitchen: Kitchen, code: str = "no_chef_hat", *, at: datetime = AT) -> UUID | None:
    rule = next(rule for rule in default_rules().rules if rule.code == code)
    with recorder.store.read() as r:
        route = devices.routes(r)[kitchen.camera]
    jpeg = picture(code)
    frame = Frame(device_id=kitchen.camera, jpeg=jpeg, occurred_at=at, received_at=at)
    seen = Opened(rule=rule, started_s=at.timestamp(), at_s=at.timestamp(), score=0.9, shown=NOTHING, track_id=None)
    return recorder.opened(seen, route, frame, decode(jpeg, long_side=512), at=at)


def severities(store: Store, violation_id: UUID | None) -> tuple[Severity, Severity, object]:
    """Return the severities of the violation and its alert, and what the alert stores of the catalogue."""
    assert violation_id is not None
    with store.write() as w:
        group_new_violations(w, at=AT)
        violation = violations.violation(w, violation_id)
        assert violation is not None
        assert violation.alert_id is not None
        alert = alerts.alert(w, violation.alert_id)
        assert alert is not None
    return violation.severity, alert.severity, alert.catalogue


def test_the_next_violation_and_its_alert_have_the_overridden_severity(store: Store, recorder: Recorder) -> None:
    a, b = seed_world(store)
    raised = override(store, "no_chef_hat", at=AT, region_code=a.region, severity=Severity.critical)
    remembered = {
        "version": VIOLATIONS_VERSION,
        "overrides": [{"id": str(raised.id), "level": "region", "values": ["severity"]}],
    }
    assert severities(store, opened(recorder, a)) == (Severity.critical, Severity.critical, remembered)
    assert severities(store, opened(recorder, b))[:2] == (Severity.minor, Severity.minor)
    with store.write() as w:
        w.raw.execute("UPDATE alert SET closed_at = %s", [AT - timedelta(days=1)])
    end_it(store, raised, at=AT + timedelta(minutes=1))
    later = opened(recorder, a, at=AT + timedelta(minutes=2))
    assert severities(store, later) == (Severity.minor, Severity.minor, {"version": VIOLATIONS_VERSION})


def test_a_check_that_is_off_opens_no_violation(store: Store, recorder: Recorder) -> None:
    a, b = seed_world(store)
    off = override(store, "phone_use", at=AT, entity_id=a.entity, watched=False)
    assert opened(recorder, a, "phone_use") is None
    assert opened(recorder, b, "phone_use") is not None
    assert opened(recorder, a, "smoking") is not None
    end_it(store, off, at=AT + timedelta(minutes=1))
    assert opened(recorder, a, "phone_use", at=AT + timedelta(minutes=2)) is not None


def test_outside_its_hours_a_code_opens_no_violation(store: Store, recorder: Recorder) -> None:
    a, _ = seed_world(store)
    override(store, "phone_use", at=AT, device_id=a.camera, hours=(time(13), time(18)))
    assert opened(recorder, a, "phone_use") is None
    assert opened(recorder, a, "phone_use", at=AT + timedelta(hours=2)) is not None
