"""Formulas as files: the shipped one is what the design says, a wrong one is refused."""

from importlib.resources import files

import pytest

from alerts.indices.formula_files import CURRENT, formula, read_formula
from models.base.errors import Invalid
from models.catalogue.index_terms import IndexKind
from models.store.indices import COUNTS

TEXT = files("alerts.indices").joinpath("formulas", "entity.2026.1.toml").read_text("utf-8")


def test_the_enterprises_formula_has_the_weights_of_the_design() -> None:
    found = formula(CURRENT[IndexKind.entity])
    assert [one.weight for one in found.indicators] == [15, 10, 5, 15, 20, 10, 10, 10, 3, 2]
    assert (found.enough, found.prior, found.standard) == (60, 10, "design")
    assert [(one.name.value, int(one.least)) for one in found.bands] == [
        ("green", 90),
        ("blue", 75),
        ("yellow", 60),
        ("red", 0),
    ]
    assert next(one.points for one in found.indicators if one.points) == {"critical": 10, "major": 3, "minor": 1}


def test_a_countys_formula_has_the_weights_of_the_design_since_it_knows_pledges() -> None:
    found = {one.name: one.weight for one in formula("region.2026.2").indicators}
    assert (found.pop("pledged"), sum(found.values())) == (5, 95)
    assert found == {one.name: one.weight for one in formula("region.2026.1").indicators}


@pytest.mark.parametrize("kind", list(CURRENT))
def test_every_indicator_and_cap_is_counted(kind: IndexKind) -> None:
    found = formula(CURRENT[kind])
    assert found.kind is kind
    named = set(found.counted) | {one.fact for one in found.caps} - {"weak_quarter"}
    of_entities = {"rectified", "acknowledged", "online", "posts"} if kind is IndexKind.region else set()
    assert named == COUNTS[kind] | of_entities


@pytest.mark.parametrize("version", ["entity.2020.1", "../../x", "entity", ""])
def test_an_unknown_version_is_refused(version: str) -> None:
    with pytest.raises(Invalid, match=r"expected one of .*entity\.2026\.1"):
        formula(version)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('kind = "entity"', 'kind = "moon"', "kind 'moon'"),
        ("enough = 60", "enough = 101", "more than all weights"),
        ("enough = 60", "enough = true", "expected a whole number"),
        ("prior = 10", "", "wrong or missing prior"),
        ("weight = 20", "weight = 0", "indicator 'rectified': weight 0"),
        ("weight = 20", "weight = 2.5", "indicator 'rectified': weight 2.5"),
        ('name = "week"', 'name = "day"', "each name once"),
        ('method = "plain"', 'method = "guess"', "method 'guess'"),
        ('method = "plain"', 'method = "plain"\ntimes = "x"\ntimes_label = "x"', "only where the method is shrunk"),
        ('method = "shrunk"', 'method = "shrunk"\ntimes = "week"\ntimes_label = "x"', "no indicator itself"),
        ('method = "shrunk"', 'method = "shrunk"\ntimes = "x"', "wrong or missing times_label"),
        ('least_median = "1"', 'least_median = "0"', "above 0"),
        ('least_median = "1"', 'least_median = "x"', "is no number"),
        ("minor = 1", "tiny = 1", "points, expected one number for each"),
        ("at_most = 59", "at_most = 101", "expected 0–100"),
        ("least = 75", "least = 95", "the best first"),
        ('name = "blue"', 'name = "insufficient"', "band 'insufficient'"),
        ('mean_if = "intensity"', 'mean_if = "moon"', "mean_if 'moon'"),
        ('mean_if = "intensity"', 'mean_if = "rectified"', "that has none itself"),
        ('method = "plain"', 'method = "plain"\nmean_if = "day"', "only where the method is shrunk"),
        ("prior = 10", "prior = ", "expected TOML"),
    ],
)
def test_a_wrong_formula_is_refused(old: str, new: str, says: str) -> None:
    assert old in TEXT
    with pytest.raises(Invalid, match=says):
        read_formula(TEXT.replace(old, new, 1))
