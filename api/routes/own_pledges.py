"""Pledges (承诺书) of the people of an enterprise: which are due, the text to sign, signing, and signed ones."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from alerts.duties.own_pledges import may_sign, own_draft, sign_own
from api.access.principal import Rectifier, Reviewer, Stepper
from api.requests import AppState, IdempotencyKey, Reading, creating
from api.routes.own_account import prove_again
from api.routes.people import EntityId, entity_of
from api.routes.pledges import rate_out
from api.schemas.own_pledges import OwnPledgeDraftOut, OwnPledgeDueOut, OwnPledgeOut
from api.schemas.pledges import PledgeIn, PledgeRateOut
from models.base.errors import NotFound
from models.catalogue.terms import label
from models.domain.own_pledges import OwnPledgeDue
from models.store import Write, own_pledges

router = APIRouter(prefix="/v1/own-pledges", tags=["people"])


@router.get("", name="own_pledges")
def list_due(r: Reading, principal: Stepper, entity_id: EntityId = None) -> list[OwnPledgeDueOut]:
    """List the people in office of an enterprise who have to have signed, the principal first."""
    return [due_out(row) for row in own_pledges.due(r, entity_id=entity_of(r, principal, entity_id))]


@router.get("/rate", name="own_pledge_rate")
def rate(r: Reading, _: Reviewer) -> PledgeRateOut:
    """Return the share of pledges of enterprises' people that are signed (签订率), in what you supervise."""
    return rate_out(*own_pledges.rate(r))


@router.get("/signed/{own_pledge_id}", name="own_pledge")
def one_pledge(r: Reading, _: Stepper, own_pledge_id: UUID) -> OwnPledgeOut:
    """Return a signed pledge."""
    found = own_pledges.pledge(r, own_pledge_id)
    if found is None:
        raise NotFound(f"no pledge {own_pledge_id}")
    return OwnPledgeOut.model_validate(found)


@router.get("/{person_id}", name="own_pledge_draft")
def show_draft(r: Reading, principal: Stepper, person_id: UUID) -> OwnPledgeDraftOut:
    """Return the text that a person of an enterprise has to sign for their post."""
    wanted = own_draft(r, person_id)
    return OwnPledgeDraftOut(
        person_id=wanted.due.person_id,
        name=wanted.due.name,
        post=wanted.due.post,
        text=wanted.text,
        text_sha256=wanted.text_sha256,
        signed=wanted.due.signed,
        mine=may_sign(wanted.due, by=principal.actor, own_entity=principal.entity),
    )


@router.post("/{person_id}", response_model=OwnPledgeOut, name="sign_own_pledge", summary="Sign a pledge")
def sign_one(
    request: Request, app: AppState, principal: Rectifier, person_id: UUID, body: PledgeIn, key: IdempotencyKey = None
) -> Response:
    """Sign the pledge of a person: by the person's own account, or by one of the whole enterprise in their name.

    `proof` is the code of the second factor if the user has one, else the password.
    """
    proved = prove_again(app, principal, body.proof)

    def act(w: Write) -> OwnPledgeOut:
        made = sign_own(
            w,
            person_id,
            name=body.name,
            text_sha256=body.text_sha256,
            proof=proved,
            own_entity=principal.entity,
            by=principal.actor,
            at=app.clock.now(),
        )
        return OwnPledgeOut.model_validate(made)

    return creating(request, principal, key, body.model_dump_json(exclude={"proof"}).encode(), act)


def due_out(row: OwnPledgeDue) -> OwnPledgeDueOut:
    """Return a pledge that is due in the form the API shows."""
    return OwnPledgeDueOut(
        person_id=row.person_id,
        name=row.name,
        post=row.post,
        post_label=label(row.post),
        signed=row.signed,
        pledge_id=row.pledge_id,
        signed_at=row.signed_at,
        lapsed=row.lapsed,
    )
