"""Drawn photos as evidence, each of which says that it is simulated."""

from datetime import datetime

from deploy.demo.drawing import drawn_photo
from models.base.ids import uuid7
from models.catalogue.terms import EvidenceKind
from models.domain.evidence import Evidence
from models.domain.place import Owner, owner_of
from models.evidence.files import EvidenceFiles
from models.store import Write, evidence


def keep_photo(
    w: Write, files: EvidenceFiles, owner: Owner, kind: EvidenceKind, *lines: str, at: datetime, **detail: str
) -> Evidence:
    """Draw a photo with at most four lines of text, and store it as evidence of an enterprise, taken at a moment."""
    content = drawn_photo(*lines)
    piece = Evidence(
        id=uuid7(),
        **owner_of(owner),
        kind=kind,
        sha256=files.put(content),
        bytes=len(content),
        mime="image/jpeg",
        captured_at=at,
        detail={**detail, "simulated": True},
    )
    evidence.add_evidence(w, piece)
    return piece
