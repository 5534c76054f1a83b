"""Tuning proposals: the sweep that makes them, and the decisions of people, in the caller's transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from alerts.catalogue import overriding
from alerts.catalogue.overriding import MAY_OVERRIDE, Wish
from alerts.precision.baselines import is_contradicted, withdraw_contradicted
from alerts.precision.measuring import Bar, Figures, bar_of, by_hour, limits, total
from alerts.precision.proposing import Draft, drafts, narrows
from alerts.precision.replay import is_heard
from models.base.errors import Conflict, Invalid, InvalidTransition, NotAllowed, NotFound, StaleVersion
from models.base.ids import uuid7
from models.catalogue.areas import area_text
from models.catalogue.codes import VIOLATION_CODES, Code
from models.catalogue.overrides import Changes, Spot
from models.catalogue.precision_terms import ProposalKind, ProposalState
from models.catalogue.resolving import resolve
from models.catalogue.terms import label
from models.domain.access import SYSTEM, Actor
from models.domain.place import owner_of
from models.domain.precision import HourCount, Pair, TuningProposal, Verdict
from models.store import catalogue, precision
from models.store.connect import Read, Write

log = structlog.get_logger()

MAY_DECIDE = MAY_OVERRIDE
"""Roles that decide on proposals: a decision begins or ends an override."""
PAIRS_A_SWEEP = 200
"""Cameras and codes that one sweep measures; the others wait for the next one."""
LONGEST_REASON = 400
"""Shorter than the reason of an override, which also names the proposal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The figures of one code at one camera; `bar` is None for a code that the catalogue no longer has."""

    pair: Pair
    all: Figures
    hours: tuple[Figures, ...]
    bar: Bar | None

    @property
    def has_figure(self) -> bool:
        """Whether there are enough verdicts for a figure."""
        return self.bar is not None and self.bar.has_figure(self.all)


def measure(r: Read, pairs: Iterable[Pair], *, since: datetime) -> list[Measured]:
    """Return the figures of some cameras and codes since a moment, with one query."""
    known = list(pairs)
    counts: dict[tuple[str, str], list[HourCount]] = {}
    for count in precision.hours(r, known, since=since):
        counts.setdefault((count.device_id, count.code), []).append(count)
    return [_measured(pair, counts.get((pair.device_id, pair.code), [])) for pair in known]


def _measured(pair: Pair, counts: list[HourCount]) -> Measured:
    entry = VIOLATION_CODES.get(pair.code)
    return Measured(pair=pair, all=total(counts), hours=by_hour(counts), bar=None if entry is None else bar_of(entry))


def propose(w: Write, *, at: datetime, limit: int = PAIRS_A_SWEEP) -> int:
    """Measure cameras and codes with new verdicts, and open, refresh or withdraw their proposals; return how many.

    Verdicts from before the last decision on a camera and code do not count again.
    """
    due = precision.take_due(w, limit=limit)
    for pair in due:
        entry = VIOLATION_CODES.get(pair.code)
        if entry is not None:
            _propose_for(w, pair, entry, at=at)
    return len(due)


def _propose_for(w: Write, pair: Pair, entry: Code, *, at: datetime) -> None:
    decided = precision.last_decision(w, device_id=pair.device_id, code=pair.code)
    since = max(filter(None, (at - limits().window, decided)))
    verdicts = precision.verdicts(w, device_id=pair.device_id, code=pair.code, since=since, until=at)
    trues = sum(verdict.confirmed for verdict in verdicts)
    bar = bar_of(entry)
    missed = bar.is_missed(Figures(trues=trues, falses=len(verdicts) - trues))
    wanted = {draft.kind: draft for draft in _drafts(w, pair, entry, verdicts, at=at)} if missed else {}
    for known in precision.open_of_pair(w, device_id=pair.device_id, code=pair.code):
        if known.baseline_id is not None:
            withdraw_contradicted(w, known, at=at)
            continue
        draft = wanted.pop(known.kind, None)
        if draft is None:
            _withdraw(w, known, "最新复核结果不再支持这项建议", at=at)
            continue
        fresh = _proposal(pair, draft, bar, proposal_id=known.id, since=since, at=at)
        if _figures(fresh) != _figures(known):
            precision.replay_again(w, fresh)
    for draft in wanted.values():
        new = _proposal(pair, draft, bar, proposal_id=uuid7(), since=since, at=at)
        precision.add_proposal(w, new)
        log.info("tuning proposed", code=new.code, device=new.device_id, kind=new.kind, proposal=str(new.id))


def _drafts(r: Read, pair: Pair, entry: Code, verdicts: list[Verdict], *, at: datetime) -> list[Draft]:
    """Return the drafts for a camera and code that leave less than what applies there already."""
    spot = Spot(
        tenant_id=pair.tenant_id, region_code=pair.region_code, entity_id=pair.entity_id, device_id=pair.device_id
    )
    known = catalogue.overrides_at(r, [spot], at=at, codes=[entry.code])
    effective = resolve(entry, spot=spot, overrides=known, at=at)
    return [draft for draft in drafts(verdicts, limits()) if narrows(draft.changes, effective)]


def _figures(proposal: TuningProposal) -> tuple[object, ...]:
    replayed = (proposal.trues, proposal.falses, proposal.trues_lost, proposal.falses_gone)
    return (proposal.changes, *replayed, proposal.bar, proposal.minimum)


def _proposal(
    pair: Pair, draft: Draft, bar: Bar, *, proposal_id: UUID, since: datetime, at: datetime
) -> TuningProposal:
    return TuningProposal(
        id=proposal_id,
        **owner_of(pair),
        site_id=pair.site_id,
        device_id=pair.device_id,
        code=pair.code,
        kind=draft.kind,
        state=ProposalState.open,
        changes=draft.changes.as_json(),
        trues=draft.replay.trues,
        falses=draft.replay.falses,
        bar=bar.least,
        minimum=bar.minimum,
        trues_lost=draft.replay.trues_lost,
        falses_gone=draft.replay.falses_gone,
        since=since,
        replayed_at=at,
        made_at=at,
    )


def _withdraw(w: Write, proposal: TuningProposal, reason: str, *, at: datetime) -> None:
    precision.decide(w, proposal.id, state=ProposalState.withdrawn, by=SYSTEM.name, reason=reason, at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A verdict that a proposal was replayed on; `stays_away`: its alert would not have been raised."""

    verdict: Verdict
    stays_away: bool


