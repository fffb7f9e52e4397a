"""Findings → the review sheet: a list of them all with links to their cells, and a conclusion.

The sender answers each in a column of its own (整改情况); what stands there is taken along when the
copy that comes back is marked again, as long as the finding is still there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ptxl.cells import parse_cell, quoted
from ptxl.layout.helper_sheets import helper_sheets
from ptxl.mark.page import TAB, Page, looks_of, shown
from ptxl.model.findings import LEVELS, Finding
from ptxl.model.form import fill_text
from ptxl.model.submission import CheckedSubmission
from ptxl.ooxml.styles import Styles
from ptxl.ooxml.workbook import XlsxWorkbook
from ptxl.words import LANGUAGES, Speaker, phrase

_HEADS = ("number", "severity", "sheet", "cell", "item", "message", "done")
_WIDTHS = (6, 9, 13, 8, 21, 62, 29)
_SHEET, _CELL, _MESSAGE, _DONE = map(_HEADS.index, ("sheet", "cell", "message", "done"))
_HEAD_ROW = 5
_CONCLUSIONS = ("passed", "again", "failed")
_LONGEST_SERIAL = 60  # a footer has at most 255 characters, codes included
#: what the sender wrote about a finding, by its sheet, cell and message
Answers = Mapping[tuple[str, str, str], str]


def sort_findings(findings: Sequence[Finding], sheets: Sequence[str]) -> list[Finding]:
    """Sort findings: errors first and those for the reviewer last, then what is about the whole
    file, then by sheet and cell."""
    order = {name: number for number, name in enumerate(["", *sheets])}

    def key(found: Finding) -> tuple[int, int, tuple[int, int]]:
        position = parse_cell(found.cell) or (-1, -1)
        return LEVELS.index(found.level), order.get(found.sheet, len(order)), position

    return sorted(findings, key=key)


def add_review(
    book: XlsxWorkbook,
    styles: Styles,
    checked: CheckedSubmission,
    speaker: Speaker,
    answers: Answers,
) -> tuple[str, list[str]]:
    """Add the sheet before all others, where the workbook opens; return the name that it got, and
    how the workbook opened before."""
    sheets, linked = book.sheet_names, book.sheet_parts
    name = book.free_name(helper_sheets(speaker.language).review)
    page = Page(looks_of(styles, speaker), _WIDTHS)
    findings = sort_findings(checked.findings, sheets)
    _add_head(page, checked, speaker)
    for number, found in enumerate(findings, 1):
        leads_on = found.sheet in linked and parse_cell(found.cell) is not None
        _add_finding(page, number, found, speaker, answers, leads_on=leads_on)
    if not findings:
        page.add_line(speaker.say("review.nothing"), "none")
    serial = checked.submission.identity.serial[:_LONGEST_SERIAL].replace("&", "&&")
    footer = speaker.say("review.footer", serial=serial)
    views = book.add_first_sheet(name, page.sheet(book.namespace, _HEAD_ROW, footer))
    # Every printed page repeats the head.
    book.define_name("_xlnm.Print_Titles", f"{quoted(name)}!${_HEAD_ROW}:${_HEAD_ROW}", 0)
    return name, views


def _add_finding(
    page: Page, number: int, found: Finding, speaker: Speaker, answers: Answers, *, leads_on: bool
) -> None:
    word, message = speaker.say(f"severities.{found.level}"), speaker.word(found.sentence)
    done = answers.get((found.sheet, found.cell, shown(message)), "")
    texts = (str(number), word, found.sheet, found.cell, found.label, message, done)
    cell = "link" if leads_on else "middle"
    answer = "text" if found.reader == "reviewer" else "answer"
    page.add_row(texts, ("middle", found.level, "middle", cell, "text", "text", answer))
    if leads_on:
        page.link(_CELL, f"{quoted(found.sheet)}!{found.cell}", found.cell)


def find_reviews(book: XlsxWorkbook) -> list[str]:
    """Find sheets added by `add_review`, by name and colour of tab; return their names."""
    usual = {helper_sheets(language).review for language in LANGUAGES}
    colour = TAB.encode()
    return [
        name
        for name, part in book.sheet_parts.items()
        if name in usual and colour in book.content(part)
    ]


def read_answers(book: XlsxWorkbook, reviews: Iterable[str]) -> Answers:
    """Read what the sender wrote on earlier reviews beside each finding."""
    found: dict[tuple[str, str, str], str] = {}
    for name in reviews:
        for row in book.texts_of(name):
            if answer := row.get(_DONE, "").strip():
                sheet, cell, message = (row.get(at, "") for at in (_SHEET, _CELL, _MESSAGE))
                found[sheet, cell, message] = answer
    return found


def _add_head(page: Page, checked: CheckedSubmission, speaker: Speaker) -> None:
    identity, say = checked.submission.identity, speaker.say
    unit = identity.unit
    form = fill_text(checked.submission.layout.form.title, unit.texts())
    about = say("review.about", form=form, unit=unit.code, serial=identity.serial)
    page.add_line(say("review.title", unit=unit.name), "title", height=32)
    page.add_line(about, "note")
    page.add_line(_summary(checked.findings, speaker), "note")
    verdict = say(f"review.conclusions.{_suggested(checked.findings)}")
    conclusion, reviewer = say("review.conclusion"), say("review.reviewer")
    texts = (conclusion, "", verdict, "", reviewer, "", say("review.day"))
    looks = ("head", "head", "verdict", "verdict", "head", "answer", "answer")
    page.add_row(texts, looks, height=26)
    page.join(0, 1)
    page.join(2, 3)
    page.offer(2, [say(f"review.conclusions.{each}") for each in _CONCLUSIONS])
    heads = [say(f"review.heads.{head}") for head in _HEADS]
    page.add_row(heads, ("head",) * len(_WIDTHS), height=24)


def _suggested(findings: Iterable[Finding]) -> str:
    """The conclusion until a reviewer chooses one: whatever the sender may have to mend returns.

    Hints of rules ask for a mend; those of ptxl itself tell what was read all the same.
    """
    for found in findings:
        by_rule = found.sentence.code.startswith("rules.")
        if found.level in ("error", "warning") or (found.level == "hint" and by_rule):
            return "again"
    return "passed"


def _summary(findings: Sequence[Finding], speaker: Speaker) -> str:
    """How many findings there are of each severity, and what is to be done about them.

    That nothing must be corrected is said too.
    """
    found = Counter(finding.level for finding in findings)
    steps = [
        phrase(f"review.steps.{level}", count=found[level]) for level in LEVELS if found[level]
    ]
    if not found["error"]:
        steps.insert(0, phrase("review.steps.no_error"))
    return speaker.say("review.summary", steps=tuple(steps))
