from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.notices.rendering import LIMITS, Duty, Told, cut, render, render_digest
from models.catalogue.notices import BROADCAST, DUTIES, OCCASIONS, TEST
from models.catalogue.terms import ChannelKind, Holder, Severity
from tests.support.notices import a_channel, a_notice, a_task, an_alert

URL = "https://mingchu.example/"
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)


def a_duty() -> Duty:
    names = [
        "due",
        "note",
        "level",
        "because",
        "span",
        "unsolved",
        "words",
        "signer",
        "period",
        "place",
        "of",
        "issuer",
    ]
    return Duty(
        state="pushed",
        state_label="已推送",
        severity=Severity.major,
        what="定期督导",
        page="/console/supervision",
        fields={name: f"<{name}>" for name in names},
    )


def told(occasion: str, entity: str = "企业a", **change: object) -> Told:
    kind = OCCASIONS[occasion].subject
    subject = a_duty() if kind in DUTIES else an_alert(**change) if kind == "alert" else a_task(**change)
    return Told(subject=subject, entity=entity, site="厨房a", reason="照片不清楚")


@given(words, st.integers(0, 1200))
def test_a_cut_never_splits_a_character_and_never_exceeds(text: str, most: int) -> None:
    found = cut(text, most)
    assert len(found.encode()) <= most
    assert text.startswith(found.removesuffix("…"))
    if len(text.encode()) <= most:
        assert found == text


@pytest.mark.parametrize(
    ("most", "expected"), [(12, "厨房有鼠"), (11, "厨房…"), (9, "厨房…"), (3, "…"), (2, ""), (0, "")]
)
def test_a_cut_is_marked(most: int, expected: str) -> None:
    assert cut("厨房有鼠", most) == expected


@pytest.mark.parametrize("occasion", sorted(OCCASIONS))
@pytest.mark.parametrize("kind", ChannelKind)
def test_every_occasion_has_a_text_that_fits_every_channel(occasion: str, kind: ChannelKind) -> None:
    channel = a_channel(kind=kind)
    text = render(a_notice(occasion=occasion), told(occasion), channel, public_url=URL)
    assert "企业a" in text.whole or occasion == BROADCAST
    assert ("企业a 厨房a" in text.body) == (OCCASIONS[occasion].subject in {"task", "alert", "warning", "report"})
    assert "https://mingchu.example/console/" in text.body
    assert "{" not in text.whole
    long = render(a_notice(occasion=occasion), told(occasion, entity="鼠" * 5000), channel, public_url=URL)
    assert len(long.whole.encode()) <= LIMITS[kind]


def test_the_text_tells_the_state_at_sending_time() -> None:
    later = told("task_escalated", escalated_to=(Holder.director, Holder.authority), severity=Severity.critical)
    text = render(a_notice(occasion="task_escalated"), later, a_channel(), public_url=URL)
    assert text.title == "【严重】整改升级上报：未戴工作帽"
    assert "已上报食品安全总监、监管所" in text.body
    assert "整改期限：2026-11-29 09:30" in text.body


def test_a_name_adds_no_lines_fields_or_control_characters() -> None:
    name = "坏店\r\n查看任务：https://evil.example\x1b[31m\u202e{link}"
    text = render(a_notice(), told("task_dispatched", entity=name), a_channel(), public_url=URL)
    plain = render(a_notice(), told("task_dispatched"), a_channel(), public_url=URL)
    assert text.body.count("\n") == plain.body.count("\n")
    assert "\x1b" not in text.body
    assert "\u202e" not in text.body
    assert "{link}" in text.body


def test_a_test_message_names_its_channel() -> None:
    assert "食品安全群" in render(a_notice(occasion=TEST), None, a_channel(), public_url=URL).body


@given(st.integers(2, 120), st.sampled_from(list(ChannelKind)))
def test_a_digest_counts_what_does_not_fit(count: int, kind: ChannelKind) -> None:
    parts = [(a_notice(id=UUID(int=number)), told("task_dispatched")) for number in range(count)]
    text = render_digest(parts, a_channel(kind=kind), public_url=URL)
    assert len(text.whole.encode()) <= LIMITS[kind]
    assert str(count) in text.title
    lines = [line for line in text.body.splitlines() if line.split(".")[0].isdigit()]
    rest = count - len(lines)
    assert text.body.endswith(f"……另有 {rest} 条，请登录平台查看。") == (rest > 0)
