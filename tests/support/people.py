"""People and keys of both districts, and findings for them to work on."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import cv2
import numpy as np

from alerts.findings.grouping import group_new_violations
from api.access.credentials import hash_password, make_api_key
from models.base.ids import uuid7
from models.catalogue.codes import violation_code
from models.catalogue.terms import EvidenceKind, Review, Role, ViolationState, Zone
from models.changes.violations import open_violation
from models.domain.access import ApiKey, User
from models.domain.alerts import Alert
from models.domain.evidence import Evidence
from models.domain.violations import Violation
from models.events.envelope import OutboxEvent
from models.evidence.files import EvidenceFiles
from models.store import Store, access, alerts, devices, evidence, feed, violations
from tests.support.world import TENANT, Kitchen

PASSWORD = "correct horse battery"
_HASH = hash_password(PASSWORD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Complete API keys, by owner."""

    regulator_a: str
    regulator_b: str
    city: str
    enterprise_a: str
    enterprise_b: str
    platform_b: str
    admin: str


def add_users(store: Store, a: Kitchen, b: Kitchen) -> None:
    """Log-ins `regulator-a`, `enterprise-a`, `platform-a`, the same for b, `city` and `admin`, all with PASSWORD."""
    for key, kitchen in (("a", a), ("b", b)):
        add_user(store, f"regulator-{key}", Role.regulator, region=kitchen.region)
        add_user(store, f"platform-{key}", Role.platform, region=kitchen.region)
        add_user(store, f"enterprise-{key}", Role.enterprise, entity=kitchen.entity)
    add_user(store, "city", Role.regulator, region="3306")
    add_user(store, "admin", Role.admin)


def add_user(
    store: Store,
    login: str,
    role: Role,
    *,
    region: str | None = None,
    entity: UUID | None = None,
    group: UUID | None = None,
) -> None:
    with store.write() as w:
        access.add_user(w, replace(user_of(login, role, region=region, entity=entity), group_id=group))


def user_of(login: str, role: Role, *, region: str | None = None, entity: UUID | None = None) -> User:
    """A user whose password is PASSWORD, not stored."""
    return User(
        id=uuid7(),
        login=login,
        name=f"用户{login}",
        password_hash=_HASH,
        role=role,
        tenant_id=TENANT,
        region_prefix=region,
        entity_id=entity,
        person_id=None,
        disabled_at=None,
    )


def add_keys(store: Store, a: Kitchen, b: Kitchen) -> Keys:
    return Keys(
        regulator_a=add_key(store, Role.regulator, region=a.region),
        regulator_b=add_key(store, Role.regulator, region=b.region),
        city=add_key(store, Role.regulator, region="3306"),
        enterprise_a=add_key(store, Role.enterprise, entity=a.entity),
        enterprise_b=add_key(store, Role.enterprise, entity=b.entity),
        platform_b=add_key(store, Role.platform, region=b.region),
        admin=add_key(store, Role.admin),
    )


def add_key(
    store: Store,
    role: Role,
    *,
    region: str | None = None,
    entity: UUID | None = None,
    group: UUID | None = None,
    life: timedelta = timedelta(days=30),
) -> str:
    prefix, digest, shown = make_api_key()
    found = ApiKey(
        prefix=prefix,
        secret_sha256=digest,
        name=f"{role} {region or entity or ''}",
        role=role,
        tenant_id=TENANT,
        region_prefix=region,
        entity_id=entity,
        group_id=group,
        expires_at=datetime.now(UTC) + life,
        revoked_at=None,
    )
    with store.write() as w:
        access.add_key(w, found)
    return shown


def picture(text: str, *, boxed: bool = False) -> bytes:
    """Return a simulated still as JPEG."""
    canvas = np.full((540, 960, 3), (88, 96, 92), np.uint8)
    cv2.rectangle(canvas, (0, 380), (960, 540), (150, 158, 150), -1)
    cv2.circle(canvas, (480, 190), 50, (150, 180, 215), -1)
    cv2.rectangle(canvas, (410, 245), (550, 470), (240, 240, 240), -1)
    cv2.putText(canvas, text, (30, 50), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (255, 255, 255), 2)
    if boxed:
        cv2.rectangle(canvas, (420, 130), (540, 250), (40, 40, 230), 3)
    return bytes(cv2.imencode(".jpg", canvas)[1])