def replayed(r: Read, proposal: TuningProposal) -> list[Replayed]:
    """Return the verdicts that a proposal was replayed on, the newest first, as they stand today.

    At most `models.store.precision.MOST_VERDICTS`, as the proposal itself.
    """
    changes = Changes.of_json(proposal.changes)
    found = precision.verdicts(
        r, device_id=proposal.device_id, code=proposal.code, since=proposal.since, until=proposal.replayed_at
    )
    return [Replayed(verdict=verdict, stays_away=not is_heard(verdict, changes)) for verdict in found]


def take(
    w: Write, proposal_id: UUID, *, version: int, reason: str, by: Actor, within: str | None, at: datetime
) -> TuningProposal:
    """Take a proposal: begin its override, and withdraw the other proposals for the same camera and code.

    Raises:
        NotAllowed: the role may not decide, the camera is outside the caller's region, or a law demands the value.
        NotFound: no such proposal that the caller may see.
        StaleVersion: the proposal has changed since `version` was read.
        InvalidTransition: it is not open.
        Conflict: it follows from an hour of correct dress in which a person has confirmed a finding since.
    """
    seen = precision.proposal(w, proposal_id)
    # Lock all proposals of the pair in one order, so that two takers do not wait for each other.
    others = [] if seen is None else precision.open_of_pair(w, device_id=seen.device_id, code=seen.code)
    proposal = _seen(w, proposal_id, version=version, state=ProposalState.open, by=by)
    said = _reason(reason)
    if proposal.baseline_id is not None and is_contradicted(w, proposal.baseline_id, proposal.code):
        raise Conflict("合规时段内的发现已确认属实 somebody has confirmed what was found in that hour")
    wish = Wish(
        code=proposal.code,
        tenant_id=proposal.tenant_id,
        changes=Changes.of_json(proposal.changes),
        reason=f"采纳调整建议 {proposal.id}：{said}",
        device_id=proposal.device_id,
        within=within,
    )
    override = overriding.begin(w, wish, by=by, at=at)
    for other in others:
        if other.id != proposal.id:
            _withdraw(w, other, f"已采纳建议 {proposal.id}", at=at)
    return _decided(
        precision.decide(
            w, proposal.id, state=ProposalState.taken, by=by.name, reason=said, override_id=override.id, at=at
        )
    )


