"""The API explains mistakes in Chinese to callers who ask for Chinese, and in English to others."""

from typing import Annotated

import pytest
from pydantic import AfterValidator, BaseModel, Field, ValidationError

from api.chinese import chinese_half, expected, wanted


def _even(number: int) -> int:
    if number % 2:
        raise ValueError("应为偶数 expected an even number")
    return number


def _plain(text: str) -> str:
    if "x" in text:
        raise ValueError("expected text without x")
    return text


class Form(BaseModel):
    measure: Annotated[str, Field(min_length=1, max_length=3), AfterValidator(_plain)]
    photos: Annotated[list[int], Field(min_length=1, max_length=2)]
    name: Annotated[str, Field(min_length=2, pattern="^[a-z]+$")]
    count: Annotated[int, Field(ge=1, le=5), AfterValidator(_even)]


GOOD = {"measure": "ab", "photos": [1], "name": "ab", "count": 2}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"measure": ""}, "必填"),
        ({"measure": "abcd"}, "最多 3 个字"),
        ({"measure": None}, "应为文字"),
        ({"measure": "x"}, "格式不正确"),
        ({"photos": []}, "必填"),
        ({"photos": [1, 2, 3]}, "最多 2 项"),
        ({"name": "a"}, "至少 2 个字"),
        ({"name": "AB"}, "格式不正确"),
        ({"count": "many"}, "应为整数"),
        ({"count": 0}, "不能小于 1"),
        ({"count": 6}, "不能大于 5"),
        ({"count": 3}, "应为偶数"),
    ],
)
def test_what_was_expected_is_told_in_chinese(change: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Form.model_validate(GOOD | change)
    assert [expected(error) for error in refused.value.errors()] == [says]


def test_a_field_that_is_not_there_is_demanded() -> None:
    with pytest.raises(ValidationError) as refused:
        Form.model_validate({})
    assert {expected(error) for error in refused.value.errors()} == {"必填"}


@pytest.mark.parametrize(
    ("text", "half"),
    [
        ("请填写签名 name: expected the name of the officer who signs", "请填写签名"),
        ("还有 3 项没有确认 3 rows have no answer", "还有 3 项没有确认"),
        ("只能填写今天或最近 7 天的记录 day 2026-01-01: expected today", "只能填写今天或最近 7 天的记录"),
        ("地址应写成 rtsp://主机:端口/路径 expected rtsp://host:port/path", "地址应写成 rtsp://主机:端口/路径"),
        ("权重合计应为 100 分 weights: all together 99", "权重合计应为 100 分"),
        ("接收方的答复无法识别", "接收方的答复无法识别"),
        ("陈晓燕 has 3 delegations; end some first", ""),
        ("退回重改 needs one of the roles admin; your role is enterprise", ""),
        ("夸大: expected at least 2 returns", ""),
        ("expected today", ""),
        ("", ""),
    ],
)
def test_of_a_message_in_two_languages_the_chinese_half_is_taken(text: str, half: str) -> None:
    assert chinese_half(text) == half


@pytest.mark.parametrize("accepted", ["zh-CN", "ZH", "zh-CN,zh;q=0.9,en;q=0.8"])
def test_chinese_is_for_those_who_ask_for_it_first(accepted: str) -> None:
    assert wanted(accepted)


@pytest.mark.parametrize("accepted", ["en, zh", "en-US", ""])
def test_english_is_for_everybody_else(accepted: str) -> None:
    assert not wanted(accepted)
