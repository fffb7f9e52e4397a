"""A county's own rules: what they change, where they come from, and what is wrong with them."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ptxl import api
from ptxl.check.submission import check_submission
from ptxl.check.waivers import waive, with_exceptions
from ptxl.cli.main import cli
from ptxl.layout.identity import identify
from ptxl.model.findings import Finding
from ptxl.model.submission import CheckedSubmission
from ptxl.renew.fill import place_answers
from ptxl.rounds import board_of, open_round
from ptxl.template import (
    NO_LOCAL,
    Local,
    Templates,
    lint_local,
    load_template,
    read_local,
    shared_constants,
    template_file,
)
from ptxl.template.check_local import lint_local_file
from ptxl.template.local_rules import LocalRules
from ptxl.write.self_check import live_rules
from ptxl.write.stencil import write_form
from tests.conftest import ROOT, TINY, UNIT, MakeTemplate, submit
from tests.rounds_on_disk import answers_of

TEMPLATE, SMALL = "national-project", {"year": 2026, "projects": 1}
PAGE = (ROOT / "docs" / "local-rules.md").read_text(encoding="utf-8")
EXAMPLE = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0]
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a local.yaml."""

    def writes(text: str) -> Path:
        path = tmp_path / "local.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return writes


def answers(**changes: Any) -> dict[str, Any]:
    """Answers to which nothing is to be objected, but for some changes in their project."""
    made = answers_of(TEMPLATE, UNIT.name, UNIT.department, 300)  # type: ignore[arg-type]
    made["projects"][0].update(changes)
    return made


def checked(local: Local, given: Mapping[str, Any], template: str = TEMPLATE) -> CheckedSubmission:
    layout = load_template(template, local).layout(SMALL)
    placed = place_answers(layout, identify(layout, UNIT), given)
    return check_submission(submit(layout, placed.texts))


def said(found: Iterable[Finding], code: str) -> list[str]:
    return [f"{one.severity} {one.message('zh')}" for one in found if one.code == code]


def funds(total: int) -> dict[str, dict[str, str]]:
    amounts = {"total": str(total), "fiscal": str(total), "other": "0"}
    return {"funds": amounts, "period_funds": amounts}


def without_social_benefit(total: int) -> dict[str, Any]:
    rows = answers()["projects"][0]["indicators"]
    others = [row for row in rows if row["level2"] != "社会效益指标"]
    return answers(indicators=others, **funds(total))


def with_row(name: str, value: str) -> dict[str, Any]:
    rows = [dict(row) for row in answers()["projects"][0]["indicators"]]
    rows[0].update(level3=name, value=value)
    return answers(indicators=rows)


# -- the example in the docs


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Local:
    path = tmp_path_factory.mktemp("county") / "local.yaml"
    path.write_text(EXAMPLE, encoding="utf-8")
    return read_local(path)


def test_the_example_asks_its_own_rules(example: Local) -> None:
    large = said(checked(example, without_social_benefit(800)).findings,
                 "large_project_has_social_benefit")  # fmt: skip
    assert large == [
        "warning 年度资金总额800万元，达到500万元，却没有社会效益指标；"
        "请补填这笔钱给群众带来的变化（本县规定：青财绩〔2025〕18号）"
    ]
    empty = checked(example, answers(annual_goal="狠抓落实，各项工作再上新台阶")).findings
    assert said(empty, "goal_of_empty_words")[0].startswith("warning 目标“狠抓落实")
    for value in ("≤105%", "100%", "≥90%"):
        (grows,) = said(
            checked(example, with_row("三公经费控制率", value)).findings,
            "official_expenses_do_not_grow",
        )
        assert grows.endswith("（本县规定：青财绩〔2025〕18号第六条）")


def test_the_example_is_silent_on_what_is_right(example: Local) -> None:
    right = [
        answers(), answers(**funds(800)), without_social_benefit(499),
        with_row("三公经费控制率", "≤100%"), with_row("三公经费控制率", "≤95%"),
    ]  # fmt: skip
    codes = {one.code for given in right for one in checked(example, given).findings}
    assert codes.isdisjoint(rule.id.written for rule in LocalRules.of(example).rules)


