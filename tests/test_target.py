"""The grammar of target values, as tables labelled by hand: typed text → value."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptxl.model.form import Manner
from ptxl.renew.fill import split_target
from ptxl.values.target_value import Comparison, TargetValue, join_target, parse_target, target_json

TABLES = Path(__file__).parent / "data"
#: published values and the label that a reviewer would give them; never made by the parser
PUBLISHED = TABLES / "target_values.tsv"
#: what else clerks type, in groups under # headings; labelled by hand, and where more than one
#: label could stand (每月1次, 零投诉, 有/无) the row holds the reading that was decided on
VARIANTS = TABLES / "target_variants.tsv"


def labelled(line: str) -> TargetValue:
    """One line of a table, its fields parted by tabs: raw, comparison and so on; blank is None."""
    raw, comparison, *fields = line.split("\t")
    number, upper, unit, note, first, last = (fields + [""] * 6)[:6]
    assert comparison in get_args(Comparison)
    return TargetValue(
        raw=raw,
        comparison=comparison,  # type: ignore[arg-type]
        number=Decimal(number) if number else None,
        upper=Decimal(upper) if upper else None,
        unit=unit or None,
        note=note or None,
        date_from=date.fromisoformat(first) if first else None,
        date_to=date.fromisoformat(last) if last else None,
    )


def rows_of(table: Path) -> list[TargetValue]:
    lines = table.read_text(encoding="utf-8").split("\n")
    return [labelled(line) for line in lines[1:] if line and not line.startswith("# ")]


def made_up(table: str) -> list[TargetValue]:
    """The same table inside a test, its fields parted by | and free blanks between them."""
    rows = [[field.strip() for field in line.split("|")] for line in table.strip().splitlines()]
    return [labelled("\t".join(row)) for row in rows]


@pytest.mark.parametrize(
    "expected", rows_of(PUBLISHED) + rows_of(VARIANTS), ids=lambda value: value.raw
)
def test_a_value_reads_as_a_reviewer_reads_it(expected: TargetValue) -> None:
    assert parse_target(expected.raw) == expected


FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


@pytest.mark.parametrize("expected", rows_of(PUBLISHED), ids=lambda value: value.raw)
def test_full_width_and_blanks_around_change_nothing(expected: TargetValue) -> None:
    for raw in (expected.raw.translate(FULL_WIDTH), f" {expected.raw}\n"):
        assert parse_target(raw) == replace(expected, raw=raw)


SIGNS = """
    at least 90%             | >=   | 90     |    | %
    Not less than 1,200 m2   | >=   | 1200   |    | m2
    no more than 5 days      | <=   | 5      |    | days
    at most 30 people        | <=   | 30     |    | people
    less than 3%             | <    | 3      |    | %
    ≥95％                    | >=   | 95     |    | %
    ＞＝９５％               | >=   | 95     |    | %
    ≧ 95 %                   | >=   | 95     |    | %
    =>95%                    | >=   | 95     |    | %
    ≤=5%                     | <=   | 5      |    | %
    ﹤3%                     | <    | 3      |    | %
    不少于３次               | >=   | 3      |    | 次
    不得低于90%              | >=   | 90     |    | %
    未低于90%                | >=   | 90     |    | %
    至少一次                 | >=   | 1      |    | 次
    不超过3万元/年           | <=   | 3      |    | 万元/年
    小于或等于5%             | <=   | 5      |    | %
    控制在20万元以内         | <=   | 20     |    | 万元
    超过5万人                | >    | 50000  |    | 人
    低于5%                   | <    | 5      |    | %
    等于100%                 | =    | 100    |    | %
    95%（含）以上            | >=   | 95     |    | %
    95%以上（含95%）         | >=   | 95     |    | %     | 含95%
    90%及以上                | >=   | 90     |    | %
    ≥90%以上                 | >=   | 90     |    | %
    5个工作日内              | <=   | 5      |    | 个工作日
    三个工作日内             | <=   | 3      |    | 个工作日
    2小时内响应              | <=   | 2      |    | 小时  | 响应
    3天以下                  | <=   | 3      |    | 天
    满意度≥95%               | >=   | 95     |    | %     | 满意度
    每年不少于2次            | >=   | 2      |    | 次    | 每年
    约100人                  | =    | 100    |    | 人    | 约
    100人左右                | =    | 100    |    | 人    | 左右
    100余人                  | =    | 100    |    | 人    | 余
    ≥5%以内                  | text
    ≥85%-95%                 | text
    不低于上年10%            | text
    大于等于                 | text
    ≥                        | text
