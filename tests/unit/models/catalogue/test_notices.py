import pytest

from models.base.errors import Invalid
from models.catalogue.notices import OCCASIONS, TEST, occasion_label, occasion_of, read_occasions
from models.catalogue.terms import Severity
from models.events.types import EventType

ROW = '[x]\nlabel = "x"\nevents = ["mingchu.task.closed"]\nsubject = "task"\nstates = ["closed"]\n'


def test_every_event_exists_and_makes_one_occasion() -> None:
    events = [event for occasion in OCCASIONS.values() for event in occasion.events]
    assert set(events) <= set(EventType)
    assert len(events) == len(set(events))


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
    ],
)
def test_a_mistake_in_the_file_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_occasions(text)


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