def test_the_example_changes_words_thresholds_and_severities(example: Local) -> None:
    row = with_row("投诉件数", "≥3件")
    assert (
        said(checked(NO_LOCAL, with_row("断供次数", "≥3次")).findings, "falls_but_at_least") == []
    )
    assert said(checked(example, with_row("断供次数", "≥3次")).findings, "falls_but_at_least")
    assert said(checked(example, row).findings, "falls_but_at_least")
    form = load_template(TEMPLATE, example).form(**SMALL)
    (rule,) = (rule for rule in form.rules if rule.id == "satisfaction_unusual")
    assert rule.constants["satisfaction_least"] == 85
    assert "benefits_all_words" not in {rule.id for rule in form.rules}
    assert {rule.severity for rule in form.rules if rule.id == "benefits_missing"} == {"hint"}


def test_the_example_excepts_all_units_or_one_project(example: Local) -> None:
    def excepted(given: Mapping[str, Any], code: str, on: date = date(2026, 6, 1)) -> bool:
        waivers = with_exceptions(None, example.exceptions, on)
        assert waivers
        (found,) = said(waive(checked(example, given), waivers).findings, code)
        return found.startswith("hint 已批准例外（")

    rows = [row for row in answers()["projects"][0]["indicators"] if "满意" not in row["level1"]]
    nobody = answers(indicators=rows)
    assert excepted(nobody, "satisfaction_missing")
    assert not excepted(nobody, "satisfaction_missing", date(2027, 1, 1))
    large = without_social_benefit(800)
    assert not excepted(large, "large_project_has_social_benefit")  # another unit's, and project's


def test_the_commands_in_the_docs_say_that(write: Write) -> None:
    linted = CliRunner().invoke(cli, ["lint", str(write(EXAMPLE)), "--lang", "zh"])
    assert (linted.exit_code, linted.output) == (0, "问题 0 个\n")


# -- what stays as it is


def test_a_form_is_the_same_form_with_and_without(example: Local) -> None:
    plain, own = (load_template(TEMPLATE, each).layout(SMALL) for each in (NO_LOCAL, example))
    assert identify(plain, UNIT) == identify(own, UNIT)
    assert load_template(TEMPLATE).layout(SMALL).form.rules == plain.form.rules


def test_what_a_spreadsheet_can_compute_stands_on_the_self_check(example: Local) -> None:
    live = live_rules(load_template(TEMPLATE, example).layout(SMALL))
    assert {"large_project_has_social_benefit", "goal_of_empty_words"} <= live
    assert "benefits_missing" not in live


def test_what_cannot_be_read_is_never_hidden(write: Write) -> None:
    own = "without: [unread_answer]\nseverity: {not_a_number: hint}\nexceptions:\n"
    own += "  - {rule: unread_answer, reason: r, approver: a, expiry: 2026-12-31}\n"
    assert [fault.line for fault in lint_local(write(own))] == [1, 2, 4]


def test_a_form_issued_without_is_read_and_filled_with_them(example: Local, tmp_path: Path) -> None:
    layout = load_template(TEMPLATE).layout(SMALL)
    before = tmp_path / "before.xlsx"
    before.write_bytes(write_form(layout, UNIT))
    terms = api.Terms(Templates(local=example))
    api.fill(before, without_social_benefit(800), tmp_path / "filled.xlsx", terms=terms)
    found = api.check(tmp_path / "filled.xlsx", terms=terms).findings
    assert said(found, "large_project_has_social_benefit")
    assert {one.code for one in found}.isdisjoint({"self_check_changed", "template_changed"})


def test_other_rules_are_other_templates_to_whoever_keeps_what_was_judged(example: Local) -> None:
    assert Templates().fingerprint() != Templates(local=example).fingerprint()


def test_thresholds_across_units_can_be_changed_too(write: Write) -> None:
    local = read_local(write("constants: {least_shared: 70}\nwords: {sizes: {add: [亩]}}\n"))
    constants = shared_constants("across", local)
    assert (constants["least_shared"], constants["sizes"]) == (70, ("元", "亩"))


