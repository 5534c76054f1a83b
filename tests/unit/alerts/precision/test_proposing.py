"""Which proposals a camera's verdicts lead to."""

from datetime import time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.precision.measuring import Limits
from alerts.precision.proposing import MOST_CELLS, drafts, narrows
from alerts.precision.replay import Replay, replay
from models.catalogue.areas import Span, is_area
from models.catalogue.codes import VIOLATION_CODES
from models.catalogue.overrides import Changes
from models.catalogue.precision_terms import ProposalKind
from models.catalogue.resolving import Effective
from models.domain.precision import Verdict

LIMITS = Limits(window=timedelta(days=90), least_gone=0.3, most_lost=0.1, hour_minimum=5)


def some(
    count: int, first: int, *, confirmed: bool, score: float, hour: int, span: Span | None = None
) -> list[Verdict]:
    numbers = range(first, first + count)
    return [Verdict(alert_id=UUID(int=n), confirmed=confirmed, score=score, hours=(hour,), span=span) for n in numbers]


def test_weak_false_alarms_lead_to_the_lowest_score_that_keeps_them_away() -> None:
    known = [*some(10, 0, confirmed=True, score=0.8, hour=9), *some(20, 100, confirmed=False, score=0.55, hour=9)]
    (draft,) = drafts(known, LIMITS)
    assert (draft.kind, draft.changes) == (ProposalKind.threshold, Changes(min_score=0.56))
    assert draft.replay == Replay(trues=10, falses=20, trues_lost=0, falses_gone=20)


def test_false_alarms_at_night_lead_to_the_shortest_quiet_time() -> None:
    known = [
        *some(10, 0, confirmed=True, score=0.8, hour=9),
        *some(10, 100, confirmed=False, score=0.9, hour=23),
        *some(10, 200, confirmed=False, score=0.9, hour=1),
    ]
    (draft,) = drafts(known, LIMITS)
    assert (draft.kind, draft.changes) == (ProposalKind.schedule, Changes(hours=(time(2), time(23))))
    assert draft.replay.falses_gone == 20


def test_false_alarms_in_a_corner_lead_to_the_least_area() -> None:
    known = [
        *some(10, 0, confirmed=True, score=0.9, hour=9, span=(0.5, 0.5, 0.6, 0.6)),
        *some(10, 100, confirmed=False, score=0.9, hour=9, span=(0.01, 0.9, 0.1, 1.0)),
        *some(10, 200, confirmed=False, score=0.9, hour=9, span=(0.14, 0.95, 0.2, 0.99)),
        *some(1, 300, confirmed=False, score=0.9, hour=9),
    ]
    (draft,) = drafts(known, LIMITS)
    assert (draft.kind, draft.changes) == (ProposalKind.area, Changes(ignored_area=(0.0, 0.875, 0.25, 0.125)))
    assert draft.replay == Replay(trues=10, falses=21, trues_lost=0, falses_gone=20)


def test_false_alarms_all_over_the_picture_lead_to_no_area() -> None:
    known = [
        *some(10, 0, confirmed=True, score=0.9, hour=9, span=(0.5, 0.5, 0.6, 0.6)),
        *some(20, 100, confirmed=False, score=0.9, hour=9, span=(0.0, 0.0, 0.9, 0.9)),
    ]
    assert drafts(known, LIMITS) == []


AREA = (0.0, 0.0, 0.25, 0.25)
HOURS = (time(6), time(20))


@pytest.mark.parametrize(
    ("changes", "inforce", "expected"),
    [
        (Changes(min_score=0.6), Changes(), True),
        (Changes(min_score=0.6), Changes(min_score=0.5), True),
        (Changes(min_score=0.6), Changes(min_score=0.6), False),
        (Changes(hours=HOURS), Changes(), True),
        (Changes(hours=HOURS), Changes(hours=(time(8), time(9))), False),
        (Changes(ignored_area=AREA), Changes(min_score=0.9), True),
        (Changes(ignored_area=AREA), Changes(ignored_area=(0.5, 0.5, 0.1, 0.1)), False),
        (Changes(watched=False), Changes(), True),
        (Changes(min_score=0.6), Changes(watched=False), False),
    ],
)
def test_a_proposal_never_widens_what_applies_already(changes: Changes, inforce: Changes, *, expected: bool) -> None:
    entry = VIOLATION_CODES["phone_use"]
    effective = Effective(
        entry=entry,
        base=entry,
        watched=inforce.watched is None,
        hours=inforce.hours,
        origins={},
        min_score=inforce.min_score,
        ignored_area=inforce.ignored_area,
    )
    assert narrows(changes, effective) is expected


def test_switching_off_is_proposed_only_without_a_true_one() -> None:
    falses = some(20, 0, confirmed=False, score=0.95, hour=9)
    assert ProposalKind.switch_off in {draft.kind for draft in drafts(falses, LIMITS)}
    one = some(1, 100, confirmed=True, score=0.95, hour=9)
    assert drafts([*falses, *one], LIMITS) == []


def test_a_lot_of_true_ones_is_not_given_up() -> None:
    known = [*some(10, 0, confirmed=True, score=0.5, hour=9), *some(20, 100, confirmed=False, score=0.5, hour=9)]
    assert drafts(known, LIMITS) == []


@given(
    st.lists(
        st.builds(
            Verdict,
            alert_id=st.integers(0, 40).map(lambda n: UUID(int=n)),
            confirmed=st.booleans(),
            score=st.floats(0, 1),
            hours=st.lists(st.integers(0, 23), min_size=1, max_size=3).map(tuple),
            span=st.none() | st.tuples(*[st.floats(0, 1)] * 2).map(lambda place: (*place, *place)),
        ),
        unique_by=lambda one: one.alert_id,
        max_size=30,
    )
)
def test_every_draft_keeps_to_the_limits(known: list[Verdict]) -> None:
    for draft in drafts(known, LIMITS):
        found = draft.replay
        assert found == replay(known, draft.changes)
        assert 0 < found.falses_gone >= LIMITS.least_gone * found.falses
        area = draft.changes.ignored_area
        assert area is None or (is_area(area) and area[2] * area[3] * 64 <= MOST_CELLS)
        assert found.trues_lost <= LIMITS.most_lost * found.trues
