"""Cadres and tiers for tests of supervision."""

from datetime import UTC, datetime
from uuid import UUID

from alerts.duties.cadres import assign, name_cadre
from alerts.duties.guarantees import set_tier
from alerts.duties.own_pledges import own_draft, sign_own
from alerts.duties.pledges import draft, sign
from alerts.duties.supervision import plan
from models.catalogue.supervision_terms import CadreLevel, GuaranteePart, SignProof
from models.catalogue.terms import Role
from models.domain.access import Actor
from models.domain.guarantees import Assignment, Cadre
from models.domain.own_pledges import OwnPledge
from models.domain.pledges import Pledge
from models.domain.supervision import SupervisionTask
from models.store import Store, Write, cadres, guarantees, own_pledges, supervision
from tests.support.world import TENANT, Kitchen

CITY = Actor(name="city", role=Role.regulator)


def cadre_of(store: Store, kitchen: Kitchen, name: str = "李包保", *, login: str | None = None) -> Cadre:
    """A cadre of a kitchen's region; with a log-in that user acts as the cadre."""
    with store.write() as w:
        return name_cadre(
            w,
            tenant_id=TENANT,
            region_code=kitchen.region,
            name=name,
            post="副镇长",
            level=CadreLevel.township,
            phone=None,
            login=login,
            within="",
            by=CITY,
            at=datetime.now(UTC),
        )


def supervised(
    store: Store, kitchen: Kitchen, cadre: Cadre, *, tier: str = "C", at: datetime | None = None
) -> Assignment:
    """Give a kitchen's enterprise a tier and a primary cadre."""
    at = at or datetime.now(UTC)
    with store.write() as w:
        set_tier(w, kitchen.entity, tier, reason="test", version=version_of(store, kitchen.entity), by=CITY, at=at)
        return assign(w, kitchen.entity, cadre_id=cadre.id, part=GuaranteePart.primary, reason="test", by=CITY, at=at)


def version_of(store: Store, entity_id: UUID) -> int:
    with store.read() as r:
        found = guarantees.guarantee(r, entity_id)
    assert found is not None
    return found.profile_version


def visit_of(store: Store, kitchen: Kitchen) -> SupervisionTask:
    """The planned visit of a kitchen's enterprise, in the second month of a quarter."""
    with store.write() as w:
        plan(w, at=datetime(2026, 11, 2, tzinfo=UTC))
        found = supervision.open_of_entity(w, kitchen.entity)
    return found[0]


def pledge_of(store: Store, kitchen: Kitchen, *, at: datetime | None = None) -> Pledge:
    """The signed pledge of a kitchen's primary cadre, who has a log-in."""
    with store.write() as w:
        wanted = draft(w, kitchen.entity)
        cadre = cadres.cadre(w, wanted.due.cadre_id)
        assert cadre is not None
        assert cadre.login is not None
        by = Actor(name=cadre.login, role=Role.regulator)
        signed = {"name": cadre.name, "text_sha256": wanted.text_sha256, "proof": SignProof.password}
        return sign(w, kitchen.entity, **signed, by=by, at=at or datetime.now(UTC))


def own_pledge_of(w: Write, entity_id: UUID, *, at: datetime) -> OwnPledge:
    """The signed pledge of somebody of an enterprise, by an account of the whole enterprise."""
    wanted = own_draft(w, own_pledges.due(w, entity_id=entity_id)[0].person_id)
    return sign_own(
        w,
        wanted.due.person_id,
        name=wanted.due.name,
        text_sha256=wanted.text_sha256,
        proof=SignProof.password,
        own_entity=entity_id,
        by=Actor(name="officer", role=Role.enterprise),
        at=at,
    )
