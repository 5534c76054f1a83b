"""Store what the judge finds: pictures first, then rows and announcement in one transaction."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from models.base.clock import SHANGHAI
from models.base.ids import uuid7
from models.catalogue.codes import Code, code_label, violation_code
from models.catalogue.overrides import Spot
from models.catalogue.resolving import Effective, resolve
from models.catalogue.terms import CopyKind, EvidenceKind, Review, ViolationState
from models.changes.violations import end_violation, open_violation
from models.domain.clips import AFTER, span_of
from models.domain.conditions import Condition
from models.domain.evidence import Evidence
from models.domain.furniture import LearntPlace
from models.domain.place import owner_of, place_of
from models.domain.violations import Violation
from models.evidence.files import EvidenceFiles
from models.store import Store, Write, catalogue, clips, conditions, evidence, furniture, streams, violations
from models.store.devices import Route
from vision.judging.judge import Opened
from vision.judging.rules import reference
from vision.pictures.decode import Picture
from vision.pictures.marked import annotated
from vision.pipeline.camera import Camera
from vision.pipeline.eye import TRUSTED_SKEW
from vision.pipeline.mailbox import Frame
from vision.pipeline.minutes import MinuteBook
from vision.pipeline.refusals import RefusalBook
from vision.rounds.rounds import Rounds, model_of

_MIME = "image/jpeg"


def judged_here_alone(_w: Write, _route: Route) -> None:
    """Let every transaction pass: no other process judges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """Stores what the judge finds. `model` and `rules` are the references stored with each violation.

    Violations whose boxes `rounds` have found refer to the model of these instead.

    `fence` is called last in each transaction about a camera, with its route; it raises `LeaseLost` if another process
    judges the camera's site.
    """

    store: Store
    files: EvidenceFiles
    model: dict[str, Any]
    rules_version: str
    rounds: Rounds | None = None
    fence: Callable[[Write, Route], None] = judged_here_alone

    def opened(self, opened: Opened, route: Route, frame: Frame, picture: Picture, *, at: datetime) -> UUID | None:
        """Store a new violation with its original and annotated still, and the crops of a second look.

        Returns:
            Its id; None if its check is off there.
        """
        code = self._effective(opened.rule.code, route, at=at)
        if not code.is_watched(at):
            return None
        local = frame.occurred_at.astimezone(SHANGHAI)
        title = f"{code_label(opened.rule.code)} {route.device_id} {local:%Y-%m-%d %H:%M:%S} +08:00"
        clean = self._evidence(route, EvidenceKind.still_clean, frame.jpeg, frame.occurred_at)
        drawn = annotated(picture, opened.shown, title=title)
        boxed = self._evidence(route, EvidenceKind.still_annotated, drawn, frame.occurred_at)
        pieces = [clean, boxed]
        if opened.looked is not None and opened.looked.jpeg:
            pieces.append(self._evidence(route, EvidenceKind.close_up, opened.looked.jpeg, frame.occurred_at))
        violation = self._violation(opened, code, route, frame, evidence=tuple(piece.id for piece in pieces))
        with self.store.write() as w:
            for piece in pieces:
                evidence.add_evidence(w, piece)
            open_violation(w, violation, at=at)
            for piece in pieces:
                clips.want_copy(w, piece.id, kind=CopyKind.redacted, at=at)
            _ask_for_clip(w, violation, frame, at=at)
            self.fence(w, route)
        return violation.id

    def _effective(self, code: str, route: Route, *, at: datetime) -> Effective[Code]:
        """Return the code's values in force at the camera, with one query."""
        spot = Spot.of(route)
        with self.store.read() as r:
            overrides = catalogue.overrides_at(r, [spot], at=at, codes=[code])
        return resolve(violation_code(code), spot=spot, overrides=overrides, at=at)

    def ended(self, violation_id: UUID, *, route: Route, ended_at: datetime, at: datetime) -> None:
        """End a violation of a camera that was last seen at `ended_at`."""
        with self.store.write() as w:
            end_violation(w, violation_id, ended_at=ended_at, at=at)
            self.fence(w, route)

    def left_open(self, sites: Collection[str]) -> tuple[list[Violation], list[Condition]]:
        """Return what an earlier judge left open at several sites: violations, and faults of pictures."""
        with self.store.read() as r:
            return violations.watched_at_sites(r, sites), conditions.pictures_at_sites(r, sites)

    def learnt(self, sites: Collection[str]) -> list[LearntPlace]:
        """Return the furniture that an earlier judge has learnt at several sites' cameras."""
        with self.store.read() as r:
            return furniture.at_sites(r, sites)

    def end_unwatched(self, left: Sequence[Violation], faults: Sequence[Condition], *, at: datetime) -> None:
        """End what an earlier judge left open and nobody watches any more, such as at a camera that is gone."""
        with self.store.write() as w:
            for violation in left:
                end_violation(w, violation.id, ended_at=at, at=at)
            for fault in faults:
                conditions.clear_condition(w, device_id=fault.device_id, code=fault.code, at=at)

    def condition(self, camera: Camera, before: str | None, frame: Frame, *, at: datetime) -> None:
        """Open the condition for a new fault of a camera's picture, with a still, or clear the old one."""
        route, now_wrong = camera.route, camera.health.wrong
        still = (
            None
            if now_wrong is None
            else self._evidence(route, EvidenceKind.still_clean, frame.jpeg, frame.occurred_at)
        )
        with self.store.write() as w:
            if before is not None:
                conditions.clear_condition(w, device_id=route.device_id, code=before, at=at)
            if now_wrong is not None and still is not None:
                evidence.add_evidence(w, still)
                clips.want_copy(w, still.id, kind=CopyKind.redacted, at=at)
                conditions.open_condition(
                    w,
                    device_id=route.device_id,
                    code=now_wrong,
                    since=datetime.fromtimestamp(camera.health.since_s, UTC),
                    notify_at=at,
                    detail={"cause": "picture"},
                    evidence_ids=(still.id,),
                )
            self.fence(w, route)

    def nodes_heard(
        self, skews: Mapping[str, float], minutes: MinuteBook, refusals: RefusalBook, *, at: datetime
    ) -> None:
        """Store the nodes' clock skews (seconds, device − platform), seen minutes, and refused frames."""
        with self.store.write() as w:
            minutes.write(w, at=at)
            refusals.write(w)
            for node_id, skew_s in sorted(skews.items()):
                streams.node_heard(w, node_id=node_id, at=at, gaps=0, skew_s=skew_s)

    def _evidence(self, route: Route, kind: EvidenceKind, content: bytes, at: datetime) -> Evidence:
        return Evidence(
            id=uuid7(),
            **owner_of(route),
            kind=kind,
            sha256=self.files.put(content),
            bytes=len(content),
            mime=_MIME,
            captured_at=at,
        )

    def _violation(
        self, opened: Opened, code: Effective[Code], route: Route, frame: Frame, *, evidence: tuple[UUID, ...]
    ) -> Violation:
        return Violation(
            id=uuid7(),
            **place_of(route),
            code=code.entry.code,
            severity=code.entry.severity_in(route.zone),
            track_id=opened.track_id,
            state=ViolationState.active,
            review=Review.unreviewed,
            started_at=datetime.fromtimestamp(opened.started_s, UTC),
            ended_at=None,
            occurred_at=frame.occurred_at,
            received_at=frame.received_at,
            score=min(1.0, opened.score),
            boxes=opened.shown.as_json(),
            model=model_of(opened, self.model, self.rounds),
            rule=reference(opened.rule, version=self.rules_version, looked=opened.looked),
            evidence_ids=evidence,
            alert_id=None,
            version=1,
            catalogue=code.remembered(),
        )


def _ask_for_clip(w: Write, violation: Violation, frame: Frame, *, at: datetime) -> None:
    """Request the seconds around a violation, on the clock of the node, which indexes its video by that."""
    skew = frame.occurred_at - frame.received_at
    judged_at = frame.occurred_at
    started_at = violation.started_at
    if abs(skew) > TRUSTED_SKEW:
        # The judge ignored a clock with this skew and used the platform's.
        started_at += skew
    span = span_of(started_at=started_at, judged_at=judged_at)
    clips.ask(
        w,
        violation_id=violation.id,
        device_id=violation.device_id,
        span=span,
        ends_at=frame.received_at + AFTER,
        at=at,
    )
