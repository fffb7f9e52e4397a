"""A sender's workbook and its findings → the same workbook, marked; and the marks off again.

The package's XML is patched: cells that findings name are coloured and carry notes, and a sheet
lists everything. What holds no mark is copied byte for byte. Nothing here judges or reads answers.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from lxml import etree

from ptxl.layout.helper_sheets import OUTPUT_NAME
from ptxl.mark import memory, review
from ptxl.mark.cells import Undo, highlighted, parse_cell, restore_styles, restyle, undo_cells
from ptxl.mark.memory import Memory, memory_sheet, read_memory
from ptxl.mark.notes import HEADINGS, Note, add_notes, drop_notes
from ptxl.mark.review import review_sheet, shown
from ptxl.mark.styles import Styles
from ptxl.model.findings import Finding, Language, by_weight
from ptxl.model.submission import CheckedSubmission
from ptxl.ooxml.package import WORKBOOK, Package
from ptxl.ooxml.patch import Position
from ptxl.ooxml.workbook import (
    add_sheet,
    define_name,
    drop_name,
    drop_sheet,
    free_name,
    quoted,
    sheet_named,
    sheet_names,
    sheet_parts,
)
from ptxl.words import Speaker

#: defined names that lead to our sheets, whatever they are called later
_REVIEW_NAME, _MEMORY_NAME = "ptxl_review", "ptxl_marks"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
#: what the form itself shows by a colour that goes when the cell is answered; a colour of ours
#: under it would come to light just then
_BLANK = ("required", "category_unanswered")
#: a workbook without any sheet yet
_EMPTY: Mapping[str, str] = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/{WORKBOOK}" ContentType="{_BOOK_TYPE}"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/officeDocument" Target="{WORKBOOK}"/></Relationships>',
    WORKBOOK: f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><bookViews><workbookView/>'
    "</bookViews><sheets/></workbook>",
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"/>',
}

Marks = Mapping[Position, Sequence[Finding]]


def mark_workbook(data: bytes, checked: CheckedSubmission, language: Language = "zh") -> bytes:
    """The sender's workbook with all findings marked; earlier marks are replaced.

    `checked` must have been read from this very file. Raises PatchError when it is no OOXML
    package, or a part that needs a mark cannot be read.
    """
    package = Package(unmark_workbook(data))
    ours = set(_own_sheets(Package(data)))
    found = tuple(one for one in checked.findings if one.sheet not in ours)
    checked = replace(checked, findings=found)
    styles = Styles(package)
    counts = styles.counts
    undos: list[Undo] = []
    for sheet, marks in _by_sheet(checked.findings).items():
        if sheet in sheet_parts(package):
            undos += _mark_sheet(package, styles, sheet, marks, language)
    name = _add_review(package, styles, checked, language)
    define_name(package, _REVIEW_NAME, f"{quoted(name)}!$A$1")
    remembered = Memory(digest=styles.digest, counts=counts, styles=styles.pairs, undos=undos)
    hidden = free_name(package, memory.SHEET)
    add_sheet(package, hidden, memory_sheet(remembered, _namespace(package)), "veryHidden")
    define_name(package, _MEMORY_NAME, f"{quoted(hidden)}!$A$1")
    return package.save()


def unmark_workbook(data: bytes) -> bytes:
    """The workbook without our marks; one that has none comes back as it is.

    While only ptxl has saved it since, every part is what it was. After another program saved it,
    colours, notes and sheets of ours go all the same. Raises PatchError as `mark_workbook` does.
    """
    package = Package(data)
    ours = _own_sheets(package)
    if not ours:
        return data
    remembered = Memory(digest="", counts=(), styles=(), undos=())
    hidden = sheet_named(package, _MEMORY_NAME)
    if hidden:
        remembered = read_memory(package.tree(sheet_parts(package)[hidden]))
    for name in ours:
        drop_sheet(package, name)
    drop_name(package, _REVIEW_NAME)
    drop_name(package, _MEMORY_NAME)
    _restore(package, remembered)
    return package.save()


def findings_workbook(checked: CheckedSubmission, language: Language = "zh") -> bytes:
    """A workbook of its own that lists the findings, for what cannot be marked (xls, ods)."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, text in _EMPTY.items():
            info = zipfile.ZipInfo(part, (2020, 1, 1, 0, 0, 0))
            archive.writestr(info, text, zipfile.ZIP_DEFLATED)
    package = Package(target.getvalue())
    name = _add_review(package, Styles(package), checked, language)
    define_name(package, OUTPUT_NAME, f"{quoted(name)}!$A$1")
    return package.save()


def _own_sheets(package: Package) -> list[str]:
    """The sheets that marking added, by the names that they have now."""
    named = (sheet_named(package, name) for name in (_MEMORY_NAME, _REVIEW_NAME))
    return [sheet for sheet in named if sheet]


def _by_sheet(findings: Iterable[Finding]) -> dict[str, dict[Position, list[Finding]]]:
    """Findings that name a cell, the worst first, by sheet and cell."""
    found: dict[str, dict[Position, list[Finding]]] = {}
    for one in by_weight(findings):
        position = parse_cell(one.cell)
        if position is not None:
            found.setdefault(one.sheet, {}).setdefault(position, []).append(one)
    return found


def _mark_sheet(
    package: Package, styles: Styles, sheet: str, marks: Marks, language: Language
) -> list[Undo]:
    part = sheet_parts(package)[sheet]
    root = package.edit(part)
    looks = {
        position: partial(styles.marked, severity=found[0].severity)
        for position, found in marks.items()
        if not (all(one.code in _BLANK for one in found) and highlighted(root, position))
    }
    undos = list(restyle(root, sheet, looks))
    notes = {position: _note(found, language) for position, found in marks.items()}
    undos += add_notes(package, part, sheet, notes)
    return undos


def _note(findings: Iterable[Finding], language: Language) -> Note:
    speaker = Speaker(language)
    colon = {"zh": "：", "en": ": "}[language]
    lines = [
        f"{speaker.say(f'severities.{found.severity}')}{colon}{found.message(language)}"
        for found in findings
    ]
    return Note(HEADINGS[language], shown("\n".join(dict.fromkeys(lines))))


def _add_review(
    package: Package, styles: Styles, checked: CheckedSubmission, language: Language
) -> str:
    names = sheet_names(package)
    name = free_name(package, review.SHEET)
    root = review_sheet(
        checked, language, styles, _namespace(package), sheets=names, linked=sheet_parts(package)
    )
    index = add_sheet(package, name, root)
    define_name(package, "_xlnm.Print_Titles", review.title_rows(name), index)
    return name


def _restore(package: Package, remembered: Memory) -> None:
    """Take the marks off all sheets, and what they needed out of the styles."""
    styles = Styles(package)
    untouched = remembered.digest == styles.digest
    restorer = styles.restorer(remembered.styles)
    for sheet, part in sheet_parts(package).items():
        undos = [u for u in remembered.undos if u.sheet == sheet] if untouched else []
        if restore_styles(package.tree(part), restorer.original) or undos:
            package.edit(part)
        undo_cells(package.tree(part), undos)
        drop_notes(package, part, undos)
    if untouched:
        styles.truncate(remembered.counts)


def _namespace(package: Package) -> str:
    return etree.QName(package.tree(WORKBOOK)).namespace or ""