def raise_alert(
    store: Store, files: EvidenceFiles, kitchen: Kitchen, code: str = "no_chef_hat", *, at: datetime | None = None
) -> Alert:
    """Store a violation with both stills, grouped into its alert and numbered in the feed."""
    alert = find(store, files, kitchen, code, at=at)
    assert alert is not None
    return alert


def find(
    store: Store,
    files: EvidenceFiles,
    kitchen: Kitchen,
    code: str = "no_chef_hat",
    *,
    at: datetime | None = None,
    score: float = 0.875,
    corner: tuple[float, float] = (0.4375, 0.25),
) -> Alert | None:
    """As `raise_alert`, with a score and the corner of its box; None if the violation raises no alert."""
    at = at or datetime.now(UTC)
    with store.write() as w:
        device = devices.device(w, kitchen.camera)
        assert device is not None
        ids = []
        for kind in (EvidenceKind.still_clean, EvidenceKind.still_annotated):
            content = picture(f"{kitchen.camera} {code}", boxed=kind is EvidenceKind.still_annotated)
            piece = Evidence(
                id=uuid7(),
                tenant_id=TENANT,
                entity_id=kitchen.entity,
                region_code=kitchen.region,
                kind=kind,
                sha256=files.put(content),
                bytes=len(content),
                mime="image/jpeg",
                captured_at=at,
            )
            evidence.add_evidence(w, piece)
            ids.append(piece.id)
        violation = replace(_violation(kitchen, code, device.zone, tuple(ids), at), score=score)
        violation = replace(violation, boxes=[{**violation.boxes[0], "x": corner[0], "y": corner[1]}])
        open_violation(w, violation, at=at)
        group_new_violations(w, at=at)
        stored = violations.violation(w, violation.id)
        assert stored is not None
        alert = None if stored.alert_id is None else alerts.alert(w, stored.alert_id)
    number_feed(store)
    return alert


def feed_event(kitchen: Kitchen, what: str = "mingchu.task.dispatched") -> OutboxEvent:
    """An event about a kitchen."""
    at = datetime.now(UTC)
    return OutboxEvent(
        event_id=uuid7(),
        tenant_id=TENANT,
        entity_id=kitchen.entity,
        region_code=kitchen.region,
        source=f"/t/{TENANT}/s/{kitchen.site}/d/_",
        type=what,
        time=at,
        occurred_at=at,
        received_at=at,
        late=False,
        data={"version": 1},
    )


def announced(store: Store, *events: OutboxEvent) -> None:
    """Put events into the feed."""
    with store.write() as w:
        for each in events:
            feed.announce(w, each)
    number_feed(store)


def announce_task(store: Store, kitchen: Kitchen, count: int = 1) -> None:
    """Put events about a kitchen into the feed."""
    announced(store, *(feed_event(kitchen) for _ in range(count)))


def number_feed(store: Store) -> None:
    """Run one pass of the alerts role."""
    with store.write() as w:
        while feed.sequence(w):
            pass


def _violation(kitchen: Kitchen, code: str, zone: Zone, evidence_ids: tuple[UUID, ...], at: datetime) -> Violation:
    return Violation(
        id=uuid7(),
        tenant_id=TENANT,
        entity_id=kitchen.entity,
        region_code=kitchen.region,
        site_id=kitchen.site,
        device_id=kitchen.camera,
        code=code,
        zone=zone,
        severity=violation_code(code).severity_in(zone),
        track_id=1,
        state=ViolationState.active,
        review=Review.unreviewed,
        started_at=at,
        ended_at=None,
        occurred_at=at,
        received_at=at,
        score=0.875,
        boxes=[{"name": "bare_head", "score": 0.875, "x": 0.4375, "y": 0.25, "w": 0.125, "h": 0.25}],
        model={"name": "kitchen-n", "version": "1", "sha256": "ab" * 32},
        rule={"id": code, "version": "1"},
        evidence_ids=evidence_ids,
        alert_id=None,
        version=1,
    )
