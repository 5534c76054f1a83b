"""Store an uploaded clip as evidence of its violation and its alert, in one call."""

from collections.abc import Collection
from datetime import datetime

from models.catalogue.terms import CopyKind
from models.changes import alerts, violations
from models.domain.clips import ClipRequest
from models.domain.evidence import Evidence
from models.store import clips, evidence
from models.store.connect import Write


def store_clip(w: Write, clip: ClipRequest, file: Evidence, *, copies: Collection[CopyKind], at: datetime) -> bool:
    """Store a clip's file and request its copies; return False, and change nothing, if another process was faster."""
    known = clips.for_update(w, clip.id)
    if known is None or known.evidence_id is not None:
        return False
    evidence.add_evidence(w, file)  # first, because the request refers to it
    if not clips.is_ready(w, clip.id, evidence_id=file.id, at=at):
        return False
    for kind in copies:
        clips.want_copy(w, file.id, kind=kind, at=at)
    violation = violations.attach_evidence(w, clip.violation_id, file.id, at=at)
    # An alert that later counts this violation copies its evidence.
    if violation is not None and violation.alert_id is not None:
        alerts.attach_evidence(w, violation.alert_id, file.id, at=at)
    return True
