"""Functions on measured precision for the API and the console: figures and proposals in the form that is shown."""

from collections.abc import Mapping
from datetime import datetime

from alerts.precision.measuring import Figures, limits
from alerts.precision.service import Measured, Replayed, changes_text
from api.schemas.precision import HourOut, PrecisionOut, ProposalOut, ReplayedOut, ReplayOut
from models.catalogue.checking import loosened
from models.catalogue.codes import VIOLATION_CODES, code_label
from models.catalogue.overrides import Changes
from models.catalogue.terms import label
from models.domain.devices import DeviceView
from models.domain.precision import TuningProposal

Names = Mapping[str, DeviceView]
_DIGITS = 4


def precision_out(found: Measured, *, names: Names, since: datetime) -> PrecisionOut:
    """Return the figures of a code at a camera in the form the API shows."""
    pair, bar = found.pair, found.bar
    return PrecisionOut(
        device_id=pair.device_id,
        device_name=name_of(names, pair.device_id),
        site_id=pair.site_id,
        entity_id=pair.entity_id,
        code=pair.code,
        label=code_label(pair.code),
        since=since,
        minimum=None if bar is None else bar.minimum,
        bar=None if bar is None else bar.least,
        below_bar=bar is not None and bar.is_missed(found.all),
        hours=[
            HourOut(hour=hour, **_figures(figures, shown=figures.n >= limits().hour_minimum))
            for hour, figures in enumerate(found.hours)
        ],
        **_figures(found.all, shown=found.has_figure),
    )


def _figures(figures: Figures, *, shown: bool) -> dict[str, float | int | None]:
    low, high = figures.interval
    share = figures.precision
    return {
        "n": figures.n,
        "true": figures.trues,
        "false": figures.falses,
        "precision": None if share is None or not shown else round(share, _DIGITS),
        "low": round(low, _DIGITS) if shown and figures.n else None,
        "high": round(high, _DIGITS) if shown and figures.n else None,
    }


def proposal_out(proposal: TuningProposal, *, names: Names) -> ProposalOut:
    """Return a proposal in the form the API shows."""
    figures = Figures(trues=proposal.trues, falses=proposal.falses)
    low, high = figures.interval
    return ProposalOut(
        id=proposal.id,
        entity_id=proposal.entity_id,
        region_code=proposal.region_code,
        site_id=proposal.site_id,
        device_id=proposal.device_id,
        device_name=name_of(names, proposal.device_id),
        code=proposal.code,
        label=code_label(proposal.code),
        kind=proposal.kind,
        kind_label=label(proposal.kind),
        state=proposal.state,
        state_label=label(proposal.state),
        changes=proposal.changes,
        text=changes_text(proposal),
        precision=round(figures.precision or 0.0, _DIGITS),
        low=round(low, _DIGITS),
        high=round(high, _DIGITS),
        bar=proposal.bar,
        minimum=proposal.minimum,
        replay=ReplayOut(
            true=proposal.trues,
            false=proposal.falses,
            true_lost=proposal.trues_lost,
            false_gone=proposal.falses_gone,
        ),
        needs_admin=needs_admin(proposal),
        since=proposal.since,
        replayed_at=proposal.replayed_at,
        made_at=proposal.made_at,
        decided_at=proposal.decided_at,
        decided_by=proposal.decided_by,
        reason=proposal.reason,
        override_id=proposal.override_id,
        undone_at=proposal.undone_at,
        undone_by=proposal.undone_by,
        undo_reason=proposal.undo_reason,
        baseline_id=proposal.baseline_id,
        version=proposal.version,
    )


def replayed_out(found: Replayed) -> ReplayedOut:
    """Return a verdict that a proposal was replayed on in the form the API shows."""
    verdict = found.verdict
    return ReplayedOut(
        alert_id=verdict.alert_id,
        confirmed=verdict.confirmed,
        score=round(verdict.score, _DIGITS),
        hours=sorted(verdict.hours),
        centres=None if verdict.span is None else [round(place, _DIGITS) for place in verdict.span],
        found_at=verdict.found_at,
        reviewed_at=verdict.reviewed_at,
        stays_away=found.stays_away,
    )


def needs_admin(proposal: TuningProposal) -> bool:
    """Return whether a proposal loosens what a law demands, so that only an administrator may take it."""
    entry = VIOLATION_CODES.get(proposal.code)
    return entry is not None and any(loosened(entry, Changes.of_json(proposal.changes)))


def name_of(names: Names, device_id: str) -> str:
    """Return the name of a device; its id if it has none."""
    device = names.get(device_id)
    return device_id if device is None else device.name or device_id
