"""Approved exceptions: what they cover, until when, and what is wrong with a table of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ptxl.api import Templates, Terms, check, read_waivers
from ptxl.check.submission import check_submission
from ptxl.check.waivers import Uses, Waivers, waive
from ptxl.cli.main import cli
from ptxl.model.errors import TableError
from ptxl.model.layout import Layout
from ptxl.model.submission import CheckedSubmission
from ptxl.text import Raw
from ptxl.words import Speaker
from ptxl.write.stencil import write_form
from tests.conftest import UNIT, submit

HEAD = "单位编码,规则,填报项,理由,批准人,有效期至\n"
TODAY = date(2026, 10, 1)


@pytest.fixture
def checked(tiny: Layout) -> CheckedSubmission:
    answers: dict[str, Raw] = {"name": "甲", "funds.total": Decimal(5), "funds.fiscal": Decimal(6),
               "indicators[0].level1": "产出指标", "indicators[0].level2": "数量指标",
               "indicators[0].level3": "{次数}", "indicators[0].value": "1次"}  # fmt: skip
    found = check_submission(submit(tiny, answers))
    assert [finding.code for finding in found.findings] == ["fiscal_within_total"]
    return found


def waived(checked: CheckedSubmission, folder: Path, line: str, today: date = TODAY) -> bool:
    path = folder / "waivers.csv"
    path.write_text(HEAD + line, encoding="utf-8")
    result = waive(checked, read_waivers(path, today))
    (finding,) = result.findings
    if result.errors == 0:
        assert finding.message("zh").startswith(
            "已批准例外（上级追加，李局长，至 2026-12-31）：财政"
        )
        assert "approved" in finding.message("en")
    return result.errors == 0


@pytest.mark.parametrize(
    ("line", "covered"),
    [
        ("101001,fiscal_within_total,,上级追加,李局长,2026-12-31\n", True),
        ("101001,fiscal_within_total,表!D2,上级追加,李局长,2026-12-31\n", True),
        ("101001,fiscal_within_total,funds.fiscal,上级追加,李局长,2026.12.31\n", True),
        ("101001,fiscal_within_total,表!D3,上级追加,李局长,2026-12-31\n", False),
        ("101002,fiscal_within_total,,上级追加,李局长,2026-12-31\n", False),
        ("101001,required,,上级追加,李局长,2026-12-31\n", False),
        ("101001,fiscal_within_total,,上级追加,李局长,2026-09-30\n", False),
    ],
)
def test_a_waiver_covers_its_unit_rule_and_place_until_it_expires(
    checked: CheckedSubmission, tmp_path: Path, line: str, covered: bool
) -> None:
    assert waived(checked, tmp_path, line) is covered


def test_every_fault_of_a_table_is_named(tmp_path: Path) -> None:
    path = tmp_path / "waivers.csv"
    path.write_text(
        HEAD + "1,required,,,李,2026-12-31\n1,required,,理由,李,年底\n", encoding="utf-8"
    )
    with pytest.raises(TableError) as error:
        read_waivers(path, TODAY)
    assert [fault.line for fault in error.value.faults] == [2, 3]
    path.write_text("单位编码\n1\n", encoding="utf-8")
    with pytest.raises(TableError, match="reason"):
        read_waivers(path, TODAY)


@pytest.mark.parametrize("code", ["not_a_number", "not_signed", "not_in_list", "left_out"])
def test_what_was_not_read_or_not_trusted_cannot_be_excepted(tmp_path: Path, code: str) -> None:
    """An amount that nobody can read would count as 0."""
    path = tmp_path / "waivers.csv"
    row = f"101001,{code},,试点,王局,2026-12-31\n"
    path.write_text(HEAD + "101001,too_long,,试点,王局,2026-12-31\n" + row, encoding="utf-8")
    with pytest.raises(TableError) as error:
        read_waivers(path, TODAY)
    (fault,) = error.value.faults
    assert (fault.line, fault.code, fault.facts["rule"]) == (3, "waivers.not_waivable", code)


def test_there_are_no_waivers_without_a_date(tmp_path: Path) -> None:
    """They expire: without a day nobody could tell which of them hold."""
    path = tmp_path / "waivers.csv"
    path.write_text(HEAD, encoding="utf-8")
    with pytest.raises(TypeError, match="on"):
        read_waivers(path)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="on"):
        Waivers(())  # type: ignore[call-arg]


def test_waivers_go_with_their_date_to_the_file(tiny: Layout, tmp_path: Path) -> None:
    """What was excepted last year is an error again."""
    path, file = tmp_path / "waivers.csv", tmp_path / "form.xlsx"
    path.write_text(HEAD + "101001,required,,上级追加,李局长,2026-12-31\n", encoding="utf-8")
    file.write_bytes(write_form(tiny, UNIT))
    terms = Terms(templates=Templates([tmp_path / "template"]))
    errors = [
        check(file, terms=terms, waivers=read_waivers(path, on)).errors
        for on in (TODAY, date(2027, 1, 1))
    ]
    assert errors[0] < errors[1]


def test_every_exception_that_never_applied_is_named_with_the_reason(
    checked: CheckedSubmission, tmp_path: Path
) -> None:
    path = tmp_path / "waivers.csv"
    rows = [
        "101001,fiscal_within_total,,追加,李,2026-12-31",
        "101001,fiscal_within_total,,追加,李,2026-09-30",
        "101001,fiscal_within_totle,,追加,李,2026-12-31",
        "101001,fiscal_within_total,表!D3,追加,李,2026-12-31",
        "101009,fiscal_within_total,,追加,李,2026-12-31",
    ]
    path.write_text(HEAD + "\n".join(rows), encoding="utf-8")
    waivers = read_waivers(path, TODAY)
    uses = Uses(waivers)
    uses.add("101001", waive(checked, waivers).findings)
    unused = uses.unused()
    assert [one.facts["line"] for one in unused] == [3, 4, 5, 6]
    speaker = Speaker("en")
    assert [speaker.word(one).split(", ", 2)[2] for one in unused] == [
        "it expired on 2026-09-30",
        "the unit 101001 has no finding fiscal_within_totle",
        "the unit 101001 has no finding fiscal_within_total at 表!D3",
        "no form of the unit 101009 was read",
    ]


def test_check_and_merge_note_exceptions_that_never_applied(tiny: Layout, tmp_path: Path) -> None:
    path, file = tmp_path / "waivers.csv", tmp_path / "form.xlsx"
    path.write_text(HEAD + "101001,requird,,追加,李,2099-12-31\n", encoding="utf-8")
    file.write_bytes(write_form(tiny, UNIT))

    def run(command: str, *options: object) -> Result:
        words = (command, file, "--template", tmp_path / "template", *options)
        return CliRunner().invoke(cli, ["--lang", "en", *map(str, words)])

    for options in (("check",), ("merge", "-o", tmp_path / "county.xlsx")):
        done = run(str(options[0]), *options[1:], "--waivers", path)
        assert done.exit_code == 1
        assert done.stderr.count("line 2: not applied") == 1
    assert "error (required):" in run("check", "--codes").stdout
    assert "(required)" not in run("check").stdout
