"""The terms of overrides and precision (精准度): stored values with their Chinese label."""

from enum import StrEnum


class OverrideLevel(StrEnum):
    """How specific an override of the catalogue is: the first level in this order with an override applies."""

    device = "device"
    entity = "entity"
    region = "region"
    tenant = "tenant"


class ProposalKind(StrEnum):
    """What a tuning proposal would change for one code at one camera."""

    threshold = "threshold"
    """Violations below a score raise no alert."""
    schedule = "schedule"
    """The code is watched at some hours only."""
    area = "area"
    """Violations in one part of the picture raise no alert."""
    switch_off = "switch_off"


class BaselineState(StrEnum):
    """The state of an hour of correct dress (合规时段)."""

    running = "running"
    over = "over"
    unwatched = "unwatched"
    """Over, but the camera was analysed in too few of its minutes."""


class BaselineOutcome(StrEnum):
    """What the findings of one code in an hour of correct dress led to."""

    proposed = "proposed"
    confirmed = "confirmed"
    """A person confirmed one of them: the statement was wrong."""
    too_sure = "too_sure"
    """The detector is surer of them than such an hour may keep away."""
    loses_true = "loses_true"
    """The score would have kept away too many confirmed ones."""
    in_force = "in_force"
    """The score in force keeps them away already, or the code is not watched."""
    open_already = "open_already"
    """An earlier hour's proposal waits for its decision."""


class ProposalState(StrEnum):
    """The state of a tuning proposal (调整建议)."""

    open = "open"
    taken = "taken"
    refused = "refused"
    undone = "undone"
    withdrawn = "withdrawn"
    """Later verdicts or another decision left no reason for it."""
