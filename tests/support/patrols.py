"""Online patrols for tests: a watched camera, a kept picture, and a signed record."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from alerts.duties.patrols import CHECKLIST
from alerts.duties.visit_rules import checklist
from models.store import views
from tests.support.http import Rig, fresh_key
from tests.support.people import picture
from tests.support.world import Kitchen


def watched(rig: Rig, kitchen: Kitchen, key: str, *, at: datetime | None = None) -> None:
    """Have a kitchen's camera watched, with a present picture as the judge makes it."""
    now = datetime.now(UTC)
    assert rig.post("/v1/camera-views", key, json={"camera_ids": [kitchen.camera]}).status_code == 200
    with rig.store.write() as w:
        views.keep(w, device_id=kitchen.camera, jpeg=picture(kitchen.camera), captured_at=at or now, at=now)


def shot(rig: Rig, kitchen: Kitchen, key: str, **body: str) -> Any:  # noqa: ANN401 - an answer
    return rig.post(f"/v1/cameras/{kitchen.camera}/shots", key, json=body, headers=fresh_key())


def patrol_body(kitchen: Kitchen, shots: list[str], **change: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    now = datetime.now(UTC)
    rows = [{"code": code, "result": "ok"} for head in checklist(CHECKLIST) for code, _ in head.rows]
    return {
        "id": str(uuid4()),
        "site_id": kitchen.site,
        "started_at": (now - timedelta(minutes=5)).isoformat(),
        "ended_at": now.isoformat(),
        "answers": rows,
        "shot_ids": shots,
        "name": "陈监管",
        **change,
    }


def patrolled(rig: Rig, kitchen: Kitchen, key: str) -> dict[str, Any]:
    """Submit a patrol without problems."""
    watched(rig, kitchen, key)
    kept = shot(rig, kitchen, key)
    assert kept.status_code == 200, kept.text
    body = patrol_body(kitchen, [kept.json()["id"]])
    answer = rig.post("/v1/patrols", key, json=body, headers=fresh_key())
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found
