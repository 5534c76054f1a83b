"""A clip that was uploaded becomes evidence of its violation and of its alert, in one call."""

from collections.abc import Collection
from datetime import datetime

from models.catalogue.terms import CopyKind
from models.changes import alerts, violations
from models.domain.clips import ClipRequest
from models.domain.evidence import Evidence
from models.store import clips, evidence
from models.store.connect import Write


def store_clip(w: Write, clip: ClipRequest, file: Evidence, *, copies: Collection[CopyKind], at: datetime) -> bool:
    """Store the file of a clip and ask for its copies; False, with nothing changed, when somebody else was faster."""
    known = clips.for_update(w, clip.id)
    if known is None or known.evidence_id is not None:
        return False
    evidence.add_evidence(w, file)  # first: the request refers to it
    if not clips.is_ready(w, clip.id, evidence_id=file.id, at=at):
        return False
    for kind in copies:
        clips.want_copy(w, file.id, kind=kind, at=at)
    violation = violations.attach_evidence(w, clip.violation_id, file.id, at=at)
    # A violation without an alert takes its evidence along when one takes it up.
    if violation is not None and violation.alert_id is not None:
        alerts.attach_evidence(w, violation.alert_id, file.id, at=at)
    return True
