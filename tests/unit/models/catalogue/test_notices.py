import pytest

from models.base.errors import Invalid
from models.catalogue.duty_terms import WarningLevel
from models.catalogue.notices import (
    OCCASIONS,
    TEST,
    duty_occasion,
    occasion_label,
    occasion_of,
    read_occasions,
    severity_of_level,
)
from models.catalogue.terms import Severity
from models.events.types import EventType

ROW = '[x]\nlabel = "x"\nevents = ["mingchu.task.closed"]\nsubject = "task"\nstates = ["closed"]\n'

VISIT = (
    '[x]\nlabel = "x"\nevents = ["mingchu.supervision.updated"]\nsteps = ["push"]\nsubject = "supervision"\n'
    'severity = "minor"\ncadre = true\nstates = ["pushed"]\n'
)


def test_every_event_exists_and_makes_one_occasion() -> None:
    made = [
        (event, step) for occasion in OCCASIONS.values() for event in occasion.events for step in occasion.steps or {""}
    ]
    assert {event for event, _ in made} <= set(EventType)
    assert len(made) == len(set(made))


def test_enterprise_and_supervisor_hear_by_severity() -> None:
    minor = occasion_of(EventType.task_dispatched, severity=Severity.minor)
    assert minor is not None
    assert (minor.for_enterprise(Severity.minor), minor.for_supervisor(Severity.minor)) == (True, False)
    assert minor.for_supervisor(Severity.critical)
    assert occasion_of(EventType.alert_opened, severity=Severity.major) is None
    assert occasion_of(EventType.task_voided, severity=Severity.critical) is None


def test_labels() -> None:
    assert occasion_label("task_overdue") == "整改逾期"
    assert occasion_label(TEST) == "测试消息"
    assert occasion_label("gone") == "gone"


@pytest.mark.parametrize(
    "text",
    [
        ROW,
        ROW + 'enterprise = "minor"\ncolour = "red"\n',
        ROW.replace('"closed"]\n', '"pending_review"]\n', 1) + 'enterprise = "minor"\n',
        ROW.replace('["closed"]', '["gone"]') + 'enterprise = "minor"\n',
        ROW.replace('subject = "task"', 'subject = "site"') + 'enterprise = "minor"\n',
        ROW + 'enterprise = "minor"\nsteps = ["push"]\n',
        ROW + 'enterprise = "minor"\nseverity = "minor"\n',
        ROW + "cadre = true\n",
        ROW + 'supervisor = "minor"\nregion = "all"\n',
        VISIT.replace('"push"', '"gone"'),
        VISIT.replace('severity = "minor"\n', ""),
        VISIT.replace("cadre = true\n", ""),
    ],
)
def test_a_mistake_in_the_file_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_occasions(text)


def test_a_step_of_a_visit_makes_its_own_occasion() -> None:
    assert set(read_occasions(VISIT)) == {"x"}
    pushed = duty_occasion(EventType.supervision_updated, step="push")
    late = duty_occasion(EventType.supervision_updated, step="overdue")
    assert pushed is OCCASIONS["visit_pushed"]
    assert late is OCCASIONS["visit_late"]
    assert duty_occasion(EventType.supervision_updated, step="accept") is None
    assert duty_occasion(EventType.supervision_updated) is None


def test_red_and_orange_warnings_count_as_critical_and_major() -> None:
    assert [severity_of_level(level) for level in WarningLevel] == [
        Severity.minor,
        Severity.minor,
        Severity.major,
        Severity.critical,
    ]


def test_the_loudspeaker_speaks_of_critical_alerts_alone() -> None:
    opened = OCCASIONS["alert_opened"]
    said = opened.said(Severity.critical, zone="热加工区", what="明火无人看管")
    assert said == "请注意，热加工区发现明火无人看管，请立即处理。"
    assert opened.said(Severity.major, zone="热加工区", what="积水") is None
    assert OCCASIONS["task_dispatched"].said(Severity.critical, zone="热加工区", what="积水") is None


def test_words_for_the_loudspeaker_need_a_severity() -> None:
    row = '[x]\nlabel="x"\nevents=[]\nsubject="task"\nenterprise="minor"\nstates=[]\nspeech="x"\n'
    with pytest.raises(Invalid, match="together"):
        read_occasions(row)
