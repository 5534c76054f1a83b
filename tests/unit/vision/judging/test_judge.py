"""Every rule with a violating and a compliant course of events, sampled at one frame a second."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base.errors import Invalid
from models.catalogue.codes import VIOLATION_CODES
from models.catalogue.terms import Zone
from vision.judging.attributes import Answer, Looked
from vision.judging.detections import Detections
from vision.judging.judge import CameraJudge, Closed, Opened, Sight
from vision.judging.rules import default_rules, is_closed, load_rules
from vision.judging.tracks import Tracker
from vision.weights.shipped import shipped

CLASSES = shipped().classes
Seen = list[tuple[str, tuple[float, float, float, float]]]
HEAD = (0.40, 0.20, 0.45, 0.29)
FAR = (0.85, 0.70, 0.95, 0.90)
NEAR_HEAD = (0.42, 0.26, 0.44, 0.28)


def sight(at_s: float, seen: Seen, *, closed: bool = False, movers: int = 0) -> Sight:
    boxes = np.array([box for _, box in seen], np.float32).reshape(-1, 4)
    detections = Detections(
        boxes=boxes, scores=np.full(len(seen), 0.9, np.float32), names=tuple(name for name, _ in seen)
    )
    found = Detections.empty()
    if movers:
        found = Detections(
            boxes=np.array([[0.1, 0.8, 0.13, 0.83]], np.float32), scores=np.ones(1, np.float32), names=("mover",)
        )
    return Sight(at_s=at_s, detections=detections, closed=closed, movers=found, mover_steps=movers)


def codes(zone: Zone, seen: Seen, *, seconds: int = 20, closed: bool = False, movers: int = 0) -> set[str]:
    judge = CameraJudge(default_rules(), zone=zone)
    opened: set[str] = set()
    for second in range(seconds):
        for verdict in judge.see(sight(second, seen, closed=closed, movers=movers)):
            if isinstance(verdict, Opened):
                opened.add(verdict.rule.code)
    return opened


def test_heads_on_furniture_count_only_for_a_rule_that_says_so(tmp_path: Path) -> None:
    still = sight(0, [("head_bare", HEAD)]).detections
    path = tmp_path / "rules.toml"
    (hat,) = [rule for rule in default_rules().rules if rule.code == "no_chef_hat"]
    assert not hat.on_furniture
    fields = 'subject = "track"\nbad = ["head_bare"]\nwindow_s = 10\nratio = 0.6\nmin_samples = 4\ndwell_s = 5\n'
    for counts in (True, False):
        own = f'[[rule]]\nid = "own"\ncode = "no_chef_hat"\n{fields}end_after_s = 8\n'
        own += f"on_furniture = {str(counts).lower()}\n"
        path.write_text(f'version = "1"\n{own}', encoding="utf-8")
        judge = CameraJudge(load_rules(path, classes=CLASSES), zone=Zone.cooking)
        sights = [Sight(at_s=second, detections=Detections.empty(), furniture=still) for second in range(20)]
        opened = [change for one in sights for change in judge.see(one) if change.rule.id == "own"]
        assert bool(opened) == counts
    path.write_text(f'version = "1"\n{own.replace("false", "1")}', encoding="utf-8")
    with pytest.raises(Invalid, match="expected true or false"):
        load_rules(path, classes=CLASSES)


@pytest.mark.parametrize(
    ("zone", "seen", "expected"),
    [
        (Zone.cooking, [("head_bare", HEAD)], {"no_chef_hat"}),
        (Zone.cooking, [("head_covered", HEAD)], set()),
        (Zone.cooking, [("person", HEAD)], set()),  # unknown does not count
        (Zone.special_room, [("no_mask", HEAD)], {"no_mask"}),
        (Zone.meal_prep, [("no_mask", HEAD)], {"no_mask"}),
        (Zone.special_room, [("mask", HEAD)], set()),
        (Zone.special_room, [("head_covered", HEAD)], set()),  # a face turned away is unknown
        (Zone.cooking, [("no_mask", HEAD)], set()),  # outside rooms that require one it is advice
        (Zone.cooking, [("cigarette", NEAR_HEAD), ("head_covered", HEAD)], {"smoking"}),
        (Zone.cooking, [("cigarette", FAR), ("head_covered", HEAD)], set()),  # nobody holds it
        (Zone.cutting, [("phone", NEAR_HEAD), ("person", HEAD)], {"phone_use"}),
        (Zone.cutting, [("phone", FAR), ("person", HEAD)], set()),  # it lies there
        (Zone.storage, [("fire", FAR)], {"fire_smoke"}),
        (Zone.cooking, [("fire", FAR)], set()),  # a stove
        (Zone.storage, [("cat", FAR)], {"animal_intrusion"}),
        (Zone.storage, [("bin", FAR)], set()),
        (Zone.storage, [], set()),
    ],
)
def test_twenty_seconds_of_the_same(zone: Zone, seen: Seen, expected: set[str]) -> None:
    assert codes(zone, seen) == expected


# For each shipped rule: the zone, what is seen while it is broken and while it is kept, closed hours and movers.
COURSES: dict[str, tuple[Zone, Seen, Seen, dict[str, int]]] = {
    "no_chef_hat": (Zone.cooking, [("head_bare", HEAD)], [("head_covered", HEAD)], {}),
    "no_mask": (Zone.special_room, [("no_mask", HEAD)], [("mask", HEAD)], {}),
    "smoking": (Zone.cutting, [("cigarette", NEAR_HEAD), ("head_bare", HEAD)], [("head_covered", HEAD)], {}),
    "phone_use": (Zone.cutting, [("phone", NEAR_HEAD), ("person", HEAD)], [("person", HEAD)], {}),
    "trash_lid_open": (Zone.waste, [("bin_open_or_overflow", FAR)], [("bin", FAR)], {"seconds": 320}),
    "fire_smoke": (Zone.storage, [("smoke", FAR)], [("garbage", FAR)], {}),
    "animal_intrusion": (Zone.storage, [("dog", FAR)], [("person", FAR)], {}),
    "insect_pest": (Zone.storage, [("cockroach", FAR)], [("garbage", FAR)], {"closed": True}),
    "rodent": (Zone.storage, [], [("cat", FAR)], {"closed": True, "movers": 4}),
}


def test_every_shipped_rule_has_a_test_sequence() -> None:
    assert set(COURSES) == {rule.id for rule in default_rules().rules if not rule.off}


@pytest.mark.parametrize(
    ("switched", "said", "opens"),
    [
        ("", "confirmed", False),
        ("off = false", "confirmed", True),
        ("off = false", "unknown", False),
        ("off = false", "refuted", False),
    ],
)
def test_bare_hands_count_where_the_rule_is_switched_on_and_a_second_look_confirms(
    tmp_path: Path, switched: str, said: Answer, *, opens: bool
) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(f'extends = "kitchen"\nversion = "own"\n[[rule]]\nid = "no_gloves"\n{switched}\n', encoding="utf-8")
    judge = CameraJudge(load_rules(path, classes=CLASSES), zone=Zone.special_room)
    looked = Looked(answer=said, share=0.9, crops=3, model={})
    opened = [
        change
        for second in range(30)
        for change in judge.see(sight(second, [("no_glove", NEAR_HEAD)]), look=lambda _: looked)
        if isinstance(change, Opened)
    ]
    assert {one.rule.code for one in opened} == ({"no_gloves"} if opens else set())


@pytest.mark.parametrize("rule_id", COURSES)
def test_a_sequence_that_breaks_a_rule_is_a_violation_and_a_compliant_one_is_not(rule_id: str) -> None:
    zone, broken, kept, how = COURSES[rule_id]
    code = next(rule.code for rule in default_rules().rules if rule.id == rule_id)
    assert code in codes(zone, broken, **how)
    assert code not in codes(zone, kept, **how)


@pytest.mark.parametrize("rule_id", COURSES)
def test_unknown_detections_do_not_count(rule_id: str) -> None:
    """An empty picture, and a person whose head, face and hands are unclear, count neither for nor against."""
    zone, _, _, how = COURSES[rule_id]
    quiet = {name: value for name, value in how.items() if name != "movers"}
    assert codes(zone, [], **quiet) == set()
    assert codes(zone, [("person", HEAD), ("mask_incorrect", HEAD)], **quiet) == set()


@pytest.mark.parametrize("zone", sorted(set(Zone) - {Zone.special_room, Zone.meal_prep}))
def test_a_bare_face_is_advice_where_no_mask_is_required(zone: Zone) -> None:
    assert codes(zone, [("no_mask", HEAD)]) == set()


@pytest.mark.parametrize(("name", "score", "opens"), [("cigarette", 0.24, False), ("cigarette", 0.26, True)])
def test_a_faint_cigarette_is_not_smoking(name: str, score: float, *, opens: bool) -> None:
    judge = CameraJudge(default_rules(), zone=Zone.cutting)
    seen: Seen = [(name, NEAR_HEAD), ("head_covered", HEAD)]
    verdicts = []
    for second in range(20):
        at = sight(second, seen)
        faint = Detections(
            boxes=at.detections.boxes, scores=np.array([score, 0.9], np.float32), names=at.detections.names
        )
        verdicts += judge.see(Sight(at_s=second, detections=faint, closed=False, movers=at.movers, mover_steps=0))
    assert bool(verdicts) == opens


def test_pests_by_day_open_no_violation() -> None:
    assert codes(Zone.storage, [("cockroach", FAR)]) == set()
    assert codes(Zone.storage, [("cockroach", FAR)], closed=True) == {"insect_pest"}


def test_an_open_bin_counts_after_five_minutes_without_anybody_near() -> None:
    assert codes(Zone.waste, [("bin_open_or_overflow", FAR)], seconds=200) == set()
    assert codes(Zone.waste, [("bin_open_or_overflow", FAR)], seconds=320) == {"trash_lid_open"}
    beside = [("bin_open_or_overflow", FAR), ("person", (0.8, 0.5, 0.9, 0.9))]
    assert codes(Zone.waste, beside, seconds=320) == set()


def test_a_rodent_is_a_small_mover_in_closed_hours_and_not_the_cat() -> None:
    assert codes(Zone.storage, [], closed=True, movers=3) == {"rodent"}
    assert codes(Zone.storage, [], closed=True, movers=2) == set()
    assert codes(Zone.storage, [], closed=False, movers=5) == set()
    assert codes(Zone.storage, [("cat", FAR)], closed=True, movers=5) == {"animal_intrusion"}
    assert codes(Zone.storage, [("person", FAR)], closed=True, movers=5) == set()


def at_night(seen: Callable[[int], Seen], *, seconds: int = 60, movers: int = 0) -> list[tuple[str, int]]:
    """Return what opens in closed hours, and after how many seconds."""
    judge = CameraJudge(default_rules(), zone=Zone.storage)
    return [
        (verdict.rule.code, second)
        for second in range(seconds)
        for verdict in judge.see(sight(second, seen(second), closed=True, movers=movers if second > 4 else 0))
        if isinstance(verdict, Opened)
    ]


def cook(second: int, shift: float = 0.01) -> tuple[str, tuple[float, float, float, float]]:
    x = 0.3 + shift * (second % 20)
    return ("head_covered", (x, 0.2, x + 0.05, 0.29))


def test_a_kitchen_with_people_at_work_in_closing_hours_is_not_empty() -> None:
    assert at_night(lambda second: [("cockroach", FAR), cook(second)]) == []
    assert at_night(lambda second: [cook(second)], movers=5) == []


def test_it_is_empty_again_ten_minutes_after_the_last_one_left() -> None:
    ((code, second),) = at_night(
        lambda second: [("cockroach", FAR), *([cook(second)] if second < 30 else [])], seconds=700
    )
    assert code == "insect_pest"
    assert 30 + 600 <= second <= 30 + 640


def test_a_poster_does_not_count_as_a_person_at_work() -> None:
    assert at_night(lambda second: [("cockroach", FAR), cook(second, shift=0.0002)]) == [("insect_pest", 3)]


def test_a_glimpse_is_not_a_violation() -> None:
    judge = CameraJudge(default_rules(), zone=Zone.cooking)
    for second in range(30):
        name = "head_bare" if second % 4 == 0 else "head_covered"
        assert judge.see(sight(second, [(name, HEAD)])) == []


def test_a_situation_opens_once_and_closes_when_it_was_last_seen() -> None:
    judge = CameraJudge(default_rules(), zone=Zone.cooking)
    verdicts = []
    for second in range(60):
        verdicts += judge.see(sight(second, [("head_bare" if second < 20 else "head_covered", HEAD)]))
    opened, closed = verdicts
    assert isinstance(opened, Opened)
    assert isinstance(closed, Closed)
    assert (opened.started_s, closed.ended_s) == (0, 19)
    assert 5 <= opened.at_s <= 7


def test_another_bad_head_opens_nothing_on_a_frame_that_shows_the_first_one_covered() -> None:
    judge = CameraJudge(default_rules(), zone=Zone.cooking)
    first = {0: "head_bare", 3: "head_bare", 6: "head_bare", 7: "head_covered"}
    for second in range(40):
        seen: Seen = [(first[second], HEAD)] if second in first else []
        if second in {3, 7}:
            seen.append(("head_bare", FAR))
        verdicts = judge.see(sight(second, seen))
        assert not verdicts


@given(
    st.lists(st.tuples(*[st.sampled_from(["head_bare", "head_covered", None])] * 2), min_size=10, max_size=60),
)
def test_a_violation_opens_on_a_frame_that_shows_it_and_ends_when_last_seen(
    course: list[tuple[str | None, str | None]],
) -> None:
    judge, opened = CameraJudge(default_rules(), zone=Zone.cooking), []
    for second, names in enumerate([*course, *[(None, None)] * 60]):
        seen: Seen = [(name, box) for name, box in zip(names, (HEAD, FAR), strict=True) if name is not None]
        for verdict in judge.see(sight(second, seen)):
            if isinstance(verdict, Opened):
                assert "head_bare" in names
                opened.append(verdict)
            else:
                assert opened.pop().at_s <= verdict.ended_s <= second
    assert not opened


def test_the_same_frames_lead_to_the_same_changes() -> None:
    def run() -> list[object]:
        judge = CameraJudge(default_rules(), zone=Zone.cooking)
        found: list[object] = []
        for i in range(40):
            box = (0.1 + i * 0.01, 0.2, 0.15 + i * 0.01, 0.29)
            found += [(type(v).__name__, v.rule.id) for v in judge.see(sight(i, [("head_bare", box)]))]
        return found

    assert run() == run() != []


def test_a_track_follows_a_walking_head_and_not_another() -> None:
    tracker = Tracker(memory_s=10)
    for second in range(8):
        left = (0.10 + 0.04 * second, 0.2, 0.14 + 0.04 * second, 0.27)
        right = (0.80, 0.6, 0.84, 0.67)
        tracks = tracker.update(sight(second, [("head_bare", left), ("head_covered", right)]).detections, at_s=second)
    assert [(track.id, {name for _, name, _ in track.votes}) for track in tracks] == [
        (1, {"head_bare"}),
        (2, {"head_covered"}),
    ]


def test_every_rule_names_a_known_code_and_keeps_its_polarity() -> None:
    for rule in default_rules().rules:
        assert rule.code in VIOLATION_CODES
        assert not rule.bad & rule.good
    by_id = {rule.id: rule for rule in default_rules().rules}
    assert (by_id["no_chef_hat"].bad, by_id["no_chef_hat"].good) == ({"head_bare"}, {"head_covered"})
    assert (by_id["no_mask"].bad, by_id["no_mask"].good) == ({"no_mask"}, {"mask"})


HATS = 'extends = "kitchen"\nversion = "x"\n[[rule]]\nid = "no_chef_hat"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("version = 1", "expected version"),
        ("not toml [", "rules.toml"),
        ('version = "x"\n[[rule]]\nid = "a"', "rule 'a'"),
        ('extends = "moon"\nversion = "x"', "extends"),
        ('extends = "kitchen"\nversion = "x"\n[[rule]]\nid = "nope"', "no shipped rule"),
        ('extends = "kitchen"\nversion = "x"\n[[rule]]\nid = "rodent"\nratio = 3', "ratio"),
        ('extends = "kitchen"\nversion = "x"\n[[rule]]\nid = "rodent"\nzones = ["moon"]', "unknown zone"),
        ('extends = "kitchen"\nversion = "x"\n[[rule]]\nid = "rodent"\nwhen = "at night"', "any or closed"),
        (f"{HATS}bad = 'head_bare'", "expected a list of words"),
        (f"{HATS}bad = ['hed_bare']", "no class 'hed_bare'; there are head_covered"),
        (f"{HATS}window_s = '10'", "window_s = '10', expected a number"),
        (f"{HATS}colour = 'red'", "colour"),
        (f"{HATS}when = ['closed']", "when"),
        (f"{HATS}dwell_s = 60", "dwell_s 60 is longer than window_s 10"),
        (f"{HATS}bad = []", "no bad classes"),
        (f"{HATS}[[rule]]\nid = 'no_chef_hat'", "two with this id"),
        ('extends = "kitchen"\nversion = "x"\nrule = [1]', r"expected \[\[rule\]\] tables"),
        ('version = "x"\nrule = [1]', r"expected \[\[rule\]\] tables"),
    ],
)
def test_wrong_rules_are_refused_with_the_place(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(text)
    with pytest.raises(Invalid, match=says):
        load_rules(path, classes=CLASSES)


def test_rules_in_the_encoding_of_a_chinese_windows_are_read(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_bytes('extends = "kitchen"\nversion = "夜班"\n'.encode("gb18030"))
    assert load_rules(path, classes=CLASSES).version == "夜班"


@pytest.mark.parametrize(("hour", "closed"), [(21, False), (22, True), (23, True), (3, True), (5, False), (12, False)])
def test_closing_hours_are_local_and_may_span_midnight(hour: int, closed: bool) -> None:  # noqa: FBT001 - a parameter
    at = datetime(2026, 9, 1, hour, 30, tzinfo=UTC)
    shanghai = at.replace(hour=(hour - 8) % 24)
    assert is_closed(time(22), time(5), at=shanghai) == closed
    assert not is_closed(None, None, at=shanghai)
