"""Years that a text is about, and words that two texts share."""

from __future__ import annotations

from datetime import date

import pytest

from ptxl.rules.functions import another_year, period_of, shares


@pytest.mark.parametrize(
    "text",
    ["2021年完成监测任务", "保障 2025 年度工作", "确保2024年底前支付", "2025年培训，2026年考核",
     "完成2023年第一批项目", "2016-2020年建设任务", "2027年完工", "1998年档案",
     "用于2021年3月的宣传活动"],
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
