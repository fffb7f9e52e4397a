"""Findings → the review sheet: a list of them all with links to their cells, and a conclusion.

The sender answers each in a column of its own (整改情况); what stands there is taken along when the
copy that comes back is marked again, as long as the finding is still there, though it may quote
another answer. So is what the reviewer
wrote: the name into its cell, since who reviews hardly changes; conclusion and day, which are about
what was sent before, into a row below.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from ptxl.cells import parse_cell, quoted
from ptxl.layout.helper_sheets import helper_sheets
from ptxl.mark.earlier import (
    CONCLUSION,
    CONCLUSIONS,
    HEADS,
    LABEL,
    REVIEWER_LABEL,
    Answers,
    Earlier,
    Opinion,
    answer_to,
)
from ptxl.mark.page import TAB, Page, looks_of, shown
from ptxl.model.findings import LEVELS, Finding
from ptxl.model.form import fill_text
from ptxl.model.submission import CheckedSubmission
from ptxl.ooxml.styles import Styles
from ptxl.ooxml.workbook import XlsxWorkbook
from ptxl.words import LANGUAGES, Speaker, phrase

_WIDTHS = (6, 9, 13, 8, 21, 62, 29)
_CELL = HEADS.index("cell")
_LONGEST_SERIAL = 60  # a footer has at most 255 characters, codes included


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
    earlier: Earlier,
) -> tuple[str, list[str]]:
    """Add the sheet before all others, where the workbook opens; return the name that it got, and
    how the workbook opened before."""
    sheets, linked = book.sheet_names, book.sheet_parts
    name = book.free_name(helper_sheets(speaker.language).review)
    page = Page(looks_of(styles, speaker), _WIDTHS)
    findings = sort_findings(checked.findings, sheets)
    _add_head(page, checked, speaker, earlier)
    head = page.last
    for number, found in enumerate(findings, 1):
        leads_on = found.sheet in linked and parse_cell(found.cell) is not None
        _add_finding(page, number, found, speaker, earlier.answers, leads_on=leads_on)
    if not findings:
        page.add_line(speaker.say("review.nothing"), "none")
    serial = checked.submission.identity.serial[:_LONGEST_SERIAL].replace("&", "&&")
    footer = speaker.say("review.footer", serial=serial)
    views = book.add_first_sheet(name, page.sheet(book.namespace, head, footer))
    # Every printed page repeats the head.
    book.define_name("_xlnm.Print_Titles", f"{quoted(name)}!${head}:${head}", 0)
    return name, views


def _add_finding(
    page: Page, number: int, found: Finding, speaker: Speaker, answers: Answers, *, leads_on: bool
) -> None:
    word, message = speaker.say(f"severities.{found.level}"), speaker.word(found.sentence)
    done = answer_to(answers, found.sheet, found.cell, shown(message))
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


def _add_head(page: Page, checked: CheckedSubmission, speaker: Speaker, earlier: Earlier) -> None:
    identity, say = checked.submission.identity, speaker.say
    unit = identity.unit
    form = fill_text(checked.submission.layout.form.title, unit.texts())
    about = say("review.about", form=form, unit=unit.code, serial=identity.serial)
    page.add_line(say("review.title", unit=unit.name), "title", height=32)
    page.add_line(about, "note")
    page.add_line(_summary(checked.findings, speaker), "note")
    verdict = say(f"review.conclusions.{suggested(checked.findings)}")
    open_cells = ("verdict", "answer", "answer")
    _add_opinion(page, "conclusion", Opinion(verdict, earlier.reviewer, ""), open_cells, speaker)
    page.offer(CONCLUSION, [say(f"review.conclusions.{each}") for each in CONCLUSIONS])
    for opinion in earlier.opinions:
        _add_opinion(page, "earlier", opinion, ("middle", "text", "text"), speaker)
    heads = [say(f"review.heads.{head}") for head in HEADS]
    page.add_row(heads, ("head",) * len(_WIDTHS), height=24)


def _add_opinion(
    page: Page, label: str, opinion: Opinion, looks: tuple[str, str, str], speaker: Speaker
) -> None:
    """Add a row of conclusion, reviewer and day; `looks` are those of these three cells."""
    say, (conclusion, reviewer, day) = speaker.say, looks
    last = say("review.on_day", day=opinion.day) if opinion.day else say("review.day")
    name = say("review.reviewer")
    texts = (say(f"review.{label}"), "", opinion.conclusion, "", name, opinion.reviewer, last)
    page.add_row(texts, ("head", "head", conclusion, conclusion, "head", reviewer, day), height=26)
    page.join(LABEL, CONCLUSION - 1)
    page.join(CONCLUSION, REVIEWER_LABEL - 1)


def suggested(findings: Iterable[Finding]) -> str:
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
