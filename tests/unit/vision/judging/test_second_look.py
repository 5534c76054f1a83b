"""A second look confirms, vetoes or says nothing; it never opens what the rule over time does not."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base.errors import Invalid
from models.catalogue.terms import Zone
from vision.judging.attributes import ATTRIBUTES, VALUES, Answer, Looked, bad_share, best_moments, read_share
from vision.judging.detections import Detections
from vision.judging.judge import LOOK_AGAIN_S, LOOKS_A_FRAME, CameraJudge, Closed, Opened, Sight
from vision.judging.rules import RuleSet, default_rules, load_rules, reference
from vision.weights.shipped import shipped

HEAD = (0.40, 0.20, 0.45, 0.29)
CLASSES = shipped().classes


def looking(tmp_path: Path, rule: str = "no_chef_hat", look: str = "head") -> RuleSet:
    return ruled(tmp_path, rule, f'look = "{look}"')


def ruled(tmp_path: Path, rule: str, lines: str) -> RuleSet:
    path = tmp_path / "rules.toml"
    path.write_text(f'extends = "kitchen"\nversion = "test"\n[[rule]]\nid = "{rule}"\n{lines}\n')
    return load_rules(path, classes=CLASSES)


def sight(at_s: float, *boxes: tuple[float, float, float, float], name: str = "head_bare") -> Sight:
    found = Detections(
        boxes=np.array(boxes, np.float32).reshape(-1, 4),
        scores=np.full(len(boxes), 0.9, np.float32),
        names=(name,) * len(boxes),
    )
    return Sight(at_s=at_s, detections=found)


def answer(said: Answer, share: float = 0.5) -> Looked:
    return Looked(answer=said, share=share, crops=3, model={"name": "closeup-n"})


@pytest.mark.parametrize(("said", "opens"), [("confirmed", True), ("unknown", True), ("refuted", False)])
def test_only_a_refutation_keeps_a_rule_from_opening(tmp_path: Path, said: Answer, *, opens: bool) -> None:
    judge = CameraJudge(looking(tmp_path), zone=Zone.cooking)
    opened = [
        change
        for second in range(20)
        for change in judge.see(sight(second, HEAD), look=lambda _: answer(said))
        if isinstance(change, Opened)
    ]
    assert bool(opened) == opens
    if opened:
        assert opened[0].looked == answer(said)


@pytest.mark.parametrize(("said", "opens"), [("confirmed", True), ("unknown", False), (None, False)])
def test_what_is_faint_opens_only_if_the_second_look_confirms(
    tmp_path: Path, said: Answer | None, *, opens: bool
) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(
        'extends = "kitchen"\nversion = "t"\n[[rule]]\nid = "no_chef_hat"\nlook = "head"\nlook_below = 0.95\n'
    )
    judge = CameraJudge(load_rules(path, classes=CLASSES), zone=Zone.cooking)
    changes = [
        change
        for second in range(20)
        for change in judge.see(sight(second, HEAD), look=lambda _: None if said is None else answer(said))
    ]
    assert bool(changes) == opens
    alone = CameraJudge(load_rules(path, classes=CLASSES), zone=Zone.cooking)
    assert not [change for second in range(20) for change in alone.see(sight(second, HEAD))]


def test_without_a_picture_or_a_second_look_the_rule_decides_alone(tmp_path: Path) -> None:
    for look in (None, lambda _: None):
        judge = CameraJudge(looking(tmp_path), zone=Zone.cooking)
        changes = [change for second in range(20) for change in judge.see(sight(second, HEAD), look=look)]
        (opened,) = changes
        assert isinstance(opened, Opened)
        assert opened.looked is None


def test_the_second_look_is_asked_only_when_the_rule_over_time_is_met(tmp_path: Path) -> None:
    judge, asked = CameraJudge(looking(tmp_path), zone=Zone.cooking), list[Opened]()

    def look(opened: Opened) -> Looked:
        asked.append(opened)
        return answer("confirmed")

    for second in range(30):
        name = "head_bare" if second % 4 == 0 else "head_covered"
        judge.see(sight(second, HEAD, name=name), look=look)
    assert not asked
    for second in range(30, 60):
        judge.see(sight(second, HEAD), look=look)
    assert len(asked) == 1
    assert [at for at, _ in asked[0].trail] == sorted(at for at, _ in asked[0].trail)
    assert all(np.allclose(box, HEAD) for _, box in asked[0].trail)


def test_a_refuted_head_is_looked_at_again_after_a_pause_and_may_open_then(tmp_path: Path) -> None:
    judge, at = CameraJudge(looking(tmp_path), zone=Zone.cooking), list[float]()

    def look(opened: Opened) -> Looked:
        at.append(opened.at_s)
        return answer("refuted" if len(at) < 3 else "confirmed")

    changes = [change for second in range(30) for change in judge.see(sight(second, HEAD), look=look)]
    assert len(changes) == 1
    assert [b - a for a, b in pairwise(at)] == [LOOK_AGAIN_S, LOOK_AGAIN_S]


def test_a_refuted_head_does_not_hide_another_one(tmp_path: Path) -> None:
    judge = CameraJudge(looking(tmp_path), zone=Zone.cooking)
    other = (0.80, 0.20, 0.85, 0.29)

    def look(opened: Opened) -> Looked:
        return answer("refuted" if opened.trail[-1][1][0] < 0.6 else "confirmed")

    changes = [change for second in range(20) for change in judge.see(sight(second, HEAD, other), look=look)]
    (opened,) = changes
    assert isinstance(opened, Opened)
    assert opened.trail[-1][1][0] > 0.6


def test_a_crowd_of_refuted_heads_costs_a_few_looks_a_frame(tmp_path: Path) -> None:
    judge, asked = CameraJudge(looking(tmp_path), zone=Zone.cooking), dict[float, int]()
    heads = [(x, y, x + 0.02, y + 0.03) for x in np.arange(0.05, 0.9, 0.1) for y in (0.1, 0.4, 0.7)]

    def look(opened: Opened) -> Looked:
        asked[opened.at_s] = asked.get(opened.at_s, 0) + 1
        return answer("refuted")

    for second in range(40):
        assert judge.see(sight(second, *heads), look=look) == []
    assert max(asked.values()) <= LOOKS_A_FRAME


def test_a_scene_keeps_where_it_was_seen(tmp_path: Path) -> None:
    judge, asked = CameraJudge(looking(tmp_path, "smoking", "cigarette"), zone=Zone.cooking), list[Opened]()

    def look(opened: Opened) -> Looked:
        asked.append(opened)
        return answer("refuted")

    for second in range(12):
        seen = sight(second, (0.42, 0.26, 0.44, 0.28), name="cigarette").detections
        head = sight(second, HEAD, name="head_covered").detections
        both = Detections(
            boxes=np.concatenate([seen.boxes, head.boxes]), scores=np.array([0.9, 0.9], np.float32),
            names=seen.names + head.names,
        )  # fmt: skip
        assert judge.see(Sight(at_s=second, detections=both), look=look) == []
    assert asked
    assert all(len(opened.trail) >= 3 for opened in asked)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('look = "nose"', "expected one of head, mask, cigarette, phone, hand, none"),
        ('look = "phone"', "look 'phone' says nothing of head_bare"),
        ('look = "head"\nlook_veto = 0.9', "the first below the second"),
        ('look = "head"\nlook_confirm = 1.5', "expected look_veto, look_confirm, look_below of 0–1"),
        ("look = 3", "expected text"),
        ('look = "head"\nmin_score = 0.5\nlook_from = 0.2', "look_from is for rules about a scene"),
        ('look = "head"\nlook_veto = nan', "expected look_veto, look_confirm, look_below of 0–1"),
    ],
)
def test_a_rule_that_asks_for_a_look_that_cannot_be_is_refused(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        ruled(tmp_path, "no_chef_hat", line)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("look_from = 0.3", "look_from 0.3, expected at most min_score, 0.25"),
        ("look_from = -0.1", "look_from -0.1, expected at most min_score"),
        ("look_from = nan", "look_from nan, expected at most min_score"),
        ('look_from = "0.1"', "expected a number"),
    ],
)
def test_a_faint_score_that_cannot_be_is_refused(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        ruled(tmp_path, "smoking", line)


def test_a_faint_score_without_a_look_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="look_from without a look"):
        ruled(tmp_path, "trash_lid_open", "min_score = 0.5\nlook_from = 0.2")


NEAR_HEAD = (0.42, 0.26, 0.44, 0.28)


def smoker(at_s: float, score: float) -> Sight:
    """Return a covered head with something like a cigarette of this score before it."""
    found = Detections(
        boxes=np.array([NEAR_HEAD, HEAD], np.float32),
        scores=np.array([score, 0.9], np.float32),
        names=("cigarette", "head_covered"),
    )
    return Sight(at_s=at_s, detections=found)


@pytest.mark.parametrize(
    ("said", "opens"), [("confirmed", True), ("unknown", False), ("refuted", False), (None, False)]
)
def test_a_faint_cigarette_opens_only_if_the_second_look_confirms(said: Answer | None, *, opens: bool) -> None:
    judge, at = CameraJudge(default_rules(), zone=Zone.cooking), list[float]()

    def look(opened: Opened) -> Looked | None:
        at.append(opened.at_s)
        return None if said is None else answer(said)

    changes = [change for second in range(20) for change in judge.see(smoker(second, 0.18), look=look)]
    assert bool(changes) == opens
    assert all(isinstance(change, Opened) and change.faint for change in changes)
    assert all(later - earlier >= LOOK_AGAIN_S for earlier, later in pairwise(at))


def test_a_faint_cigarette_counts_for_nothing_without_a_second_look(tmp_path: Path) -> None:
    scores = [0.3, 0.18, 0.18, 0.3, 0.18, 0.18, 0.18]
    judge = CameraJudge(default_rules(), zone=Zone.cooking)
    assert not [change for second, score in enumerate(scores) for change in judge.see(smoker(second, score))]
    judge = CameraJudge(looking(tmp_path, "smoking", "none"), zone=Zone.cooking)
    assert not [
        change
        for second, score in enumerate(scores)
        for change in judge.see(smoker(second, score), look=lambda _: answer("confirmed"))
    ]


def test_doubt_about_faint_cigarettes_does_not_keep_a_sure_one_from_opening() -> None:
    judge, asked = CameraJudge(default_rules(), zone=Zone.cooking), list[Opened]()

    def look(opened: Opened) -> Looked:
        asked.append(opened)
        return answer("unknown")

    scores = [0.18] * 10 + [0.4] * 4
    changes = [change for second, s in enumerate(scores) for change in judge.see(smoker(second, s), look=look)]
    (opened,) = changes
    assert isinstance(opened, Opened)
    assert not opened.faint
    assert opened.score == pytest.approx(0.4)
    assert [at for at, _ in opened.trail] == [10, 11, 12, 13]
    assert any(one.faint for one in asked)


@pytest.mark.parametrize(("first", "ends"), [(0.4, True), (0.18, False)])
def test_faint_cigarettes_keep_open_only_what_they_opened(first: float, *, ends: bool) -> None:
    judge = CameraJudge(default_rules(), zone=Zone.cooking)
    asked = 0

    def look(_: Opened) -> Looked:
        nonlocal asked
        asked += 1
        return answer("confirmed" if asked == 1 else "unknown")

    scores = [first] * 5 + [0.18] * 40
    changes = [change for second, s in enumerate(scores) for change in judge.see(smoker(second, s), look=look)]
    assert [type(change) for change in changes] == ([Opened, Closed] if ends else [Opened])


def test_an_installation_may_switch_a_look_off(tmp_path: Path) -> None:
    assert next(rule for rule in looking(tmp_path, look="none").rules if rule.id == "no_chef_hat").look is None


def test_what_a_violation_stores_names_the_answer_and_the_network(tmp_path: Path) -> None:
    rule = looking(tmp_path).rules[0]
    assert reference(rule, version="1", looked=None) == {"id": "no_chef_hat", "version": "1"}
    assert reference(rule, version="1", looked=answer("confirmed", 0.93456))["look"] == {
        "attribute": "head",
        "answer": "confirmed",
        "share": 0.9346,
        "crops": 3,
        "model": {"name": "closeup-n"},
    }


def test_every_shipped_look_fits_its_rule() -> None:
    for rule in default_rules().rules:
        assert rule.look is None or rule.bad & set(ATTRIBUTES[rule.look])


@given(st.floats(0, 1), st.floats(0, 0.49), st.floats(0.5, 1))
def test_a_share_has_one_answer(share: float, veto: float, confirm: float) -> None:
    said = read_share(share, veto=veto, confirm=confirm)
    assert (said == "refuted") == (share <= veto)
    assert (said == "confirmed") == (share >= confirm)


def test_the_share_of_the_bad_values_is_the_mean_over_the_crops() -> None:
    shares = np.zeros((2, len(VALUES)), np.float32)
    shares[0, VALUES.index("no_mask")], shares[1, VALUES.index("mask_incorrect")] = 1.0, 0.5
    assert bad_share("mask", frozenset({"no_mask"}), shares) == pytest.approx(0.5)
    assert bad_share("mask", frozenset({"no_mask", "mask_incorrect"}), shares) == pytest.approx(0.75)


def test_the_largest_and_then_the_newest_moments_are_looked_at() -> None:
    boxes = [np.array([0, 0, side, side], np.float32) for side in (0.1, 0.3, 0.3, 0.2)]
    chosen = best_moments(list(enumerate(boxes)), most=3)
    assert [at for at, _ in chosen] == [2, 1, 3]
