"""A form beside the approved budget: amounts and codes that differ, projects that it has not."""

from __future__ import annotations

from pathlib import Path

import pytest

from ptxl.api import read_approved_budget
from ptxl.check.submission import check_submission
from ptxl.model.findings import Finding
from ptxl.renew.fill import answered_form
from tests.broken import TEMPLATES
from tests.test_last_year import answers, run, workbook

HEAD = "单位编码,项目编码,项目名称,批复金额（万元）"


def found(tmp_path: Path, *lines: str) -> list[Finding]:
    """What is said of a form with the project P2026, 30万元, beside a budget with these lines."""
    table = tmp_path / "budget.csv"
    table.write_text("\n".join((HEAD, *lines)), encoding="utf-8")
    submission, _ = answered_form(answers(2026), TEMPLATES, "本年.xlsx")
    return list(read_approved_budget(table).findings(check_submission(submission)))


@pytest.mark.parametrize(
    ("line", "code", "texts"),
    [
        ("201001,P2026,教师培训,25", "budget_differs", ("30万元", "25万元", "第2行")),
        ("201001,P9,教师培训,30", "budget_code_differs", ("P2026", "P9")),
        ("201001,P9,校舍维修,30", "not_in_budget", ("2026年教师培训", "P2026")),
        ("201002,P9,教师培训,30", "not_in_budget", ("P2026",)),
        (",P2026,教师培训,25", "budget_differs", ("25万元",)),
    ],
)
def test_what_differs_is_said_at_the_funds(
    tmp_path: Path, line: str, code: str, texts: tuple[str, ...]
) -> None:
    (one,) = found(tmp_path, line)
    assert (one.code, one.severity, one.path) == (code, "warning", "projects[0].funds.total")
    assert all(text in one.message() for text in texts)


@pytest.mark.parametrize(
    "lines",
    [
        ("201001,P2026,教师培训,30", "201001,P3,另一个项目,5", "201002,P4,别的单位,7"),
        ("201001,P2026,教师培训,10", "201001,P2026,教师培训,20"),
        (",P2026,教师培训,100",),  # others may report the rest of it
    ],
)
def test_what_was_approved_and_what_other_forms_report_is_not_said(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    assert found(tmp_path, *lines) == []


def test_check_takes_a_table_of_the_budget(tmp_path: Path) -> None:
    form, table = tmp_path / "201001.xlsx", tmp_path / "budget.csv"
    form.write_bytes(workbook(answers(2026)))
    table.write_text("项目编码,项目名称,批复金额\nP2026,教师培训,250000", encoding="utf-8")
    _, said = run("check", form, "--codes", "--budget", table, "--budget-unit", "元")
    assert "warning (budget_differs)" in said
    status, said = run("check", form, "--budget", table)
    assert status == 3
    assert "unit of money" in said