"""
NUMBERS = """
    100.                     | =     | 100
    １，０００元             | =     | 1000      |    | 元
    1,681,680元              | =     | 1681680   |    | 元
    -5%                      | =     | -5        |    | %
    ≥99.99%                  | >=    | 99.99     |    | %
    35.6万人                 | =     | 356000    |    | 人
    1.5亿立方米              | =     | 150000000 |    | 立方米
    2亿                      | =     | 200000000
    5千人                    | =     | 5000      |    | 人
    1亿元                    | =     | 1         |    | 亿元
    1.2万亿元                | =     | 1.2       |    | 万亿元
    100万美元                | =     | 100       |    | 万美元
    30万(元)                 | =     | 30        |    | 万元
    3/4                      | =     | 0.75
    1/2以上                  | >=    | 0.5
    ≤8/10万                  | <=    | 8         |    | /10万
    18/10万人以下            | <=    | 18        |    | /10万人
    3/20万                   | text
    85%-95%                  | range | 85        | 95    | %
    85～95%                  | range | 85        | 95    | %
    3至5次                   | range | 3         | 5     | 次
    3—5年                    | range | 3         | 5     | 年
    1-2万人                  | range | 10000     | 20000 | 人
    1万-2万元                | range | 1         | 2     | 万元
    每年3-5次                | range | 3         | 5     | 次    | 每年
    ≥85%且≤95%               | range | 85        | 95    | %
    85%≤满意度<95%           | range | 85        | 95    | %
    5-8℃                     | range | 5         | 8     | ℃
    百分之九十五             | =     | 95        |       | %
    百分之百                 | =     | 100       |       | %
    千分之5                  | =     | 5         |       | ‰
    两次                     | =     | 2         |       | 次
    十二个月                 | =     | 12        |       | 个月
    每年一次                 | =     | 1         |       | 次    | 每年
    12,34                    | text
    1:1                      | text
    10-5                     | text
    24/7                     | text
    7*24小时                 | text
    1.5.2                    | text
    100+                     | text
    1万5千元                 | text
    从80%提升到95%           | text
    20*30cm                  | text
"""
UNITS = """
    95 (%)                   | =    | 95     |    | %
    95%(百分比)              | =    | 95     |    | %
    95（百分比）             | =    | 95     |    | %
    98百分之                 | =    | 98     |    | %
    2个百分点                | =    | 2      |    | 个百分点
    5‰                       | =    | 5      |    | ‰
    1次/月                   | =    | 1      |    | 次/月
    600元/人·月              | =    | 600    |    | 元/人·月
    600元/(人·月)            | =    | 600    |    | 元/(人·月)
    30元/人、天              | =    | 30     |    | 元/人、天
    15元／亩                 | =    | 15     |    | 元/亩
    5万/月                   | =    | 5      |    | 万元/月
    ≤2万/年                  | <=   | 2      |    | 万元/年
    5万/人                   | =    | 5      |    | 万/人
    2千米                    | =    | 2      |    | 千米
    50千瓦                   | =    | 50     |    | 千瓦
    300㎡                    | =    | 300    |    | ㎡
    80m3                     | =    | 80     |    | m3
    30μg/m³                  | =    | 30     |    | μg/m³
    24h                      | =    | 24     |    | h
    100(人)                  | =    | 100    |    | 人
    0起事故                  | =    | 0      |    | 起事故
    2名专职人员              | =    | 2      |    | 名专职人员
    1个（平台）              | =    | 1      |    | 个    | 平台
    ≥3%(含)                  | >=   | 3      |    | %     | 含
    12次（每月1次）          | =    | 12     |    | 次    | 每月1次
    100%到位                 | =    | 100    |    | %     | 到位
    提升10%                  | =    | 10     |    | %     | 提升
    增长5%以上               | >=   | 5      |    | %     | 增长
    培训100人次              | =    | 100    |    | 人次  | 培训
    6个月内完成              | <=   | 6      |    | 个月  | 完成
    每亩300元                | =    | 300    |    | 元    | 每亩
    （≥95%）                 | >=   | 95     |    | %
    100%。                   | =    | 100    |    | %
    95%的群众满意            | text
    5个项目全部完工          | text
    12个行政村完成改厕任务   | text
    1000元/人标准发放        | text
    前10名                   | text
    第3名                    | text
    3A级                     | text
    100%%                    | text
    万人次                   | text
    %                        | text
    元/亩                    | text
    ≥XX万元                  | text
    ≥_%                      | text
    ≥**95%                   | text
    指标2：                  | text