def test_words_of_a_table_keep_what_is_written_instead(
    make_template: MakeTemplate, write: Write
) -> None:
    folder = make_template(
        TINY.replace("    rules:\n", "    rules:\n      - {include: bodies}\n", 1)
    )
    tables = folder.parent / "_rules" / "tables"
    tables.mkdir(parents=True)
    (tables / "bodies.txt").write_text("国税局\t税务局\n地税局\t税务局\n", encoding="utf-8")
    (tables.parent / "bodies.yaml").write_text(
        "about: a\ntables: {bodies: tables/bodies.txt}\nrules: [{id: gone, at: name, "
        "holds: 'not contains(name, bodies)', severity: hint, message: "
        "'{{ instead(name, bodies, bodies_instead) }}'}]\n", encoding="utf-8",
    )  # fmt: skip
    local = read_local(write("words: {bodies: {add: [旅游局], remove: [国税局]}}"), [folder])
    (rule,) = (rule for rule in load_template(folder, local).form().rules if rule.id == "gone")
    assert rule.constants == {"bodies": ("地税局", "旅游局"), "bodies_instead": ("税务局", "")}


# -- what is wrong with them

RULE = "rules: [{id: r, at: funds.total, severity: hint, message: m, holds: %s}]"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("words: {fallng: {add: [x]}}", 'no constant "fallng"; did you mean "falling"?'),
        ("words: {falling: {remove: [故障绿]}}", '"故障绿" is not among these words'),
        ("words: {satisfaction_least: {add: [x]}}", '"satisfaction_least" is no such constant'),
        ("constants: {satisfaction_last: 85}", 'did you mean "satisfaction_least"?'),
        ("constants: {satisfaction_least: [a]}", '"satisfaction_least" is no such constant'),
        ("without: [benefits_mising]", 'did you mean "benefits_missing"?'),
        ("severity: {benefits_mising: hint}", 'did you mean "benefits_missing"?'),
        ("severity: {benefits_missing: hin}", 'is none of error, warning, hint; did you mean'),
        ("witout: [benefits_missing]", 'unknown key "witout" in a county\'s own rules'),
        (RULE % "fund.total < 3", 'there is no field "fund.total"; did you mean "funds.total"?'),
        (RULE % "funds.total <", "not a valid expression"),
        (RULE % "funds.total < name", "cannot be compared"),
        (RULE % "not blank(funds.total)", "it always holds"),
        (RULE.replace("id: r", "id: r, templates: [national]") % "funds.total < 3",
         'no template "national"'),
        (RULE.replace("id: r", "id: r, needs: [perod]") % "funds.total < 3", 'no form has "perod"'),
        (RULE.replace("id: r", "id: r, needs: [weight, tasks]") % "funds.total < 3", "no form has"),
        (RULE.replace("id: r", "id: benefits_missing") % "funds.total < 3", "two rules are called"),
        (RULE.replace("id: r", "id: required") % "funds.total < 3", "call the rule otherwise"),
        (RULE % "'any(indicators, level2 == \"社会效益\")'", 'no form has "社会效益"'),
        (RULE.replace("at: funds.total", "each: indicaters, at: value") % "weight > 1",
         'no form has "indicaters"; did you mean "indicators"?'),
        ("exceptions: [{rule: benefits_missing, reason: r, approver: a, expiry: 年底}]", "no date"),
        ("exceptions: [{rule: benefits_mising, reason: r, approver: a, expiry: 2026-1-1}]",
         'did you mean "benefits_missing"?'),
        ("exceptions: [{rule: benefits_missing, units: [012], reason: r, approver: a, "
         "expiry: 2026-1-1}]", "in quotation marks"),
        ("a: &x [*x]", "anchors and aliases"),
    ],
)  # fmt: skip
def test_every_fault_is_named_at_its_line(write: Write, text: str, message: str) -> None:
    path = write(f"# 本县规定\n{text}\n")
    faults = lint_local_file(path, [template_file(TEMPLATE)])
    assert message in "\n".join(map(str, faults))
    assert {(fault.place, fault.line) for fault in faults} == {(str(path), 2)}


def test_no_command_begins_with_a_faulty_file(write: Write) -> None:
    path = write("without: [benefits_mising]\n")
    told = CliRunner().invoke(cli, ["check", str(path), "--local", str(path), "--lang", "zh"])
    assert told.exit_code == 3
    assert f"{path}:1: without[0]: 没有哪个模板有“benefits_mising”这条规则" in told.output


