"""A placed sheet → findings: what was done to its rows, columns, texts and cells. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ptxl.cells import cell_name, column_name, neighbours
from ptxl.model.findings import Code, Finding, finding
from ptxl.read.compare import changed_text_findings
from ptxl.read.locate.added_rows import rows_among
from ptxl.read.locate.follow_lines import Alignment
from ptxl.read.locate.place import FollowedSheet, PlacedSheet
from ptxl.read.locate.unread_answers import unread_answers
from ptxl.read.unclaimed import unclaimed_findings
from ptxl.text import squeeze
from ptxl.words import phrase

#: what is said of rows added to a table, by whether their category is unsure
_ADDED: tuple[tuple[Code, bool], ...] = (("rows_added", False), ("category_unclear", True))


def explain(sheet: FollowedSheet, placed: PlacedSheet) -> Iterator[Finding]:
    """Say what differs on a sheet from what was issued."""
    if not placed.readable:
        yield finding("place_uncertain", sheet=sheet.name, what=sheet.name,
                      area=phrase("values.whole_sheet"))  # fmt: skip
        return
    yield from _moved_lines(sheet)
    yield from changed_text_findings(sheet.name, placed.changed)
    for fields in placed.uncertain:
        labels = dict.fromkeys(sheet.issued.layout.fields[path].label for path in fields.paths)
        yield finding("place_uncertain", sheet=sheet.name, cell=cell_name(*fields.at),
                      what=tuple(labels), area=fields.area.name)  # fmt: skip
    yield from _added_rows(sheet, placed)
    if placed.unclaimed:
        answers = unread_answers(sheet, placed.unclaimed)
        yield from unclaimed_findings(
            sheet.name, placed.unclaimed, _origins(sheet), sheet.issued.language, answers
        )


def _moved_lines(sheet: FollowedSheet) -> Iterator[Finding]:
    rows, columns = sheet.rows, sheet.columns
    if rows.moved:
        yield finding("rows_sorted", sheet=sheet.name, what=_texts_in(sheet, 0, rows.moved))
    if columns.moved:
        what = _texts_in(sheet, 1, columns.moved)
        yield finding("columns_moved", sheet=sheet.name, what=what)
    # To insert rows in a table is what a clerk is told to do who needs more of them.
    invited = rows_among(sheet.issued, rows)
    inserted = [*_ranges(_inserted(rows) - invited, _row_name),
                *_ranges(_inserted(columns), column_name)]  # fmt: skip
    deleted = [*_ranges(rows.gone, _row_name), *_ranges(columns.gone, column_name)]
    if not rows.moved:
        for axis, name in ((rows, _row_name), (columns, column_name)):
            new, gone = _lines_in_doubt(axis, name)
            inserted += new
            deleted += gone
    if inserted or deleted:
        yield finding("cells_moved", sheet=sheet.name, inserted=tuple(inserted),
                      deleted=tuple(deleted))  # fmt: skip


def _inserted(lines: Alignment) -> set[int]:
    """Present lines among those of the form that are none of them, for certain."""
    places = lines.places.values()
    doubtful = (doubt.present for doubt in lines.doubts)
    return set(range(max(places, default=0))).difference(places, *doubtful)


def _lines_in_doubt(axis: Alignment, name: Callable[[int], str]) -> tuple[list[str], list[str]]:
    """Lines among which some are new, and such of which some are gone: which, nobody can tell."""
    new, gone = [], []
    for doubt in axis.doubts:
        if len(doubt.present) > len(doubt.issued):
            new += [f"{run}?" for run in _ranges(doubt.present, name)]
        elif len(doubt.present) < len(doubt.issued):
            gone += [f"{run}?" for run in _ranges(doubt.issued, name)]
    return new, gone


def _added_rows(sheet: FollowedSheet, placed: PlacedSheet) -> Iterator[Finding]:
    labels: dict[str, str] = {table.path: table.label for table in sheet.issued.layout.form.tables}
    for table in dict.fromkeys(row.table for row in placed.added):
        for code, unsure in _ADDED:
            rows = [r.row for r in placed.added if r.table == table and r.unsure == unsure]
            if rows:
                names = tuple(_ranges(rows, _row_name))
                yield finding(code, sheet=sheet.name, cell=cell_name(min(rows), 0), rows=names,
                              table=labels[table])  # fmt: skip


def _origins(sheet: FollowedSheet) -> dict[tuple[int, int], tuple[str, str]]:
    """Where answers were cut and pasted to, and path and label of the field of each."""
    found: dict[tuple[int, int], tuple[str, str]] = {}
    for cell in sheet.issued.asked:
        line = sheet.lines.get(cell.path)
        if line:
            label = sheet.issued.layout.fields[cell.path].label
            found[line.row, line.column] = (cell.path, label)
    return found


# -- words


def _texts_in(sheet: FollowedSheet, side: int, lines: Iterable[int]) -> tuple[str, ...]:
    """What is printed in rows (side 0) or columns (1), the first words of each."""
    texts: dict[int, str] = {}
    for one in sheet.texts:
        texts.setdefault((one.row, one.column)[side], squeeze(one.text))
    return tuple(texts[line] for line in sorted(lines) if line in texts)


def _row_name(row: int) -> str:
    return str(row + 1)


def _ranges(lines: Iterable[int], name: Callable[[int], str]) -> Iterator[str]:
    """`5`, `7:9`: neighbouring lines as one."""
    for first, last in neighbours(sorted(lines)):
        yield name(first) if first == last else f"{name(first)}:{name(last)}"