"""
DATES = """
    2023年9月30日            | by_date | | | |  | 2023-09-30 | 2023-09-30
    2023.9.30                | by_date | | | |  | 2023-09-30 | 2023-09-30
    2023/9/30                | by_date | | | |  | 2023-09-30 | 2023-09-30
    2023-09-30 00:00:00      | by_date | | | |  | 2023-09-30 | 2023-09-30
    20231231                 | by_date | | | |  | 2023-12-31 | 2023-12-31
    ２０２５年１２月         | by_date | | | |  | 2025-12-01 | 2025-12-31
    2024年2月                | by_date | | | |  | 2024-02-01 | 2024-02-29
    2023年12月31日前完成支付 | by_date | | | |  |            | 2023-12-31
    2025.12月底前            | by_date | | | |  |            | 2025-12-31
    ≤2023年12月31日          | by_date | | | |  |            | 2023-12-31
    不晚于2023年6月          | by_date | | | |  |            | 2023-06-30
    ≥2022年                  | by_date | | | |  | 2022-01-01
    2023年第四季度           | by_date | | | |  | 2023-10-01 | 2023-12-31
    2023年三季度末           | by_date | | | |  |            | 2023-09-30
    2023年上半年             | by_date | | | |  | 2023-01-01 | 2023-06-30
    2023年9月上旬            | by_date | | | |  | 2023-09-01 | 2023-09-10
    2023年9月初              | by_date
    2023年内完成             | by_date | | | |  | 2023-01-01 | 2023-12-31
    2021-2025年              | by_date | | | |  | 2021-01-01 | 2025-12-31
    2025年1-12月             | by_date | | | |  | 2025-01-01 | 2025-12-31
    2025.1.1-2025.12.31      | by_date | | | |  | 2025-01-01 | 2025-12-31
    2023年6月至次年5月       | by_date | | | |  | 2023-06-01 | 2024-05-31
    2023年9月（暂定）        | by_date | | | | 暂定 | 2023-09-01 | 2023-09-30
    3月、6月、9月、12月      | by_date
    1月-12月                 | by_date
    6月30日前                | by_date
    每月15日前               | by_date
    每季度末                 | by_date
    年底前完成               | by_date
    本年度内                 | by_date
    第四季度                 | by_date
    12月                     | by_date
    12个月                   | =    | 12 | | 个月
    ≤12月                    | <=   | 12 | | 月
    15日                     | =    | 15 | | 日
    5年以上                  | >=   | 5  | | 年
    一年内                   | <=   | 1  | | 年
    ≥2021.6                  | >=   | 2021.6
    ≥2021.6.30               | by_date | | | |  | 2021-06-30
    2021.60                  | =    | 2021.60
    2021.5万元               | =    | 2021.5 | | 万元
    2025                     | =    | 2025
    202312                   | =    | 202312
    2023年2月30日            | text
    2023年13月               | text
    2023年1次                | text
    每年                     | text
    2024年6月底完工率100%    | text
    当年完成率               | text
"""
WORDS = """
    是/否                    | grade
    有                       | grade
    优/良/中/差              | grade
    定性：显著               | grade
    =及时                    | grade
    ≥良好                    | grade
    合格以上                 | grade
    按时完成                 | grade
    及时足额发放             | grade
    运转正常                 | grade
    安全、稳定               | grade
    有效传承                 | grade
    应保尽保                 | grade
    达到预期目标             | grade
    符合国家标准             | grade
    无安全事故               | grade
    优（≥90分）              | grade | | | | ≥90分
    可持续                   | grade
    暂无                     | none
    不涉及                   | none
    无此项指标               | none
    本指标不适用             | none
    无（本年未安排）         | none | | | | 本年未安排
    /                        | none
    ——                       | none
    定性                     | text
    人                       | text
    提升服务水平             | text
    促进经济发展             | text
    改善人居环境             | text
    有效措施                 | text
    有房屋                   | text
    三级                     | text
    Ⅲ类                      | text
    一户一策                 | text
    国家标准                 | text
