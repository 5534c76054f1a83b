"""The terms of supervision by cadres (包保): stored states with their Chinese label; see `models.catalogue.terms`."""

from enum import StrEnum


class BusinessKind(StrEnum):
    """The line of business (业态) of an enterprise, as the table of tiers distinguishes it."""

    special_food = "special_food"
    producer = "producer"
    chain_hq = "chain_hq"
    central_kitchen = "central_kitchen"
    meal_delivery = "meal_delivery"
    wholesale_market = "wholesale_market"
    supermarket = "supermarket"
    restaurant = "restaurant"
    school_canteen = "school_canteen"
    nursery_canteen = "nursery_canteen"
    elderly_canteen = "elderly_canteen"
    other_canteen = "other_canteen"
    snack_shop = "snack_shop"
    workshop = "workshop"
    grocery = "grocery"


class CadreDeed(StrEnum):
    """What a cadre did besides visits, as their year counts it."""

    training = "training"
    help = "help"
    emergency = "emergency"


class EntityScale(StrEnum):
    """The size class (规模) of an enterprise."""

    large = "large"
    medium = "medium"
    small = "small"


class OperatingState(StrEnum):
    """Whether an enterprise does business; only an open one is supervised."""

    open = "open"
    suspended = "suspended"
    closed = "closed"


class EntityChangeKind(StrEnum):
    """A registered change (主体变更) of an enterprise."""

    owner = "owner"
    relocate = "relocate"
    suspend = "suspend"
    close = "close"
    resume = "resume"


class CadreLevel(StrEnum):
    """The level of a supervising cadre (包保干部)."""

    city = "city"
    county = "county"
    township = "township"
    village = "village"


class GuaranteePart(StrEnum):
    """The part that a cadre has in the supervision of an enterprise."""

    primary = "primary"
    deputy = "deputy"


class RecheckMethod(StrEnum):
    """How a second person checks a visit (督导抽查)."""

    revisit = "revisit"
    phone = "phone"


class PatrolPeriod(StrEnum):
    """How often kitchens are drawn for an online patrol (线上巡查)."""

    week = "week"
    month = "month"
    quarter = "quarter"


class PatrolDueState(StrEnum):
    """What became of a kitchen that was drawn: it waits, was patrolled in time or missed, or left the plan."""

    waiting = "waiting"
    done = "done"
    missed = "missed"
    dropped = "dropped"


class SignProof(StrEnum):
    """How somebody proved who they are when they signed: by their password, or by a one-time code."""

    password = "password"  # noqa: S105 - the name of a way, no secret
    code = "code"


class SupervisionReason(StrEnum):
    """Why a cadre visits an enterprise (督导)."""

    periodic = "periodic"
    hazard = "hazard"


class SupervisionState(StrEnum):
    """How far a supervision task (督导任务) is."""

    generated = "generated"
    pushed = "pushed"
    accepted = "accepted"
    in_progress = "in_progress"
    submitted = "submitted"
    returned = "returned"
    archived = "archived"
    exempted = "exempted"


class SupervisionCommand(StrEnum):
    """A step of a supervision task."""

    push = "push"
    accept = "accept"
    start = "start"
    submit = "submit"
    return_ = "return"
    archive = "archive"
    reassign = "reassign"
    exempt = "exempt"


class VisitMode(StrEnum):
    """How a cadre supervises: at the place, over the cameras, or many at once."""

    onsite = "onsite"
    online = "online"
    centralised = "centralised"


class Datum(StrEnum):
    """The coordinate system of a position. Chinese map services use GCJ-02, a phone's sensor WGS-84."""

    wgs84 = "wgs84"
    gcj02 = "gcj02"


class VisitFault(StrEnum):
    """Why a visit does not count and is returned."""

    too_short = "too_short"
    few_photos = "few_photos"
    unanswered = "unanswered"
    no_position = "no_position"
    outside_fence = "outside_fence"
    used_photo = "used_photo"
