"""Letters (提示函) to the counties that are the last three of their city: read, printed, answered."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from alerts.indices.letters import answer
from api.access.principal import Reviewer
from api.documents.forms import letter_pdf
from api.requests import AppState, Cursor, IdempotencyKey, Limit, Reading, creating, page_of, uuid_cursor
from api.schemas import Page
from api.schemas.letters import LetterOut, ReplyIn
from models.base.errors import NotFound
from models.store import Write, letters

router = APIRouter(prefix="/v1/letters", tags=["duties"])
PDF = "application/pdf"
_PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {PDF: {"schema": {"type": "string", "format": "binary"}}}, "description": "A PDF"}
}


@router.get("", name="letters")
def list_letters(r: Reading, _: Reviewer, cursor: Cursor = None, limit: Limit = 50) -> Page[LetterOut]:
    """List the letters to counties of your region, newest first."""
    found = letters.letters(r, before=uuid_cursor(cursor), limit=limit + 1)
    return page_of(found, limit=limit, out=LetterOut.model_validate, cursor=lambda one: one.id)


@router.get("/{letter_id}.pdf", name="letter_pdf", response_class=Response, responses=_PDF)
def print_letter(r: Reading, _: Reviewer, letter_id: UUID) -> Response:
    """Return a letter as PDF."""
    found = letters.letter(r, letter_id)
    if found is None:
        raise NotFound(f"no letter {letter_id}")
    name = f"letter-{found.region_code}-{found.period}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(letter_pdf(found), media_type=PDF, headers=headers)


@router.get("/{letter_id}", name="letter")
def one_letter(r: Reading, _: Reviewer, letter_id: UUID) -> LetterOut:
    """Return one letter."""
    found = letters.letter(r, letter_id)
    if found is None:
        raise NotFound(f"no letter {letter_id}")
    return LetterOut.model_validate(found)


@router.post("/{letter_id}/answer", response_model=LetterOut, name="answer_letter")
def answer_one(
    request: Request, app: AppState, principal: Reviewer, letter_id: UUID, body: ReplyIn, key: IdempotencyKey = None
) -> Response:
    """Answer a letter with what will be done. Only the county that it is addressed to does, once."""

    def act(w: Write) -> LetterOut:
        answered = answer(
            w, letter_id, reply=body.reply, region=principal.region or "", by=principal.actor, at=app.clock.now()
        )
        return LetterOut.model_validate(answered)

    return creating(request, principal, key, body.model_dump_json().encode(), act)