# -- commands


@pytest.fixture
def run() -> Callable[..., str]:
    def ptxl(*given: object, code: int = 0) -> str:
        result = CliRunner().invoke(cli, [*map(str, given), "--lang", "zh"])
        assert result.exit_code == code, result.output
        return result.output

    return ptxl


@pytest.mark.slow
def test_the_commands_take_them(write: Write, tmp_path: Path, run: Callable[..., str]) -> None:
    local, forms = write(EXAMPLE), tmp_path / "forms"
    roster, given = tmp_path / "roster.csv", tmp_path / "answers.json"
    roster.write_text(f"单位编码,单位名称\n{UNIT.code},{UNIT.name}\n", encoding="utf-8")
    given.write_text(json.dumps(without_social_benefit(800), default=str), encoding="utf-8")
    run("generate", TEMPLATE, "--roster", roster, "-o", forms, "--set", "projects=1",
        "--set", "year=2026", "--local", local)  # fmt: skip
    (form,) = forms.iterdir()
    run("fill", form, given, "-o", tmp_path / "filled.xlsx", "--local", local)
    told = run("check", tmp_path / "filled.xlsx", "--local", tmp_path)
    assert "（本县规定：青财绩〔2025〕18号）" in told
    assert "本县规定" not in run("check", tmp_path / "filled.xlsx")
    merged = tmp_path / "county.json"
    run("merge", tmp_path / "filled.xlsx", "-o", tmp_path / "county.xlsx", "--json", merged,
        "--local", local)  # fmt: skip
    assert "本县规定" in merged.read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_round_goes_by_its_own(write: Write, tmp_path: Path, run: Callable[..., str]) -> None:
    where, roster, given = (tmp_path / name for name in ("2026目标", "名册.csv", "answers.json"))
    roster.write_text(f"单位编码,单位名称\n{UNIT.code},{UNIT.name}\n", encoding="utf-8")
    given.write_text(json.dumps(without_social_benefit(800), default=str), encoding="utf-8")
    run("round", "new", where, "--title", "目标", "--year", 2026, "--deadline", "2030-12-20",
        "--template", TEMPLATE, "--set", "projects=1", "--roster", roster,
        "--local", write(EXAMPLE))  # fmt: skip
    run("round", "issue", where)
    (form,) = where.glob("发放/*/*.xlsx")
    run("fill", form, given, "-o", where / "收件" / form.name)
    assert "待核对" in run("round", "collect", where) + run("round", "status", where)
    assert own_findings(where) == {"large_project_has_social_benefit": "warning"}
    # What the officer changes counts for what has come already.
    local = where / "local.yaml"
    local.write_text(EXAMPLE.replace('["201001"]', f'["{UNIT.code}"]').replace(
        "[教师周转房建设]", f"[{UNIT.name}设施设备更新项目]"), encoding="utf-8")  # fmt: skip
    run("round", "collect", where)
    assert own_findings(where) == {"large_project_has_social_benefit": "hint"}
    run("round", "close", where)
    (closed,) = where.glob("*.zip")
    with zipfile.ZipFile(closed) as archive:
        assert archive.read("local.yaml") == local.read_bytes()
        archive.extractall(tmp_path / "closed")
    assert "规定在包里：local.yaml" in run("verify", closed)
    again = run(
        "check", tmp_path / "closed" / "采用的表", "--local", tmp_path / "closed", "--codes"
    )
    assert "large_project_has_social_benefit" in again
    run("round", "reopen", where)
    local.write_text(EXAMPLE.replace("level2 ==", "levl2 =="), encoding="utf-8")
    assert "levl2" in run("round", "status", where, code=3)


def own_findings(where: Path) -> dict[str, str]:
    """The findings of the example's rules in the form that counts, each with its severity."""
    opened = open_round(where)
    with opened.ledger() as ledger:
        board = board_of(opened, ledger, opened.terms(), datetime(2026, 6, 1))
    (record,) = (one.record for one in board.files if one.record)
    own = ("large_project_has_social_benefit", "goal_of_empty_words")
    return {found.code: found.severity for found in record.findings if found.code in own}