"""


@pytest.mark.parametrize(
    "expected",
    [value for table in (SIGNS, NUMBERS, UNITS, DATES, WORDS) for value in made_up(table)],
    ids=lambda value: value.raw,
)
def test_other_ways_of_writing(expected: TargetValue) -> None:
    assert parse_target(expected.raw) == expected


@pytest.mark.parametrize("raw", ["", " ", "\n", "，", "9" * 20, "1" + " " * 10_000, "优良" * 5_000])
def test_what_says_nothing_certain_is_text(raw: str) -> None:
    assert parse_target(raw) == TargetValue(raw=raw, comparison="text")


@pytest.mark.parametrize(
    ("name", "raw", "number", "unit"),
    [
        ("种植面积（亩）", "500", "500", "亩"),
        ("防火面积(万亩)", "320", "3200000", "亩"),
        ("种植作物成活率(≥**%)", ">=85", "85", "%"),
        ("指标1：满意度（百分比）", "95", "95", "%"),
        ("收入（万元）", "2020.5", "2020.5", "万元"),
        ("种植面积（亩）", "2公顷", "2", "公顷"),
        ("产值（万元）", "30万", "300000", None),
        ("受益人数（人）", "30万", "300000", "人"),
        ("培训（扶贫）", "50", "50", None),
        ("种植(亩)数量", "50", "50", None),
        ("补助标准（户）", "2000", "2000", None),
        ("家庭医生签约率（人）", "80", "80", None),
        ("新建道路（一期）", "2", "2", None),
        ("补助（个人）", "300", "300", None),
        ("召开会议", "2", "2", None),
    ],
)
def test_a_unit_in_the_name_serves_a_value_without_one(
    name: str, raw: str, number: str, unit: str | None
) -> None:
    value = parse_target(raw, name)
    assert (value.number, value.unit) == (Decimal(number), unit)


@pytest.mark.parametrize(
    ("sign", "amount", "unit", "expected"),
    [
        ("≥", "95", "%", "≥95% | >= | 95 | | %"),
        (" ≥ ", " 95 ", " % ", "≥95% | >= | 95 | | %"),
        ("大于等于", "10157.6", "平方米", "大于等于10157.6平方米 | >= | 10157.6 | | 平方米"),
        ("＝", "320", "万亩", "＝320万亩 | = | 3200000 | | 亩"),
        ("", "4.83", "万元", "4.83万元 | = | 4.83 | | 万元"),
        ("≥", "90", "%(百分比)", "≥90%(百分比) | >= | 90 | | %"),
        ("≥", "1", "人/年", "≥1人/年 | >= | 1 | | 人/年"),
        ("", "12", "月", "12月 | = | 12 | | 月"),
        ("≥", "95%", "%", "≥95% | >= | 95 | | %"),
        ("≥", "≥95", "%", "≥95% | >= | 95 | | %"),
        ("", "2020", "年", "2020年 | by_date | | | | | 2020-01-01 | 2020-12-31"),
        (">", ">=90", "%", ">>=90% | text"),
        ("定性", "95", "%", "定性95% | text"),
        ("定性", "≥95%", "", "定性≥95% | text"),
        ("6 定性", "95", "%", "6 定性95% | text"),
        ("定性", "80%-90%", "", "80%-90% | range | 80 | 90 | %"),
        ("定量（其他）", "95", "%", "95% | = | 95 | | %"),
        ("定性", "2023年9月", "", "2023年9月|by_date| | | | |2023-09-01|2023-09-30"),
        ("≥", "9O", "%", "≥9O% | text"),
        ("定性", "优良中低差", "", "优良中低差 | grade"),
        ("6 定性", "优", "无", "优 | grade"),
        ("定性", "提升", "级", "提升级 | grade"),
        ("定量（其他）", "2023年9月", "", "2023年9月|by_date| | | | |2023-09-01|2023-09-30"),
        ("不适用", "", "", "不适用 | none"),
        ("≥", "", "%", "≥% | text"),
        ("", "", "公里", "公里 | text"),
        ("≥", "**", "万元", "≥**万元 | text"),
        ("定性", "", "", " | text"),
        ("", "", "", " | text"),
    ],
)
def test_a_value_in_three_columns_reads_as_one(
    sign: str, amount: str, unit: str, expected: str
) -> None:
    fields = [field.strip() for field in expected.split("|")]
    assert join_target(sign, amount, unit) == labelled("\t".join(fields))


@pytest.mark.parametrize(
    "typed", rows_of(PUBLISHED) + rows_of(VARIANTS), ids=lambda value: value.raw
)
def test_a_value_filled_into_three_columns_reads_the_same(typed: TargetValue) -> None:
    parts = split_target(typed, Manner())
    read = join_target(parts["sign"], parts["amount"], parts["unit"])
    if typed.comparison == "text":
        assert read.number is None
    else:
        assert replace(read, raw="", note=None) == replace(typed, raw="", note=None)


def test_json_holds_the_bounds_only_where_there_are_any() -> None:
    assert target_json(parse_target("≥230篇（更新新闻篇数）")) == {
        "raw": "≥230篇（更新新闻篇数）",
        "comparison": ">=",
        "number": Decimal(230),
        "unit": "篇",
        "note": "更新新闻篇数",
    }
    assert target_json(parse_target("3-5次"))["upper"] == Decimal(5)
    period = target_json(parse_target("2023.07-2024.01"))
    assert (period["date_from"], period["date_to"]) == ("2023-07-01", "2024-01-31")
    assert "date_from" not in target_json(parse_target("2023年年底"))
    assert target_json(parse_target("提升"))["number"] is None


SCRAPS = [
    *"0123456789.,，%％≥≤<>=＝-—~/*·()（）、 \n一两十百千万亿元人次个月年日底前内无不是优提升",
    *[
        "以上",
        "左右",
        "百分之",
        "2023",
        "完成",
        "有效",
        "不超过",
        "全年",
        "季度",
        "至",
        "约",
        "及时",
    ],
]


@given(st.one_of(st.text(), st.lists(st.sampled_from(SCRAPS)).map("".join)), st.text())
def test_any_text_is_read_and_kept(raw: str, name: str) -> None:
    value = parse_target(raw, name)
    assert value.raw == raw
    assert (value.number is None) == (value.comparison in ("by_date", "grade", "text", "none"))
    assert (value.upper is not None) == (value.comparison == "range")
    if value.comparison == "text":
        assert value == TargetValue(raw=raw, comparison="text")
    if value.comparison != "by_date":
        assert value.date_from is value.date_to is None


@given(st.text(), st.text(), st.text())
def test_any_three_columns_are_read(sign: str, amount: str, unit: str) -> None:
    assert join_target(sign, amount, unit).comparison in get_args(Comparison)


#: every character that can stand for digits of a number
DIGITS = "0123456789０１２３４５６７８９零〇一二两三四五六七八九十百千万亿"


#: published values with a slip of the keyboard: characters typed over, into or away
SLIPS = st.builds(
    lambda raw, scrap, start, width: raw[:start] + scrap + raw[start + width :],
    st.sampled_from([value.raw for value in rows_of(PUBLISHED) + rows_of(VARIANTS)]),
    st.sampled_from(["", *SCRAPS]),
    st.integers(min_value=0, max_value=12),
    st.integers(min_value=0, max_value=2),
)


@settings(max_examples=500)
@given(SLIPS)
def test_no_number_says_more_than_its_text(raw: str) -> None:
    value = parse_target(raw)
    for number in (value.number, value.upper):
        if number is None:
            continue
        assert number.is_finite()
        if "/" not in unicodedata.normalize("NFKC", raw).replace("⁄", "/"):  # 1/8 is exact
            written = "".join(map(str, number.as_tuple().digits)).strip("0")
            assert len(written) <= sum(character in DIGITS for character in raw)


@settings(max_examples=500)
@given(SLIPS)
def test_what_was_read_reads_the_same_again(raw: str) -> None:
    value = parse_target(raw)
    if value.number is None or value.upper is not None or abs(value.number) >= 10**15:
        return
    again = parse_target(f"{value.comparison}{value.number:f}{value.unit or ''}")
    assert (again.comparison, again.number, again.unit) == (
        value.comparison,
        value.number,
        value.unit,
    )


NUMBERS_TYPED = st.decimals(
    min_value=0, max_value=999_999_999, places=2, allow_nan=False, allow_infinity=False
)
UNITS_TYPED = st.sampled_from(
    ["", "%", "人", "人次", "元", "万元", "元/亩", "次/月", "平方米", "天"]
)


@given(st.sampled_from([">=", "<=", ">", "<", "="]), NUMBERS_TYPED, UNITS_TYPED)
def test_what_is_printed_reads_back(sign: str, number: Decimal, unit: str) -> None:
    for raw in (f"{sign}{number}{unit}", f"{sign} {number:,} {unit}"):
        value = parse_target(raw)
        assert (value.comparison, value.number, value.unit) == (sign, number, unit or None)
    assert join_target(sign, str(number), unit) == parse_target(f"{sign}{number}{unit}")


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)))
def test_a_day_reads_back_however_it_is_written(day: date) -> None:
    for raw in (f"{day.year}年{day.month}月{day.day}日", f"{day:%Y-%m-%d}", f"{day:%Y.%m.%d}"):
        value = parse_target(raw)
        assert (value.comparison, value.date_from, value.date_to) == ("by_date", day, day)