def refuse(
    w: Write, proposal_id: UUID, *, version: int, reason: str, by: Actor, within: str | None, at: datetime
) -> TuningProposal:
    """Refuse a proposal; only later verdicts can lead to another one. Raises as `take` does."""
    proposal = _seen(w, proposal_id, version=version, state=ProposalState.open, by=by)
    _require_within(proposal, within)
    said = _reason(reason)
    return _decided(precision.decide(w, proposal.id, state=ProposalState.refused, by=by.name, reason=said, at=at))


def undo(
    w: Write, proposal_id: UUID, *, version: int, reason: str, by: Actor, within: str | None, at: datetime
) -> TuningProposal:
    """Undo a proposal that was taken: end its override, unless somebody ended it before. Raises as `take` does."""
    proposal = _seen(w, proposal_id, version=version, state=ProposalState.taken, by=by)
    _require_within(proposal, within)
    said = _reason(reason)
    override = None if proposal.override_id is None else catalogue.override(w, proposal.override_id)
    if override is not None and override.ended_at is None:
        why = f"撤销调整建议 {proposal.id}：{said}"
        overriding.end(w, override.id, code=proposal.code, reason=why, by=by, within=within, at=at)
    return _decided(precision.undo(w, proposal.id, by=by.name, reason=said, at=at))


def _seen(w: Write, proposal_id: UUID, *, version: int, state: ProposalState, by: Actor) -> TuningProposal:
    if by.role not in MAY_DECIDE:
        raise NotAllowed(f"this needs one of the roles {', '.join(sorted(MAY_DECIDE))}; your role is {by.role}")
    found = precision.proposal_for_update(w, proposal_id)
    if found is None:
        raise NotFound(f"no proposal {proposal_id}")
    if found.version != version:
        raise StaleVersion(f"the proposal has version {found.version}; your decision is on version {version}")
    if found.state is not state:
        raise InvalidTransition(f"the proposal is {found.state} ({label(found.state)}); expected {state}")
    return found


def _require_within(proposal: TuningProposal, within: str | None) -> None:
    if within is not None and not proposal.region_code.startswith(within):
        raise NotAllowed(
            f"超出您的监管地区 region {proposal.region_code} is outside {within}, the region you supervise"
        )


def _reason(text: str) -> str:
    plain = text.strip()
    if not 0 < len(plain) <= LONGEST_REASON:
        raise Invalid(
            f"请写明理由，不超过 {LONGEST_REASON} 字 reason: expected a text of 1 to {LONGEST_REASON} characters"
        )
    return plain


def _decided(found: TuningProposal | None) -> TuningProposal:
    if found is None:
        raise StaleVersion
    return found


def changes_text(proposal: TuningProposal) -> str:
    """Return what a proposal would change, in Chinese for people."""
    changes = Changes.of_json(proposal.changes)
    if proposal.kind is ProposalKind.threshold:
        return f"置信度低于 {changes.min_score:g} 不产生预警"
    if proposal.kind is ProposalKind.schedule and changes.hours is not None:
        return f"{changes.hours[1]:%H:%M}-{changes.hours[0]:%H:%M} 不监看，其余时间照常"
    if changes.ignored_area is not None:
        return f"画面{area_text(changes.ignored_area)}的发现不产生预警"
    return "停用"
