"""What free texts say: years, periods, words, figures, amounts of money."""

from __future__ import annotations

from datetime import date

import pytest

from ptxl.rules.figures import amount, figure, numbers
from ptxl.rules.texts import (
    another_year,
    doubled,
    is_safe_pattern,
    matched,
    period_of,
    shares,
    touches,
)


@pytest.mark.parametrize(
    "text",
    ["2021年完成监测任务", "保障 2025 年度工作", "确保2024年底前支付", "2025年培训，2026年考核",
     "完成2023年第一批项目", "2016-2020年建设任务", "2027年完工", "1998年档案",
     "用于2021年3月的宣传活动", "2025年底前建成消防网格86个", "2025年6月底前完成立项"],
)  # fmt: skip
def test_another_year_is_seen(text: str) -> None:
    assert another_year(text, 2026) is not None


@pytest.mark.parametrize(
    "text",
    [
        "", "全年培训2次", "2026年12月底前完成", "编号2021，共2021人", "120212年",
        # looking back, comparing, looking ahead
        "自2019年以来", "从2021年起", "2019年以来持续开展", "较2025年提高5%", "比2023年增长",
        "到2030年实现碳达峰",
        "在2025年基础上提高", "支付2025年结转的尾款", "与2024年同期相比",
        # done in the past
        "维护2019年购置的设备", "2021年建成的系统继续运行", "2020年成立的机构", "2022年印发的方案",
        # cited
        "依据《2021年工作要点》", "按照县政办〔2021〕5号", "怀财字【2025】7号", "根据2021年第5号令",
        # periods around the year, and plans
        "2024年至2028年", "2025—2027年", "2020年至2025年规划", "2021-2025年行动方案",
    ],
)  # fmt: skip
def test_other_mentions_are_left_out(text: str) -> None:
    assert another_year(text, 2026) is None


@pytest.mark.parametrize(
    ("period", "found"),
    [
        ("2024年—2026年", None),
        ("2024.07-2026.12", None),
        ("2025年", 2024),
        ("三年", 2024),
        ("", 2024),
    ],
)
def test_years_of_the_period_are_the_projects_own(period: str, found: int | None) -> None:
    assert another_year("2024年完成一期工程", 2026, period) == found


def test_the_first_that_differs_is_named() -> None:
    assert another_year("2026年培训，2021年宣传，2019年演练", 2026) == 2021


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026年3月-9月", date(2026, 3, 1), date(2026, 9, 30)),
        ("2024-2026年", date(2024, 1, 1), date(2026, 12, 31)),
        ("2025-2027", date(2025, 1, 1), date(2027, 12, 31)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("三年（2024—2026年）", date(2024, 1, 1), date(2026, 12, 31)),
        ("2024年—2026年（三年）", date(2024, 1, 1), date(2026, 12, 31)),
        ("2026年3月起", date(2026, 3, 1), None),
        ("2026年底前", None, date(2026, 12, 31)),
        ("一年", None, None),
        ("12个月", None, None),
        ("长期", None, None),
        ("3月-9月", None, None),
        ("", None, None),
    ],
)
def test_a_period_has_the_days_that_its_text_names(
    text: str, first: date | None, last: date | None
) -> None:
    assert period_of(text) == (first, last)


@pytest.mark.parametrize(
    ("one", "other", "common", "found"),
    [("网评员培训次数", "建设网评队伍", (), True), ("培训次数", "监测舆情", (), False),
     ("完成培训", "完成监测", (), True), ("完成培训", "完成监测", ("完成",), False),
     ("培，训", "培训", (), False), ("", "培训", (), False), ("5G基站", "5G网络", (), True)],
)  # fmt: skip
def test_texts_share_words(one: str, other: str, common: tuple[str, ...], found: bool) -> None:
    assert shares(one, other, common) is shares(other, one, common) is found


@pytest.mark.parametrize(
    ("one", "other", "common", "found"),
    [("监控点位数", "实时监测舆情", (), True), ("道路硬化", "监测舆情", (), False),
     ("完成培训", "完成监测", ("完成",), False), ("人数", "人次", ("人",), False),
     ("，2", "，2", (), False), ("", "培训", (), False)],
)  # fmt: skip
def test_texts_touch(one: str, other: str, common: tuple[str, ...], found: bool) -> None:
    assert touches(one, other, common) is touches(other, one, common) is found


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("2026年3月底前完成2所学校改造，培训1,200人次", 2),
        ("建成两所学校，满意度达到百分之九十", 2),
        ("1、保障运转。2、支持第三产业", 0),
        ("依据《2021年要点》和县政办〔2021〕5号开展一系列活动", 0),
        ("实现零事故", 1),
        ("按期做好一次性项目", 0),
    ],
)
def test_figures_are_counted(text: str, count: int) -> None:
    assert numbers(text) == count


@pytest.mark.parametrize(
    ("text", "unit", "name", "found"),
    [
        ("覆盖1.2万人", "人", "覆盖人数", 12_000),
        ("覆盖1.2万人", "人次", "覆盖人次", None),
        ("培训800人次", "人", "培训人数", None),
        ("培训教师800名", "人", "培训教师人数", 800),
        ("改造道路5千米，绿化3公里", "公里", "道路改造里程", 5),
        ("甲班培训20人；乙班培训30人", "人", "培训人数", None),
        ("投入300万元", "万元", "项目总额", None),
        ("供水管网漏损率控制在10%以内", "%", "供水保证率", None),
        ("三年累计改造老旧小区90个", "个", "改造老旧小区数量", 90),
        ("项目投入300万元", "万元", "项目投入", 300),
    ],
)
def test_the_figure_that_is_about_a_name(
    text: str, unit: str, name: str, found: int | None
) -> None:
    assert figure(text, unit, name) == found


@pytest.mark.parametrize(
    ("text", "most"),
    [("补助标准500元/人", None), ("每人补助3000元", None), ("1.5亿元", 15_000), ("3百万元", 300),
     ("约20余万元", 20), ("没有", None)],
)  # fmt: skip
def test_amounts_of_money(text: str, most: int | None) -> None:
    assert amount(text) == most


@pytest.mark.parametrize("text", ["人人参与，天天向上", "一个一个走访", "家家户户", "研究", ""])
def test_what_is_rightly_said_twice(text: str) -> None:
    assert doubled(text) == ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("加强加强管理", "加强加强"),
        ("做好工作，工作，处理投诉", "工作，工作"),
        ("共享的的资源", "的的"),
    ],
)
def test_what_was_typed_twice_is_named(text: str, found: str) -> None:
    assert doubled(text) == found


@pytest.mark.parametrize(
    "text", ["2026年9月-3月", "2026年9月—2026年3月", "2026.9-2026.3", "一年（2026年9月-3月）"]
)
def test_a_period_the_wrong_way_round(text: str) -> None:
    assert period_of(text) == (date(2026, 9, 1), date(2026, 3, 31))


@pytest.mark.parametrize(
    "written", ["(a+)+", "a*", "(a|b){2}", "a{2,99}", "a{2}b{2}c{2}", "(", "a??????"]
)
def test_a_pattern_that_a_text_could_make_slow_is_none(written: str) -> None:
    assert not is_safe_pattern(written)


def test_thousands_of_words_are_looked_up_by_how_they_begin() -> None:
    words = tuple(
        f"{first}{second}县" for first in "东西南北青山绿水" for second in "平安阳江河湖海"
    )
    assert matched("对口支援青平县和东阳县", words) == "青平县"
    assert matched("我县", words) == ""
