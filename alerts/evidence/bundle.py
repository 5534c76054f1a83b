"""The bundle of one task (电子存证包): files, records, proofs, trail, and a program that checks them offline."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from models.base.errors import EvidenceDamaged, NotFound, NotReady
from models.base.jsonio import dumps
from models.changes.leads import lead_state
from models.changes.states import alert_states, task_states, violation_states
from models.domain.alerts import Alert
from models.domain.tasks import RectificationTask, Transition
from models.evidence import verifier
from models.evidence.verifier import DAYS, FORMAT, MANIFEST, RECORDS, STAMPS, TRAIL, inclusion_proof, sealed
from models.store import Write, alerts, audit, evidence, leads, sealing, tasks, violations
from models.store.sealing import Day, Link

MOST_VIOLATIONS = 200
MOST_LEADS = 20
_SUFFIX = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "video/mp4": ".mp4"}
ReadFile = Callable[[str], bytes]
"""Reads a file of the evidence store by its sha256."""


def export_task(w: Write, task_id: UUID, *, read_file: ReadFile, by: str, at: datetime) -> bytes:
    """Return the bundle of a task, a ZIP archive. Each file in it is logged as an access to that file.

    Raises:
        NotFound: no such task.
        NotReady: some of its records are not sealed yet; try again in a few seconds.
    """
    task = tasks.task(w, task_id)
    alert = None if task is None else alerts.alert(w, task.alert_id)
    if task is None or alert is None:
        raise NotFound(f"no task {task_id}")
    sent = leads.leads(w, before=None, limit=MOST_LEADS, task_id=task.id)
    steps = [
        *tasks.transitions(w, object_kind="alert", object_id=alert.id),
        *tasks.transitions(w, object_kind="task", object_id=task.id),
        *(step for lead in sent for step in tasks.transitions(w, object_kind="lead", object_id=lead.id)),
    ]
    seen = violations.violations(w, limit=MOST_VIOLATIONS, alert_id=alert.id)
    ids = {piece for row in seen for piece in row.evidence_ids} | set(alert.evidence_ids) | set(task.proof_ids)
    ids |= {piece for step in steps for piece in step.evidence_ids}
    links = _links(w, task.tenant_id, ids, steps)
    days = {day.day: day for day in sealing.days(w, tenant_id=task.tenant_id, days={link.day for link in links})}
    stamps = sealing.stamps(w, tenant_id=task.tenant_id, days=days)
    files, missing = _files(w, sorted(ids), read_file, by=by)
    trail = {
        "task": task_states(w, [task])[0],
        "alert": alert_states(w, [alert])[0],
        "violations": violation_states(w, seen),
        "leads": [lead_state(lead) for lead in sent],
        "steps": [_step(step) for step in steps],
        "catalogue": {"alert": alert.catalogue, "task": task.catalogue},
    }
    entries = {
        TRAIL: dumps(trail).encode(),
        RECORDS: b"".join(_record(w, link, days.get(link.day)) for link in links),
        DAYS: dumps({str(day.day): _day(day) for day in days.values()}).encode(),
        **{f"{STAMPS}{stamp.day}.tsr": stamp.response for stamp in stamps},
        "verify.py": Path(verifier.__file__).read_bytes(),
        **files,
    }
    return sealed(_archive(entries, _about(task, alert, missing, by=by, at=at)))


def _links(w: Write, tenant_id: str, ids: Iterable[UUID], steps: list[Transition]) -> list[Link]:
    wanted = {f"evidence:{piece}" for piece in ids}
    wanted |= {f"step:{step.object}:{step.object_id}:{step.version}" for step in steps}
    purges = {f"purge:{piece}" for piece in ids if evidence.purge_of(w, piece) is not None}
    links = sealing.links_of(w, tenant_id=tenant_id, objects=sorted(wanted | purges))
    lacking = (wanted | purges) - {link.object for link in links}
    if lacking:
        raise NotReady(f"{len(lacking)} records are not sealed yet, {min(lacking)} for one; try again in a few seconds")
    return links


def _record(w: Write, link: Link, day: Day | None) -> bytes:
    proof = None
    if day is not None:
        hashes = [text for _, text in sealing.hashes_of_day(w, tenant_id=link.tenant_id, day=link.day)]
        proof = inclusion_proof(hashes, link.seq - day.first_seq)
    line = {
        "seq": link.seq,
        "day": str(link.day),
        "record": json.loads(link.record),
        "record_hash": link.record_hash,
        "chain_hash": link.chain_hash,
        "previous": link.previous,
        "proof": proof,
    }
    return json.dumps(line, ensure_ascii=False).encode() + b"\n"


def _files(w: Write, ids: list[UUID], read_file: ReadFile, *, by: str) -> tuple[dict[str, bytes], dict[str, str]]:
    files: dict[str, bytes] = {}
    missing: dict[str, str] = {}
    audit.act_as(w, by)
    for piece in evidence.evidence_of(w, ids):
        purged = evidence.purge_of(w, piece.id)
        if purged is not None:
            missing[piece.sha256] = f"deleted at {purged.purged_at:%Y-%m-%d %H:%M} UTC: {purged.reason}"
            continue
        try:
            files[f"files/{piece.sha256}{_SUFFIX.get(piece.mime, '')}"] = read_file(piece.sha256)
        except (NotFound, EvidenceDamaged) as error:
            missing[piece.sha256] = f"not readable in the evidence store: {error.code}"
        else:
            evidence.note_look(w, piece, copy="original", exported=True)
    return files, missing


def _archive(entries: dict[str, bytes], about: dict[str, Any]) -> bytes:
    manifest = {**about, "entries": {name: hashlib.sha256(body).hexdigest() for name, body in entries.items()}}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in {MANIFEST: dumps(manifest).encode(), **entries}.items():
            archive.writestr(name, body)
    return out.getvalue()


def _about(task: RectificationTask, alert: Alert, missing: dict[str, str], *, by: str, at: datetime) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "made_at": at.isoformat(),
        "made_by": by,
        "tenant": task.tenant_id,
        "task": str(task.id),
        "alert": str(alert.id),
        "missing": missing,
    }


def _day(day: Day) -> dict[str, Any]:
    return {"first_seq": day.first_seq, "last_seq": day.last_seq, "root": day.root}


def _step(step: Transition) -> dict[str, Any]:
    return {
        "object": step.object,
        "version": step.version,
        "at": step.at.isoformat(),
        "actor": step.actor,
        "command": step.command,
        "from": step.from_state,
        "to": step.to_state,
        "reason": step.reason,
        "evidence_ids": [str(piece) for piece in step.evidence_ids],
    }
