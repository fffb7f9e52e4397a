"""A sender's workbook and its findings → the same workbook, marked; and the marks off again.

Cells that findings name are coloured by conditional formats and carry notes, and a sheet lists
everything. What holds no mark is copied byte for byte. Nothing here judges or reads answers.

colours  the conditional formats, and what they compare cells with
notes    the notes on cells
origin   which submission the copy is made of
earlier  what people wrote on the sheet that lists all findings
review   that sheet
page     how that sheet looks
memo     what it takes to put back every part as it was
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ptxl.cells import parse_cell, quoted
from ptxl.layout.heights import taller_rows
from ptxl.layout.helper_sheets import MARKS_SHEET, OUTPUT_NAME
from ptxl.mark.colours import COLOURS, NAME, Held, Mark, colour_cells
from ptxl.mark.earlier import NOTHING, SUGGESTED_AT, Earlier, read_earlier
from ptxl.mark.memo import Memo, read_memo, restore
from ptxl.mark.notes import add_notes, drop_notes
from ptxl.mark.origin import note_origin
from ptxl.mark.page import shown
from ptxl.mark.review import add_review, find_reviews, suggested
from ptxl.model.findings import Finding, Language, by_weight
from ptxl.model.submission import CheckedSubmission, Submission
from ptxl.ooxml.sheet import Position
from ptxl.ooxml.styles import Styles
from ptxl.ooxml.workbook import XlsxWorkbook
from ptxl.words import DEFAULT_LANGUAGE, Speaker, phrase

#: defined names that lead to sheets of marks, whatever they are called later; the last one is that
#: of marks made by painting cells, as it was done once
_REVIEW_NAME = "ptxl_review"
_OWN_NAMES = (NAME, _REVIEW_NAME, "ptxl_marks")
_MOST_JUDGED = 60  # a formula of an xls holds no more
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_NO_CELLS = '<worksheet xmlns="{}"><sheetData/></worksheet>'
#: a workbook without any sheet yet
_EMPTY: Mapping[str, str] = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_BOOK_TYPE}"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><bookViews><workbookView/>'
    "</bookViews><sheets/></workbook>",
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"/>',
}


def mark_workbook(
    parts: Mapping[str, bytes],
    checked: CheckedSubmission,
    language: Language = DEFAULT_LANGUAGE,
    *,
    came_from: str = "",
) -> bytes:
    """Mark all findings in the sender's workbook (its parts, unpacked); return it as xlsx.

    Earlier marks are replaced. `came_from` is the content hash of the sender's file: the copy says
    it instead of an earlier one, so that what comes back is known as a correction of that file.
    `checked` must have been read from these very parts. Raises WorkbookError when a part that needs
    a mark is missing or cannot be read.
    """
    speaker = Speaker(language)
    book = XlsxWorkbook(parts)
    own, earlier = _remove_marks(book)
    checked = replace(checked, findings=tuple(f for f in checked.findings if f.sheet not in own))
    styles = Styles(book)
    remembered = Memo(styles.counts())
    hidden = book.free_name(MARKS_SHEET)
    book.add_sheet(hidden, _NO_CELLS.format(book.namespace), "veryHidden")
    held = Held(book.edit_sheet(hidden))
    looks = {severity: styles.add_shade(colour) for severity, colour in COLOURS.items()}
    sheets = _by_sheet(found for found in checked.findings if found.reader == "clerk")
    heights = _heights(checked.submission)
    for name in book.sheet_parts:
        if name not in sheets:
            continue
        sheet = book.edit_sheet(name)
        marks = {at: _mark(found, checked.submission) for at, found in sheets[name].items()}
        texts = {at: _note(found, speaker) for at, found in sheets[name].items()}
        colour_cells(sheet, held, marks, looks)
        add_notes(book, book.sheet_parts[name], sheet, texts, speaker)
        for row, height in heights.get(name, {}).items():
            remembered.rows.append((name, sheet.raise_row(row, height)))
    review, remembered.views = add_review(book, styles, checked, speaker, earlier)
    book.define_name(_REVIEW_NAME, f"{quoted(review)}!$A$1")
    book.define_name(NAME, f"{quoted(hidden)}!{held.area}")
    remembered.write(book.edit_sheet(hidden), styles)
    book.edit_sheet(hidden).set_value(SUGGESTED_AT, suggested(checked.findings))
    if came_from:
        note_origin(book, book.edit_sheet(hidden), came_from)
    return book.save()


def unmark_workbook(parts: Mapping[str, bytes]) -> bytes:
    """Take our marks off a workbook (its parts, unpacked); return it as xlsx.

    While only ptxl has saved it since, every part is what it was. After another program saved it,
    colours, notes and sheets of ours go all the same. Only the submission that the copy came from
    stays named, until it is marked anew. Raises WorkbookError as `mark_workbook` does.
    """
    book = XlsxWorkbook(parts)
    _remove_marks(book)
    return book.save()


def findings_workbook(
    checked: CheckedSubmission,
    language: Language = DEFAULT_LANGUAGE,
    earlier: Earlier = NOTHING,
) -> bytes:
    """Make a workbook that lists the findings, for what cannot be marked (xls, ods).

    `earlier` is what people wrote on the review in it (`read_earlier`).
    """
    book = XlsxWorkbook({part: text.encode() for part, text in _EMPTY.items()})
    review, _ = add_review(book, Styles(book), checked, Speaker(language), earlier)
    book.define_name(OUTPUT_NAME, f"{quoted(review)}!$A$1")
    return book.save()


def _remove_marks(book: XlsxWorkbook) -> tuple[Sequence[str], Earlier]:
    """Take all marks off; return the names that the sheets of marks had, and what people wrote
    on them."""
    named = {name: book.sheet_named(name) for name in _OWN_NAMES}
    found = {MARKS_SHEET, *named.values(), *find_reviews(book)}
    own = sorted(name for name in book.sheet_names if name in found)
    texts, before = _noted(book, named[NAME])
    earlier = read_earlier(map(book.texts_of, own), before)
    for sheet in own:
        book.drop_sheet(sheet)
    for name in _OWN_NAMES:
        book.drop_name(name)
    for sheet, part in book.sheet_parts.items():
        if NAME.encode() in book.content(part):
            book.edit_sheet(sheet).drop_formats(NAME)
        drop_notes(book, part)
    restore(book, texts)
    return own, earlier


def _noted(book: XlsxWorkbook, held: str | None) -> tuple[Sequence[str], str]:
    """What the hidden sheet of marks says: the memo, and what was suggested."""
    if held is None or held not in book.sheet_parts:
        return (), ""
    return read_memo(book, held), book.text_at(held, SUGGESTED_AT)


def _by_sheet(findings: Iterable[Finding]) -> dict[str, dict[Position, list[Finding]]]:
    """Findings that name a cell, the worst first, by sheet and cell."""
    found: dict[str, dict[Position, list[Finding]]] = {}
    for one in by_weight(findings):
        position = parse_cell(one.cell)
        if position is not None:
            found.setdefault(one.sheet, {}).setdefault(position, []).append(one)
    return found


def _heights(submission: Submission) -> dict[str, dict[int, float]]:
    """How high rows must be for the answers in them: programs do not let merged cells grow."""
    if submission.whereabouts.elsewhere:
        return {}
    texts = {path: str(entry.raw) for path, entry in submission.entries.items()}
    return taller_rows(submission.layout, submission.sheet_names, texts)


def _mark(findings: Sequence[Finding], submission: Submission) -> Mark:
    """The colour of a cell with these findings, the worst first.

    It goes with the last of them, so other cells matter only if all findings look at some.
    """
    judged = [_judged(found, submission) for found in findings]
    return Mark(findings[0].severity, tuple(judged) if all(judged) else ())


def _judged(found: Finding, submission: Submission) -> tuple[Position, ...]:
    """The other cells of its sheet by which a finding was made: the first 60 of them.

    Where one after those is corrected, the colour stays until the file is checked again.
    """
    places = map(submission.where, found.looks_at)
    cells = [cell for sheet, cell in places if sheet == found.sheet and cell != found.cell]
    return tuple(filter(None, map(parse_cell, cells[:_MOST_JUDGED])))


def _note(findings: Iterable[Finding], speaker: Speaker) -> str:
    lines: dict[str, None] = {}
    for found in findings:
        severity = phrase(f"severities.{found.severity}")
        lines[speaker.say("review.note", severity=severity, message=found.sentence)] = None
    return shown("\n".join(lines))
