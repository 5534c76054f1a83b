from datetime import date

import pytest

from alerts.deadlines.notice import read_notice
from alerts.deadlines.seed import seeded
from models.base.errors import Invalid
from models.catalogue.terms import YearStatus

NOTICE_2026 = """国务院办公厅关于2026年部分节假日安排的通知
国办发明电〔2025〕7号
各省、自治区、直辖市人民政府，国务院各部委、各直属机构：
经国务院批准，现将2026年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的具体安排通知如下。
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
"""


def test_the_notice_of_a_year_agrees_with_the_holidays_package() -> None:
    year, known = read_notice(NOTICE_2026), seeded(2026)
    assert known is not None
    assert year.status is known.status is YearStatus.official
    assert year.make_up_days == known.make_up_days
    on_weekdays = {day for day in year.days_off if day.weekday() < 5}
    assert on_weekdays == {day for day in known.days_off if day.weekday() < 5}


def test_one_day_off_and_stretches_over_a_month_are_read() -> None:
    days = "一、元旦：1月1日（周三）放假1天，不调休。二、劳动节：4月30日至5月2日放假，共3天。"
    year = read_notice(f"关于2025年部分节假日安排的通知：{days}")
    assert year.days_off == {date(2025, 1, 1), date(2025, 4, 30), date(2025, 5, 1), date(2025, 5, 2)}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("1月1日（周四）", "1月1日（周五）", "周四"),
        ("共9天", "共8天", "9 days"),
        ("1月4日（周日）上班", "1月2日（周五）上班", "both a holiday and a make-up day"),
        ("5月9日（周六）上班", "5月8日（周五）上班", "a make-up day and a weekday"),
        ("2026年部分节假日安排", "部分节假日安排", "names no year"),
        ("2月15日", "2月30日", "has no 2月30日"),
        ("6月19日（周五）至21日（周日）", "6月21日至19日", "the first one first"),
    ],
)
def test_a_slip_is_refused_with_its_words(old: str, new: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read_notice(NOTICE_2026.replace(old, new, 1))


def test_a_text_without_holidays_is_refused() -> None:
    with pytest.raises(Invalid, match="lists no holiday"):
        read_notice("关于2027年部分节假日安排的通知：待定")
