"""The list of problems: what stands on it, what the officer may do with it, what is read of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from ptxl import api, jobs
from ptxl.check.submission import check_submission
from ptxl.check.waivers import Waivers
from ptxl.model.errors import InputError, TableError, WorkbookError
from ptxl.model.findings import Finding, finding
from ptxl.read import read_submission
from ptxl.receive.workers import Terms, run
from ptxl.rounds.board import Board, Standing
from ptxl.rounds.judge import record_of
from ptxl.rounds.opinions import (
    Opinion,
    changed_opinions,
    holding,
    outdated,
    read_token,
    subject_of,
    token_of,
    waivers_from,
    with_opinions,
)
from ptxl.rounds.records import FormRecord
from ptxl.rounds.reports.problem_list import (
    COLUMNS,
    problem_list,
    problems,
    read_opinions,
)
from ptxl.template import Templates
from ptxl.words import LANGUAGES, Phrase, Speaker
from tests.boards import (
    DIFFERS,
    DOUBTFUL,
    IN_TIME,
    NOW,
    ROUND,
    SETTINGS,
    UNITS,
    WRONG,
    answers_of_any_unit,
    board,
    form,
    received,
    refused,
)
from tests.office import Office, delete_rows, filter_rows, set_cell, sort_rows, unprotect_sheet

KEY, ANOTHER_KEY = b"0123456789abcdef", b"fedcba9876543210"
#: of no field, and never an exception
UNSURE = finding("signature_wrong", sheet="项目1", cell="A1")
TODAY = NOW.date()
FIRST = 5
LETTERS = {column.key: chr(ord("A") + n) for n, column in enumerate(COLUMNS)}


def record() -> FormRecord:
    """A form with an error of a rule, a blank answer, one that nobody can except, a warning."""
    return form(UNITS[0], DOUBTFUL, DIFFERS, WRONG, UNSURE, name="")


def shown(*records: FormRecord) -> Board:
    """A board on which some forms stand."""
    found = records or (record(), form(UNITS[3], DIFFERS))
    files = [received(f"{n}.xlsx", one, IN_TIME) for n, one in enumerate(found)]
    return board([*files, received("b.xls", refused("encrypted"))])


def written(
    folder: Path, opinions: Iterable[Opinion] = (), on: Board | None = None, language: str = "zh"
) -> Path:
    """The list as a file."""
    data = problem_list(on or shown(), SETTINGS, Speaker(language), KEY, opinions)
    path = folder / "问题清单.xlsx"
    path.write_bytes(data)
    return path


def filled(path: Path, decisions: Mapping[int, tuple[str, str]]) -> Path:
    """The list with decisions and notes typed into its rows, from 0."""
    book = load_workbook(path)
    sheet = book.worksheets[0]
    for row, (opinion, note) in decisions.items():
        sheet[f"{LETTERS['opinion']}{FIRST + row}"] = opinion
        sheet[f"{LETTERS['note']}{FIRST + row}"] = note
    book.save(path)
    return path


def texts(sheet: Worksheet, key: str) -> list[object]:
    return [cell.value for cell in sheet[LETTERS[key]][FIRST - 1 :]]


def said(path: Path, key: bytes = KEY) -> list[str]:
    return [Speaker("zh").word(fault) for fault in read_opinions(path, key).faults]


# -- what stands on it


def test_every_error_and_warning_stands_there_in_roster_order_errors_first(tmp_path: Path) -> None:
    sheet = load_workbook(written(tmp_path)).worksheets[0]
    assert texts(sheet, "unit_code") == ["101001"] * 4 + ["102001"]
    assert texts(sheet, "level") == ["必须改"] * 3 + ["请核对", "必须改"]
    assert texts(sheet, "place") == ["项目1!C5", "项目1!C3", "项目1!A1", "项目1!F12", "项目1!C5"]
    assert texts(sheet, "answer")[0] == "total：120.5\nfiscal：100.5"
    assert all(texts(sheet, "problem"))


def test_no_code_of_a_rule_is_seen(tmp_path: Path) -> None:
    sheet = load_workbook(written(tmp_path)).worksheets[0]
    seen = [
        str(cell.value) for row in sheet for cell in row
        if not sheet.column_dimensions[cell.coordinate[0]].hidden
    ]  # fmt: skip
    codes = {found.code for _, _, found in problems(shown())}
    assert not [text for text in seen if any(code in text for code in codes)]


def test_only_decisions_and_notes_are_open(tmp_path: Path) -> None:
    sheet = load_workbook(written(tmp_path)).worksheets[0]
    assert sheet.protection.sheet
    assert not sheet.protection.password
    unlocked = {c.coordinate for row in sheet for c in row if not c.protection.locked}
    open_rows = (5, 6, 9)
    assert unlocked == {f"{LETTERS[key]}{n}" for n in open_rows for key in ("opinion", "note")}
    closed = [text for text in texts(sheet, "opinion") if text]
    assert closed == ["不可例外", "核对即可"]


def test_decisions_are_chosen_from_a_list(tmp_path: Path) -> None:
    sheet = load_workbook(written(tmp_path)).worksheets[0]
    (choice,) = sheet.data_validations.dataValidation
    assert choice.formula1 == '"同意,须改"'
    assert (choice.errorStyle, str(choice.sqref)) == ("warning", f"{LETTERS['opinion']}5:K9")


def test_blank_forms_and_forms_without_problems_are_not_listed() -> None:
    blank = form(UNITS[1], WRONG, DIFFERS, name="", total="", fiscal="")
    assert blank.blank
    assert list(problems(shown(blank, form(UNITS[0])))) == []


def test_of_two_forms_the_one_that_has_to_go_back_is_listed() -> None:
    files = [
        received("1.xlsx", form(UNITS[0], DOUBTFUL), IN_TIME),
        received("2.xlsx", form(UNITS[0], DIFFERS, total="1"), IN_TIME + timedelta(days=1)),
    ]
    assert [found for _, _, found in problems(board(files))] == [DIFFERS]


def test_same_board_same_bytes() -> None:
    one, other = (problem_list(shown(), SETTINGS, Speaker("zh"), KEY) for _ in range(2))
    assert one == other


def test_a_list_without_problems_is_one_that_can_be_read(tmp_path: Path) -> None:
    path = written(tmp_path, on=shown(form(UNITS[0])))
    assert read_opinions(path, KEY).opinions == ()


# -- what it is to ptxl


def test_it_is_neither_a_return_nor_just_an_output_of_ours(tmp_path: Path) -> None:
    path = written(tmp_path)
    with pytest.raises(WorkbookError) as raised:
        run(jobs.check, (path, path.name), Terms())
    assert raised.value.code == "problem_list"


def test_in_a_folder_of_returns_it_is_passed_over(tmp_path: Path) -> None:
    written(tmp_path)
    with pytest.raises(InputError, match="问题清单"):
        api.merge([tmp_path], tmp_path / "county.xlsx")


def test_on_the_board_it_is_no_return() -> None:
    shown_board = board([received("问题清单.xlsx", refused("problem_list"))])
    assert [one.state for one in shown_board.others] == [Standing.NO_RETURN]


# -- what is read of it


@pytest.mark.parametrize("language", LANGUAGES)
def test_decisions_come_back(tmp_path: Path, language: str) -> None:
    agree, correct = (Speaker(language).say(f"opinions.{v}") for v in ("agree", "correct"))
    path = written(tmp_path, language=language)
    read = read_opinions(filled(path, {0: (agree, "已与业务股核实"), 4: (correct, "")}), KEY)
    assert read.faults == ()
    assert read.opinions == (
        Opinion(subject=subject_of(record(), DIFFERS), verdict="agree", reason="已与业务股核实",
                line=5),
        Opinion(subject=subject_of(form(UNITS[3], DIFFERS), DIFFERS), verdict="correct", reason="",
                line=9),
    )  # fmt: skip


def test_an_untouched_list_says_nothing(tmp_path: Path) -> None:
    read = read_opinions(written(tmp_path), KEY)
    assert (read.opinions, read.faults) == ((), ())


@pytest.mark.parametrize("text", ["同意。", " 同 意 ", "“同意”", "可以", "AGREE", "agreed."])
def test_clear_words_for_agreeing_are_taken(tmp_path: Path, text: str) -> None:
    read = read_opinions(filled(written(tmp_path), {0: (text, "")}), KEY)
    assert [one.verdict for one in read.opinions] == ["agree"]


@pytest.mark.parametrize("text", ["不同意", "须改！", "改", "请修改", "退回"])
def test_clear_words_for_correcting_are_taken(tmp_path: Path, text: str) -> None:
    read = read_opinions(filled(written(tmp_path), {0: (text, "")}), KEY)
    assert [one.verdict for one in read.opinions] == ["correct"]


@pytest.mark.parametrize("text", ["√", "已核", "同意？", "基本同意", "同意修改", "1", "是", "TRUE"])
def test_unclear_words_are_said_with_their_line(tmp_path: Path, text: str) -> None:
    path = filled(written(tmp_path), {1: (text, "")})
    assert read_opinions(path, KEY).opinions == ()
    (sentence,) = said(path)
    assert "第 6 行" in sentence
    assert text in sentence


def test_a_note_without_a_decision_is_said(tmp_path: Path) -> None:
    (sentence,) = said(filled(written(tmp_path), {1: ("", "问过了")}))
    assert "第 6 行" in sentence
    assert "没有选处理意见" in sentence


def test_what_cannot_be_excepted_cannot_be_agreed_to(tmp_path: Path) -> None:
    path = filled(written(tmp_path), {2: ("同意", ""), 3: ("须改", "")})
    assert [one.verdict for one in read_opinions(path, KEY).opinions] == ["correct"]
    (sentence,) = said(path)
    assert "不可例外" in sentence


def test_lines_of_another_round_are_said_and_not_taken(tmp_path: Path) -> None:
    path = filled(written(tmp_path), {0: ("同意", ""), 1: ("同意", ""), 4: ("同意", "")})
    read = read_opinions(path, ANOTHER_KEY)
    assert read.opinions == ()
    assert said(path, ANOTHER_KEY) == [
        "问题清单第 5, 6, 9 行：不是本批次问题清单里的行，或编号被改动，"
        "处理意见没有采用；请重新生成清单再填"
    ]  # fmt: skip


def test_a_token_that_was_changed_is_not_taken(tmp_path: Path) -> None:
    path = filled(written(tmp_path), {0: ("同意", "")})
    book = load_workbook(path)
    cell = book.worksheets[0][f"{LETTERS['token']}{FIRST}"]
    cell.value = str(cell.value).replace("101001", "102001")
    book.save(path)
    assert read_opinions(path, KEY).opinions == ()


def test_lines_that_were_sorted_apart_are_said(tmp_path: Path) -> None:
    path = filled(written(tmp_path), {0: ("同意", ""), 1: ("同意", "")})
    book = load_workbook(path)
    sheet = book.worksheets[0]
    one, other = (sheet[f"{LETTERS['token']}{FIRST + n}"] for n in (0, 4))
    one.value, other.value = other.value, one.value
    book.save(path)
    assert len(read_opinions(path, KEY).opinions) == 1
    (sentence,) = said(path)
    assert "第 5 行" in sentence


def test_two_decisions_about_one_problem_are_said_and_neither_is_taken(tmp_path: Path) -> None:
    path = filled(written(tmp_path), {0: ("同意", "")})
    book = load_workbook(path)
    sheet = book.worksheets[0]
    sheet.append([cell.value for cell in sheet[FIRST]])
    sheet[f"{LETTERS['opinion']}{sheet.max_row}"] = "须改"
    book.save(path)
    assert read_opinions(path, KEY).opinions == ()
    (sentence,) = said(path)
    assert "第 5, 10 行" in sentence


def test_a_list_without_its_column_of_ids_is_refused(tmp_path: Path) -> None:
    path = filled(written(tmp_path), {0: ("同意", "")})
    book = load_workbook(path)
    book.worksheets[0].delete_cols(len(COLUMNS))
    book.save(path)
    with pytest.raises(TableError, match="编号"):
        read_opinions(path, KEY)


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "问题清单.xlsx"
    path.write_bytes(b"PK\x03\x04 nothing of the kind")
    with pytest.raises(TableError):
        read_opinions(path, KEY)


@pytest.mark.office
@pytest.mark.parametrize("suffix", ["xlsx", "xls", "ods"])
def test_another_program_sorts_filters_deletes_and_saves_in_its_own_format(
    tmp_path: Path, office: Office, suffix: str
) -> None:
    path = written(tmp_path)
    name, last = "问题清单", f"{LETTERS['token']}{FIRST + 4}"
    saved = tmp_path / f"清单（改）.{suffix}"
    office.edit(path, [
        set_cell(name, f"{LETTERS['opinion']}5", "同意"),
        set_cell(name, f"{LETTERS['note']}5", "按文件执行"),
        set_cell(name, f"{LETTERS['opinion']}9", "须改"),
        unprotect_sheet(name),
        sort_rows(name, f"A5:{last}", 5),
        delete_rows(name, 5),
        filter_rows(name, f"A4:{last}", 2, "102001"),
    ], saved)  # fmt: skip
    read = read_opinions(saved, KEY)
    assert read.faults == ()
    found = {(one.subject.unit, one.subject.code): (one.verdict, one.reason)
             for one in read.opinions}  # fmt: skip
    assert found == {
        ("101001", "funds_add_up"): ("agree", "按文件执行"),
        ("102001", "funds_add_up"): ("correct", ""),
    }
    with pytest.raises(WorkbookError) as raised:
        run(jobs.check, (saved, saved.name), Terms())
    assert raised.value.code == "problem_list"


# -- what comes of it


def agreed(found: Finding, of: FormRecord | None = None, reason: str = "已核实") -> Opinion:
    return Opinion(subject=subject_of(of or record(), found), verdict="agree", reason=reason)


def test_an_approval_makes_a_hint_that_says_who_agreed_and_why() -> None:
    mended = with_opinions(record(), [agreed(DIFFERS)], SETTINGS, TODAY)
    assert mended.count("error") == record().count("error") - 1
    (approved,) = mended.approved
    text = approved.message("zh")
    assert text.startswith("已批准例外（已核实，清源县财政局 王敏，至 2027-12-31）")


def test_a_warning_that_has_to_be_corrected_sends_the_form_back() -> None:
    own = form(UNITS[0], DOUBTFUL)
    assert shown(own).lines[0].state is Standing.TO_CHECK
    wanted = replace(agreed(DOUBTFUL, own, "与预算批复不符"), verdict="correct")
    line = shown(with_opinions(own, [wanted], SETTINGS, TODAY)).lines[0]
    assert line.state is Standing.TO_CORRECT
    assert line.to_return
    assert line.to_return.record
    (found,) = line.to_return.record.findings
    assert found.message("zh").endswith("（经审核，须修改：与预算批复不符）")


def test_a_form_whose_only_errors_are_agreed_to_counts() -> None:
    own = form(UNITS[0], DIFFERS)
    line = shown(with_opinions(own, [agreed(DIFFERS, own)], SETTINGS, TODAY)).lines[0]
    assert (line.state, line.to_return) == (Standing.ACCEPTED, None)
    assert shown(own).lines[0].state is Standing.TO_CORRECT


def test_the_last_opinion_on_a_finding_holds() -> None:
    opinion = agreed(DIFFERS)
    back = replace(opinion, verdict="correct")
    assert with_opinions(record(), [opinion, back], SETTINGS, TODAY) == record()
    assert len(with_opinions(record(), [back, opinion], SETTINGS, TODAY).approved) == 1


def test_only_opinions_that_changed_have_to_be_kept() -> None:
    opinion = replace(agreed(DIFFERS), line=5)
    back = replace(opinion, verdict="correct")
    assert changed_opinions([], [opinion]) == (opinion,)
    assert changed_opinions([opinion], [replace(opinion, line=9)]) == ()
    assert changed_opinions([opinion, back], [opinion]) == (opinion,)
    assert changed_opinions([opinion], [replace(opinion, reason="另有文件")]) != ()


@pytest.mark.parametrize("answer", ["total", "fiscal"])
def test_an_approval_no_longer_applies_when_an_answer_that_it_is_about_changed(
    answer: str,
) -> None:
    later = form(UNITS[0], DIFFERS, **{answer: "99"})
    opinion = agreed(DIFFERS, form(UNITS[0], DIFFERS))
    assert with_opinions(later, [opinion], SETTINGS, TODAY) == later
    (sentence,) = outdated(later, [opinion])
    assert Speaker("zh").word(sentence).startswith("项目1!C5（年度资金总额）：曾同意例外")


def test_an_answer_elsewhere_changes_nothing() -> None:
    opinion = agreed(DIFFERS, form(UNITS[0], DIFFERS))
    later = form(UNITS[0], DIFFERS, name="另一个项目")
    assert len(with_opinions(later, [opinion], SETTINGS, TODAY).approved) == 1
    assert not list(outdated(later, [opinion]))


def test_an_approval_of_what_looks_at_no_answer_is_about_all_of_them() -> None:
    found = Finding(code="at_least_one", severity="error", phrase=Phrase("refusals.empty"))
    before, later = form(UNITS[0], found), form(UNITS[0], found, name="另一个项目")
    assert len(with_opinions(before, [agreed(found, before)], SETTINGS, TODAY).approved) == 1
    assert with_opinions(later, [agreed(found, before)], SETTINGS, TODAY) == later


def test_an_approval_is_of_one_unit_one_form_and_one_place() -> None:
    opinion = agreed(DIFFERS, form(UNITS[0], DIFFERS))
    other_place = replace(DIFFERS, path="projects[1].funds.total", cell="C9")
    others = (
        form(UNITS[1], DIFFERS),
        replace(form(UNITS[0], DIFFERS), template="hebei-department"),
        form(UNITS[0], other_place),
    )
    for one in others:
        assert with_opinions(one, [opinion], SETTINGS, TODAY) == one


def test_what_cannot_be_excepted_never_is() -> None:
    opinion = agreed(UNSURE)
    assert with_opinions(record(), [opinion], SETTINGS, TODAY) == record()
    assert waivers_from([opinion], SETTINGS, TODAY) == Waivers((), TODAY)


def test_waivers_for_the_summary_name_form_and_place() -> None:
    own = record()
    opinions = holding(own, [agreed(DIFFERS, reason=""), agreed(WRONG)])
    found = waivers_from(opinions, SETTINGS, TODAY).entries
    assert [(w.unit, w.template, w.rule, w.field, w.reason) for w in found] == [
        ("101001", own.template, "funds_add_up", "projects[0].funds.total", "问题清单中同意"),
        ("101001", own.template, "required", "projects[0].name", "已核实"),
    ]
    assert {waiver.expiry for waiver in found} == {date(2027, 12, 31)}


def test_a_new_list_shows_what_was_decided_and_what_has_to_be_decided_again(
    tmp_path: Path,
) -> None:
    opinions = [
        agreed(DIFFERS, reason="按文件执行"),
        agreed(WRONG, form(UNITS[0], WRONG)),  # of another answer than there is now
    ]
    mended = with_opinions(record(), opinions, SETTINGS, TODAY)
    path = written(tmp_path, opinions, shown(mended))
    sheet = load_workbook(path).worksheets[0]
    rows = list(zip(*(texts(sheet, key) for key in ("level", "opinion", "note")), strict=True))
    assert ("已同意", "同意", "按文件执行") in rows
    assert sum("请重新处理" in str(text) for text in texts(sheet, "problem")) == 1
    again = read_opinions(path, KEY).opinions
    assert [(one.subject, one.verdict) for one in again] == [(opinions[0].subject, "agree")]


def test_opinions_are_kept_as_texts() -> None:
    opinion = replace(agreed(DIFFERS), line=7)
    assert Opinion.from_text(opinion.to_text()) == opinion
    for text in ("[]", "{}", opinion.to_text().replace("agree", "grant")):
        with pytest.raises((ValueError, TypeError)):
            Opinion.from_text(text)


def test_tokens_are_known_by_the_key_alone() -> None:
    subject = subject_of(record(), DIFFERS)
    token = token_of(subject, KEY)
    assert read_token(token, KEY) == subject
    for text in ("", "[]", "1", "null", "{}", token[:-2], token.replace("C5", "C6"), "[" * 99_999):
        assert read_token(text, KEY) is None
    assert read_token(token, ANOTHER_KEY) is None


def test_paper_shows_no_letter_smaller_than_nine_points() -> None:
    printed = [column.width for column in COLUMNS if column.printed]
    width = sum(width * 7 * 0.75 + 5 * 0.75 for width in printed)
    assert 10 * min(1, (297 / 25.4 - 0.8) * 72 / width) >= 9


def test_a_real_form_that_is_agreed_to_is_in_the_summary(tmp_path: Path) -> None:
    answers = answers_of_any_unit()
    answers["projects"][0]["funds"]["total"] = "99"  # more than its parts
    answers["projects"][0]["indicators"][0]["value"] = None
    parameters = answers["form"]["parameters"]
    (blank,) = api.generate("county-project", UNITS[:1], tmp_path / "forms", parameters=parameters)
    filled_in = tmp_path / "back" / blank.name
    filled_in.parent.mkdir()
    api.fill(blank, answers, filled_in)
    checked = check_submission(read_submission(filled_in.read_bytes(), Templates()))
    own = replace(record_of(checked, frozenset()), round=ROUND, shared={})
    assert [found.code for found in own.findings if found.severity == "error"] == [
        "required", "funds_add_up"
    ]  # fmt: skip
    path = filled(written(tmp_path, on=shown(own)), {0: ("同意", "无此项"), 1: ("同意", "")})
    opinions = read_opinions(path, KEY).opinions
    agreed_to = with_opinions(own, opinions, SETTINGS, TODAY)
    assert (agreed_to.count("error"), len(agreed_to.approved)) == (0, 2)
    waivers = waivers_from(holding(own, opinions), SETTINGS, TODAY)
    for given, units in ((None, 0), (waivers, 1)):
        merged = api.merge([filled_in.parent], tmp_path / "county.xlsx", waivers=given)
        assert merged.counts["forms"] == units
    assert merged.unused_waivers == ()
