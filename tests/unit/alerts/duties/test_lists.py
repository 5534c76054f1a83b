"""The three lists of each level, and the text of a pledge."""

import pytest

from alerts.duties.lists import pledge_text, read_lists, shipped, text_digest
from models.base.errors import Invalid
from models.catalogue.supervision_terms import CadreLevel

WHO = {"name": "李包保", "post": "副镇长", "entity": "甲餐馆", "tier": "C", "visits": "每季度不少于一次"}
LEVEL = '[{level}]\ntitle = "t"\nduties = ["d"]\ntasks = ["t"]\ninspections = ["i"]\n'


def text(**levels: str) -> str:
    rows = "".join(levels.get(level, LEVEL.format(level=level)) for level in CadreLevel)
    return f'version = "1"\npledge = "{{title}} {{name}}"\n{rows}'


@pytest.mark.parametrize("level", list(CadreLevel))
def test_a_pledge_names_who_what_and_how_often(level: CadreLevel) -> None:
    said = pledge_text(shipped(), level=level, **WHO)
    own = shipped().levels[level]
    for part in (own.title, *own.duties, *WHO.values(), shipped().version):
        assert part in said
    assert "{" not in said


def test_another_name_makes_another_digest() -> None:
    said = [pledge_text(shipped(), level=CadreLevel.village, **{**WHO, "name": name}) for name in ("甲", "乙")]
    assert text_digest(said[0]) != text_digest(said[1])
    assert len(text_digest(said[0])) == 64


def test_a_file_with_every_level_is_read() -> None:
    assert read_lists(text()).levels[CadreLevel.city].duties == ("d",)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (text(city=""), r"expected \[city\]"),
        (text(village=LEVEL.format(level="village").replace('["d"]', "[]")), r"expected \[village\]"),
        (text().replace("{name}", "{nme}"), "names nme"),
    ],
)
def test_a_wrong_file_is_refused(wrong: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        read_lists(wrong)
