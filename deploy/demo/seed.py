"""Register what a demo plan names. A second run on the same data changes only the passwords."""

import secrets
from dataclasses import asdict, dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from uuid import UUID

from alerts.duties.posts import person_named
from alerts.registry.registering import register_device, register_entity, register_node, register_site
from api.access.credentials import hash_password, make_api_key
from deploy.demo.past.play import play
from deploy.demo.plan import REGIONS, TENANT, EntityPlan, Plan, SitePlan
from deploy.onboarding import keep_node_secret, new_node_secret
from deploy.places import Places
from ingest.simulator.script import Faults, FleetScript, NodeScript
from models.base.atomic import write_atomically
from models.base.clock import SystemClock
from models.base.ids import uuid7
from models.base.jsonio import dumps, loads
from models.catalogue.terms import Role
from models.domain.access import ApiKey, User
from models.domain.registry import Entity
from models.evidence.files import EvidenceFiles
from models.store import Store, Write, access, devices, registry

_KEY_LIFE = timedelta(days=7)
_ALWAYS = (time(0, 0), time(23, 59, 59))


def hours_of(plan: SitePlan) -> tuple[time | None, time | None]:
    """Return the closing hours of a demo kitchen; the kitchen behaves the same at any hour of the day."""
    return _ALWAYS if plan.always_closed else (None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A login to the demo; with a `person` it is that one's own, and has the home of their post."""

    login: str
    name: str
    role: Role
    region: str | None = None
    entity: str | None = None
    person: str = ""
    password: str = field(default_factory=lambda: secrets.token_urlsafe(9), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """Accounts, key and script file that the demo needs after seeding."""

    accounts: tuple[Account, ...]
    platform_key: str = field(repr=False)
    fleet: Path

    def save(self, places: Places) -> None:
        """Write it to a file for the demo's conductor; only this user can read the file."""
        write_atomically(
            places.secrets / "demo.json",
            dumps(
                {
                    "accounts": [asdict(a) for a in self.accounts],
                    "platform_key": self.platform_key,
                    "fleet": str(self.fleet),
                }
            ),
        )

    @classmethod
    def load(cls, places: Places) -> "Seeded":
        """Read what the last seeding wrote."""
        raw = loads((places.secrets / "demo.json").read_bytes())
        accounts = tuple(Account(**{**a, "role": Role(a["role"])}) for a in raw["accounts"])
        return cls(accounts=accounts, platform_key=raw["platform_key"], fleet=Path(raw["fleet"]))


def accounts_of(plan: Plan) -> tuple[Account, ...]:
    """Return a regulator for each district and one for the city, an officer for each enterprise, and a platform."""
    districts = sorted({entity.region for entity in plan.entities})
    regulators = tuple(
        Account(login=f"jianguan-{code}", name=f"{REGIONS[code]}市场监管所", role=Role.regulator, region=code)
        for code in districts
    )
    officers = tuple(
        Account(login=f"qiye-{entity.key}", name=entity.officer, role=Role.enterprise, entity=entity.key)
        for entity in plan.entities
    )
    return (
        Account(login="jianguan", name="绍兴市市场监管局", role=Role.regulator, region="3306"),
        *regulators,
        *officers,
        *_posts(plan),
        Account(login="pingtai", name="监管平台", role=Role.platform, region="3306"),
    )


def _posts(plan: Plan) -> tuple[Account, ...]:
    """Return accounts of the three posts of the first enterprise that has all of them."""
    entity = next((one for one in plan.entities if one.director and one.principal), None)
    if entity is None:
        return ()
    named = (("anquanyuan", entity.officer), ("zongjian", entity.director), ("fuzeren", entity.principal))
    return tuple(
        Account(login=login, name=name, role=Role.enterprise, entity=entity.key, person=name) for login, name in named
    )


def seed(
    store: Store, places: Places, plan: Plan, *, faults: Faults, duration_s: float | None, at: datetime | None = None
) -> Seeded:
    """Register everything in the plan, and write the fleet's script with the nodes' credentials.

    The weeks that are played end at `at`, by default now.
    """
    entities: dict[str, UUID] = {}
    nodes: list[NodeScript] = []
    accounts = accounts_of(plan)
    with store.write() as w:
        registry.add_tenant(w, tenant_id=TENANT, name="绍兴市")
        for code, name in REGIONS.items():
            registry.add_region(w, code=code, name=name)
        known = {entity.credit_code: entity for entity in registry.entities(w, after=None, limit=1000)}
        for planned in plan.entities:
            entity = known.get(planned.credit_code) or _add_entity(w, planned)
            entities[planned.key] = entity.id
            nodes += [_site(w, entity, site) for site in planned.sites]
        play(w, EvidenceFiles(places.evidence), plan, entities, at=at or SystemClock().now())
        for account in accounts:
            _account(w, account, entities)
        shown = _platform_key(w)
    for node in nodes:
        keep_node_secret(places, node.node, node.password)
    script = FleetScript(seed=7, nodes=nodes, faults=faults, duration_s=duration_s)
    path = places.secrets / "fleet.json"
    write_atomically(path, script.model_dump_json())
    seeded = Seeded(accounts=accounts, platform_key=shown, fleet=path)
    seeded.save(places)
    return seeded


def _add_entity(w: Write, plan: EntityPlan) -> Entity:
    return register_entity(
        w,
        tenant_id=TENANT,
        name=plan.name,
        credit_code=plan.credit_code,
        region_code=plan.region,
        officer=plan.officer,
        licence_no=plan.licence,
        guarantee_tier="C",
        risk_grade="B",
    )


def _site(w: Write, entity: Entity, plan: SitePlan) -> NodeScript:
    """Register a kitchen, its node and devices if they are new; set a new secret for the node."""
    node_id = f"{plan.id}-node"
    known = registry.site(w, plan.id)
    if known is None:
        register_site(w, entity, site_id=plan.id, name=plan.name, address=plan.address, closed=hours_of(plan))
        _, secret = register_node(w, node_id=node_id, site_id=plan.id, new_secret=new_node_secret)
    else:
        registry.change_site(w, site_id=known.id, name=known.name, address=known.address, closed=hours_of(plan))
        secret, hashed = new_node_secret()
        devices.set_node_hash(w, node_id=node_id, mqtt_hash=hashed)
    there = devices.devices_of_node(w, node_id)
    for camera in plan.cameras:
        if camera.script.device not in there:
            register_device(w, device_id=camera.script.device, node_id=node_id, zone=camera.zone, name=camera.name)
    for sensor in plan.sensors:
        if sensor.script.device not in there:
            register_device(
                w,
                device_id=sensor.script.device,
                node_id=node_id,
                zone=sensor.zone,
                name=sensor.name,
                sensor_code=sensor.script.code,
            )
    return NodeScript(
        tenant=TENANT,
        site=plan.id,
        node=node_id,
        password=secret,
        cameras=[camera.script for camera in plan.cameras],
        sensors=[sensor.script for sensor in plan.sensors],
    )


def _account(w: Write, account: Account, entities: dict[str, UUID]) -> None:
    hashed = hash_password(account.password)
    if access.user_by_login(w, account.login) is not None:
        access.set_password(w, login=account.login, password_hash=hashed)
        return
    access.add_user(
        w,
        User(
            id=uuid7(),
            login=account.login,
            name=account.name,
            password_hash=hashed,
            role=account.role,
            tenant_id=TENANT,
            region_prefix=account.region,
            entity_id=None if account.entity is None else entities[account.entity],
            person_id=person_named(w, entities[account.entity], account.person, at=SystemClock().now()).id
            if account.person and account.entity
            else None,
            disabled_at=None,
        ),
    )


def _platform_key(w: Write) -> str:
    prefix, digest, shown = make_api_key()
    access.add_key(
        w,
        ApiKey(
            prefix=prefix,
            secret_sha256=digest,
            name="demo platform",
            role=Role.platform,
            tenant_id=TENANT,
            region_prefix="3306",
            entity_id=None,
            expires_at=SystemClock().now() + _KEY_LIFE,
            revoked_at=None,
        ),
    )
    return shown
