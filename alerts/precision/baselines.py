"""Hours of correct dress (合规时段): begun by people, watched as any hour, and concluded with proposed thresholds.

Nothing is silenced while such an hour runs, and nothing by its result: a regulator takes or refuses each proposal.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog

from alerts.precision.baseline_scores import judged, plan
from alerts.precision.measuring import bar_of, limits
from models.base.errors import Conflict, Invalid, NotFound
from models.base.ids import uuid7
from models.catalogue.codes import VIOLATION_CODES, Code
from models.catalogue.overrides import Changes, Spot
from models.catalogue.precision_terms import BaselineState, ProposalKind, ProposalState
from models.catalogue.resolving import Overrides, resolve
from models.catalogue.terms import DeviceKind
from models.changes.baselines import begin_baseline, conclude_baseline
from models.domain.access import SYSTEM, Actor
from models.domain.baselines import Baseline, BaselineFinding, BaselineResult
from models.domain.ledger import day_and_minute
from models.domain.place import owner_of
from models.domain.precision import TuningProposal
from models.store import baselines, catalogue, devices, ledger, precision
from models.store.connect import Read, Write

log = structlog.get_logger()

SETTLES = timedelta(minutes=2)
"""An hour is concluded this much after its end, so that its last findings are stored."""
A_SWEEP = 50


def begin(w: Write, camera_id: str, *, by: Actor, at: datetime) -> Baseline:
    """Begin an hour in which everybody before a camera is said to be dressed correctly.

    Raises:
        NotFound: no such camera that the caller sees.
        Invalid: it is a sensor.
        Conflict: an hour runs there or began within a day, or the camera is no longer supervised.
    """
    device = devices.device_locked(w, camera_id)
    if device.kind is not DeviceKind.camera:
        raise Invalid(f"device {camera_id!r} is a sensor; only cameras have such an hour")
    if device.decommissioned_at is not None:
        raise Conflict(f"camera {camera_id!r} is no longer supervised")
    last = baselines.of_camera(w, camera_id, limit=1)
    if last and at - last[0].begins_at < plan().again_after:
        hours = int(plan().again_after / timedelta(hours=1))
        raise Conflict(f"同一摄像机 {hours} 小时内只能设一次合规时段 one such hour a camera in {hours} hours")
    new = Baseline(
        id=uuid7(),
        **owner_of(device.place),
        site_id=device.site_id,
        device_id=device.id,
        begins_at=at,
        ends_at=at + plan().length,
        said_by=by.name,
        said_as=str(by.role),
    )
    if not begin_baseline(w, new, by=by, at=at):
        raise Conflict("合规时段正在进行 such an hour runs at this camera")
    return new


def conclude(w: Write, *, at: datetime) -> int:
    """Conclude the hours that are over, and open the proposals that they lead to; return how many hours."""
    due = baselines.take_over(w, before=at - SETTLES, limit=A_SWEEP)
    for one in due:
        _conclude(w, one, at=at)
    return len(due)


def _conclude(w: Write, one: Baseline, *, at: datetime) -> None:
    watched = _watched(w, one)
    if watched < plan().least_watched:
        conclude_baseline(w, one, [], state=BaselineState.unwatched, watched=watched, at=at)
        return
    found = baselines.findings(w, one, codes=plan().codes)
    results = [_result(w, one, code, found, at=at) for code in sorted({finding.code for finding in found})]
    conclude_baseline(w, one, results, state=BaselineState.over, watched=watched, at=at)
    for result in results:
        if result.score is not None:
            proposal = _proposal(w, one, result, result.score, at=at)
            precision.add_proposal(w, proposal)
            log.info("tuning proposed", code=result.code, device=one.device_id, baseline=str(one.id))


def _watched(r: Read, one: Baseline) -> int:
    """Return how many minutes of an hour were analysed."""
    minutes = int((one.ends_at - one.begins_at) / timedelta(minutes=1))
    first, last = (day_and_minute(moment)[0] for moment in (one.begins_at, one.ends_at))
    days = {day.day: day.analysed for day in ledger.camera_days(r, one.device_id, since=first, until=last)}
    places = (day_and_minute(one.begins_at + timedelta(minutes=number)) for number in range(minutes))
    return sum(day in days and days[day][minute] == "1" for day, minute in places)


def _result(w: Write, one: Baseline, code: str, found: list[BaselineFinding], *, at: datetime) -> BaselineResult:
    mine = [finding for finding in found if finding.code == code]
    entry = VIOLATION_CODES[code]
    open_ones = precision.open_of_pair(w, device_id=one.device_id, code=code)
    outcome, score = judged(
        mine,
        known=precision.verdicts(w, device_id=one.device_id, code=code, since=at - limits().window, until=at),
        effective=resolve(entry, spot=_spot(one), overrides=_overrides(w, one, entry, at=at), at=at),
        is_open=any(known.baseline_id is not None for known in open_ones),
        most_lost=limits().most_lost,
    )
    highest = max(finding.score for finding in mine)
    return BaselineResult(
        **owner_of(one), baseline_id=one.id, code=code, found=len(mine), highest=highest, outcome=outcome, score=score
    )


def _overrides(r: Read, one: Baseline, entry: Code, *, at: datetime) -> Overrides:
    return catalogue.overrides_at(r, [_spot(one)], at=at, codes=[entry.code])


def _spot(one: Baseline) -> Spot:
    return Spot(tenant_id=one.tenant_id, region_code=one.region_code, entity_id=one.entity_id, device_id=one.device_id)


def _proposal(r: Read, one: Baseline, result: BaselineResult, score: float, *, at: datetime) -> TuningProposal:
    bar, since = bar_of(VIOLATION_CODES[result.code]), at - limits().window
    known = precision.verdicts(r, device_id=one.device_id, code=result.code, since=since, until=at)
    trues = [verdict for verdict in known if verdict.confirmed]
    return TuningProposal(
        id=uuid7(),
        **owner_of(one),
        site_id=one.site_id,
        device_id=one.device_id,
        code=result.code,
        kind=ProposalKind.threshold,
        state=ProposalState.open,
        changes=Changes(min_score=score).as_json(),
        trues=len(trues),
        falses=result.found,
        bar=bar.least,
        minimum=bar.minimum,
        trues_lost=sum(verdict.score < score for verdict in trues),
        falses_gone=result.found,
        since=since,
        replayed_at=at,
        made_at=at,
        baseline_id=one.id,
    )


def is_contradicted(r: Read, baseline_id: UUID, code: str) -> bool:
    """Return whether a person has confirmed a finding of this code in an hour, so that the statement was wrong.

    Raises:
        NotFound: no such hour.
    """
    one = baselines.baseline(r, baseline_id)
    if one is None:
        raise NotFound(f"no hour of correct dress {baseline_id}")
    return any(finding.confirmed for finding in baselines.findings(r, one, codes=[code]))


def withdraw_contradicted(w: Write, proposal: TuningProposal, *, at: datetime) -> bool:
    """Withdraw an open proposal of an hour if a person has confirmed what was found in it; return whether."""
    if proposal.baseline_id is None or not is_contradicted(w, proposal.baseline_id, proposal.code):
        return False
    reason = "合规时段内的发现已确认属实"
    precision.decide(w, proposal.id, state=ProposalState.withdrawn, by=SYSTEM.name, reason=reason, at=at)
    return True
