"""Trainings (培训) of the people of an enterprise, and of cadres, with their help and emergencies."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from alerts.registry.trainings import Course
from api.schemas.common import In, Out, Text
from models.catalogue.supervision_terms import CadreDeed
from models.catalogue.terms import Post

Hours = Annotated[Decimal, Field(gt=0, le=80, max_digits=4, decimal_places=1, description="steps of half an hour")]
Subject = Annotated[Text, Field(min_length=1, max_length=200)]
Organiser = Annotated[Text, Field(min_length=1, max_length=100)]
Proof = Annotated[
    Text, Field(min_length=1, max_length=200, description="number of the certificate, or where the signatures are kept")
]


class _CourseIn(In):
    """A training as somebody writes it down."""

    held_on: date
    hours: Hours
    subject: Subject
    organiser: Organiser
    proof: Proof

    def course(self) -> Course:
        """Return it without who took it."""
        return Course(
            held_on=self.held_on, hours=self.hours, subject=self.subject, organiser=self.organiser, proof=self.proof
        )


class _TakenOut(Out):
    """What the record of a training has, whoever took it."""

    id: UUID
    held_on: date
    hours: float
    subject: str
    organiser: str
    proof: str
    recorded_by: str
    recorded_at: datetime
    voided_at: datetime | None
    voided_by: str | None
    void_reason: str | None


class TrainingIn(_CourseIn):
    """A training that a person took."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "person_id": "01975c1e-0000-7000-8000-000000000001",
                "held_on": "2026-11-20",
                "hours": 8,
                "subject": "食品安全风险管控",
                "organiser": "越城区市场监管局",
                "proof": "证书 2026-1183",
            }
        },
    )

    person_id: UUID


class CadreTrainingIn(_CourseIn):
    """A training that a cadre took; with another `kind` help to an enterprise (帮扶) or an emergency (应急)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "held_on": "2026-11-20",
                "hours": 2,
                "subject": "包保督导要点",
                "organiser": "绍兴市食安办",
                "proof": "签到表，食安办存档",
                "kind": "training",
            }
        },
    )

    kind: CadreDeed = CadreDeed.training


class CadreTrainingOut(_TakenOut):
    """A training of a cadre, or help, or an emergency; one that was voided counts no more."""

    cadre_id: UUID
    kind: CadreDeed
    region_code: str


class TrainingOut(_TakenOut):
    """A training; one that was voided counts no more."""

    entity_id: UUID
    person_id: UUID


class StandingOut(Out):
    """A person's hours of the last 365 days, and how many their post wants."""

    person_id: UUID
    name: str
    post: Post
    hours: float
    wanted: Annotated[float | None, Field(description="40 a year, less in a first year; null: the post wants none")]
    enough: bool


class TrainingsOut(Out):
    """The people in office with their hours, and the trainings, the newest day first."""

    people: list[StandingOut]
    trainings: list[TrainingOut]
