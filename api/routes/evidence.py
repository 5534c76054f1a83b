"""Evidence and its content."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response

from api.access.principal import Anybody
from api.evidence import SEES_FACES, Copy, opened, sent
from api.requests import AppState, Reading, plain_text, reason_of
from api.schemas import (
    EvidenceDetail,
)
from api.views import evidence_detail
from models.base.errors import Invalid, NotFound, NotReady
from models.store import clips, evidence

router = APIRouter(prefix="/v1", tags=["findings"])
CodeFilter = Annotated[str | None, Query(max_length=64, pattern=r"^[a-z0-9_]+$")]


@router.get("/evidence/{evidence_id}", name="evidence")
def show_evidence(r: Reading, evidence_id: UUID) -> EvidenceDetail:
    """Return the description of a piece of evidence and the state of its copies."""
    found = evidence.evidence(r, evidence_id)
    if found is None:
        raise NotFound(f"no evidence {evidence_id}")
    return evidence_detail(found, clips.copies_of(r, [found.id]))


@router.get("/evidence/{evidence_id}/content", response_class=Response)
def evidence_content(
    request: Request,
    app: AppState,
    principal: Anybody,
    evidence_id: UUID,
    copy: Copy | None = None,
    reason: Annotated[str, Query(max_length=200, description="why you look; the audit log keeps it")] = "",
    span: Annotated[str | None, Header(alias="Range", max_length=100)] = None,
) -> Response:
    """Return the bytes, checked against their sha256. The platform logs who looked, and why.

    A look without a `reason` from a page of the console has that page as its reason, one with a key the key's name. A
    key that reads pictures with faces has to give a reason.
    Platforms and enterprises receive a copy with hidden faces. Reviewers receive the original unless they ask for a
    `copy`: `redacted` is the copy that others see, `review` uses a codec that every browser plays.
    """
    faces = principal.role in SEES_FACES and copy != "redacted"
    with app.store.write(principal.scope) as w:
        found = evidence.evidence(w, evidence_id)
        if found is None:
            raise NotFound(f"no evidence {evidence_id}")
        if principal.by_key and faces and not plain_text(reason).strip():
            raise Invalid("reason: expected when a key reads a picture with faces; or ask for copy=redacted")
        file = opened(w, found, copy, principal, reason=reason_of(request, reason, principal), at=app.clock.now())
    if file is None:  # raise after the commit, so that the request for the copy is stored
        raise NotReady
    return sent(app.files.get(file.sha256), file, span)
