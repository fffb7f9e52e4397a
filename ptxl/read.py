"""A workbook, whatever came back → Submission. Owns python-calamine.

Printed cells are compared with the form. Where they all agree, answers are where they were put;
where they do not, the map in the hidden sheet says where the fields went. What cannot be placed is
reported and left unread, never guessed.
"""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from python_calamine import CalamineError, CalamineWorkbook

from ptxl.errors import TemplateError, WorkbookError
from ptxl.faulty import UnreadableError, inspect
from ptxl.findings import Finding, finding
from ptxl.form import fill_marks, marked
from ptxl.identity import MapLine, identify, read_identity, read_map
from ptxl.layout import IDENTITY_SHEET, MAP_SHEET, OWN_SHEETS, Layout, cell_name, squeeze
from ptxl.selfcheck import banner_place
from ptxl.submission import Entry, Identity, Raw, Submission
from ptxl.template import Templates
from ptxl.values import clean

Grid = Sequence[Sequence[object]]
#: share of a sheet's printed texts that must be found for its places to be trusted
_TRUSTED = 0.7
_MOST_CHANGED_SHOWN = 20


@dataclass(slots=True)
class Workbook:
    """An open workbook: its sheet names and their values, each sheet read when asked for."""

    source: str
    names: tuple[str, ...]
    #: cells that hold an error value, which calamine gives as blank, by sheet name
    errors: Mapping[str, Mapping[str, str]]
    _book: CalamineWorkbook
    _grids: dict[str, Grid] = field(default_factory=dict)

    def grid(self, name: str) -> Grid:
        """All values of a sheet from A1 on, blank cells as ''."""
        if name not in self._grids:
            with _as_workbook_error(self.source):
                sheet = self._book.get_sheet_by_name(name)
                self._grids[name] = sheet.to_python(skip_empty_area=False)
        return self._grids[name]


@dataclass(slots=True)
class Located:
    """Which form a workbook is, and where its fields stand.

    `sheet_names` are as they are now, `moved` the fields that stand elsewhere than issued, and
    `lost` the sheets (by number) of which nothing can be read.
    """

    identity: Identity
    layout: Layout
    sheet_names: tuple[str, ...]
    findings: list[Finding]
    moved: dict[str, tuple[int, int, int]]
    lost: set[int]
    #: fields whose cells were deleted
    gone: set[str] = field(default_factory=set)
    #: rows and columns of the printed texts, by number of sheet
    printed_at: dict[int, set[tuple[int, int]]] = field(default_factory=dict)

    def position(self, path: str) -> tuple[str, int, int]:
        """Sheet name, row and column of a field."""
        place = self.layout.places[path]
        sheet, row, column = self.moved.get(path, (place.sheet, place.row, place.column))
        return self.sheet_names[sheet], row, column


def read_submission(data: bytes, templates: Templates, source: str = "") -> Submission:
    """What a workbook (xlsx, xls or ods, as bytes) holds, field by field.

    Raises WorkbookError, naming why and what to do, when it is no workbook or no form of ours.
    """
    workbook = open_workbook(data, source)
    located = locate(workbook, templates)
    entries: dict[str, Entry] = {}
    for number, name in enumerate(located.sheet_names):
        if number in located.lost:
            continue
        entries.update(_entries(workbook, located, number))
        located.findings.extend(_error_findings(located, number, workbook.errors.get(name, {})))
    return Submission(
        source=source,
        identity=located.identity,
        layout=located.layout,
        entries=entries,
        findings=tuple(located.findings),
        sheet_names=located.sheet_names,
        moved=located.moved,
        gone=frozenset(located.gone),
    )


def open_workbook(data: bytes, source: str = "") -> Workbook:
    """Open a workbook by its content, whatever its name. Raises WorkbookError."""
    _refuse_others(data, source)
    with _as_workbook_error(source):
        errors = inspect(data)
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return Workbook(source, tuple(book.sheet_names), errors, book)


def locate(workbook: Workbook, templates: Templates) -> Located:
    """Find out which form a workbook is, and where its sheets and fields are now."""
    identity = _identity(workbook)
    layout = _layout(workbook, identity, templates)
    located = Located(identity, layout, (), [], {}, set())
    located.findings.extend(_identity_findings(identity, layout))
    located.sheet_names = _sheet_names(workbook, located)
    for number in range(len(layout.sheets)):
        if number not in located.lost:
            _locate_sheet(workbook, located, number)
    return located


# -- is it a workbook, is it ours

#: why a file is refused: the code, and what to tell the sender
REFUSALS: Mapping[str, str] = MappingProxyType({
    "empty": "文件是空的，请重新发送原表 (the file is empty)",
    "html": "这是网页或文本，不是工作簿，请用 Excel 或 WPS 打开原表填写后另存为 xlsx 再发送 "
            "(a web page or a text, not a workbook)",
    "document": "这是 Word 等文档，不是工作簿，请发送填好的原表 (a document, not a workbook)",
    "encrypted": "文件设有打开密码，请去掉密码后重新发送 (the file has an opening password)",
    "archive": "这是压缩包，请解压后发送其中的工作簿 (an archive, not a workbook)",
    "damaged": "文件已损坏或不完整，请重新保存后再发送 (the file is damaged or cut short)",
    "not_a_file": "不是普通文件，或无法打开 (not a regular file, or it cannot be opened)",
    "not_a_form": "这不是由 ptxl 生成的表，请在发给本单位的原表上填写 "
                  "(a workbook, but no form made by ptxl)",
    "not_xlsx": "只能在 xlsx 文件中填写，请另存为 xlsx (only an xlsx can be filled in)",
    "changed_too_much": "表格结构已被改动，无法填写，请用原表 "
                        "(the structure was changed: fill in the form as issued)",
    "template_unknown": "找不到这份表的模板“{detail}”，请用 --template 指明模板所在文件夹 "
                        "(the template of this form is not installed; name its folder with "
                        "--template)",
    "parameters_unfit": "这份表的参数与模板“{detail}”不符，无法读取 "
                        "(the parameters inside the form do not fit its template)",
})  # fmt: skip


def refusal(code: str, source: str, detail: str = "") -> WorkbookError:
    """The error that tells why a file is refused, and what to do."""
    message = REFUSALS[code].format(detail=detail)
    return WorkbookError(code, f"{source}: {message}" if source else message)


def _refuse_others(data: bytes, source: str) -> None:
    """Name what a file is when it is certainly no workbook."""
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not data.strip():
        raise refusal("empty", source)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise refusal("encrypted", source)
    elif data.startswith(b"PK"):
        _refuse_other_package(data, source)
    elif head.startswith((b"<", b"mime-version")) or _is_text(data):
        raise refusal("html", source)


def _refuse_other_package(data: bytes, source: str) -> None:
    try:
        names = set(zipfile.ZipFile(io.BytesIO(data)).namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise refusal("damaged", source) from None
    if "word/document.xml" in names:
        raise refusal("document", source)
    if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
        raise refusal("archive", source)


def _is_text(data: bytes) -> bool:
    head = data[:4096]
    if b"\x00" in head:
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            head[:-3].decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


class _as_workbook_error:  # noqa: N801 - reads as a statement
    """Turn calamine's errors, and its panics, into one that says what to do."""

    def __init__(self, source: str) -> None:
        self._source = source

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is None:
            return
        if issubclass(kind, CalamineError) and "password" in kind.__name__.lower():
            raise refusal("encrypted", self._source) from None
        # A panic of the Rust side derives from BaseException alone, and is told by its name.
        damaged = (CalamineError, UnreadableError, OSError, ValueError, zlib.error, EOFError)
        if issubclass(kind, damaged) or "Panic" in kind.__name__:
            raise refusal("damaged", self._source) from None


def _identity(workbook: Workbook) -> Identity:
    there = IDENTITY_SHEET in workbook.names
    identity = read_identity(workbook.grid(IDENTITY_SHEET)) if there else None
    if identity is None:
        raise refusal("not_a_form", workbook.source)
    return identity


def _layout(workbook: Workbook, identity: Identity, templates: Templates) -> Layout:
    try:
        template = templates.get(identity.template)
    except TemplateError:
        raise refusal("template_unknown", workbook.source, identity.template) from None
    try:
        return template.layout(identity.parameters)
    except TemplateError:
        raise refusal("parameters_unfit", workbook.source, identity.template) from None


def _identity_findings(identity: Identity, layout: Layout) -> Iterator[Finding]:
    expected = identify(layout, identity.unit, identity.edition)
    found, now = identity.edition, layout.form.edition
    if identity.serial != expected.serial:
        yield finding("identity_changed", what=f"{identity.serial} ≠ {expected.serial}")
    elif identity.digest != expected.digest:
        # Where the form was laid out differently, a value may be read for another.
        yield finding("template_changed", found=found, expected=now)
    elif found != now:
        yield finding("edition_differs", found=found, expected=now)


# -- where are its sheets and fields


def _sheet_names(workbook: Workbook, located: Located) -> tuple[str, ...]:
    """The present name of each sheet of the form; a renamed one is known by what is printed."""
    issued = [sheet.sheet.name for sheet in located.layout.sheets]
    present = {name for name in issued if name in workbook.names}
    strangers = [name for name in workbook.names if name not in present]
    names: list[str] = []
    for number, name in enumerate(issued):
        if name not in present:
            found = _renamed(workbook, located, number, strangers)
            if found:
                strangers.remove(found)
                located.findings.append(
                    finding("sheet_renamed", sheet=found, expected=name, raw=found)
                )
                name = found
            else:
                located.lost.add(number)
                scope = located.layout.sheets[number].sheet.scope
                spare = scope.endswith("]") and scope not in located.layout.in_use
                code = "spare_sheet_missing" if spare else "sheet_missing"
                located.findings.append(finding(code, expected=name))
        names.append(name)
    located.findings.extend(_stranger_findings(workbook, located, strangers))
    return tuple(names)


def _stranger_findings(
    workbook: Workbook, located: Located, strangers: Sequence[str]
) -> Iterator[Finding]:
    """Sheets that somebody added: what stands on them is not read, and that is said."""
    for name in strangers:
        if name in OWN_SHEETS or not any(_raw(v) for row in workbook.grid(name) for v in row):
            continue
        copied = [
            sheet.sheet.name
            for number, sheet in enumerate(located.layout.sheets)
            if _share_shown(workbook, located, number, name) >= _TRUSTED
        ]
        code = "sheet_copied" if copied else "sheet_added"
        yield finding(code, sheet=name, raw=name, expected="".join(copied[:1]))


def _renamed(
    workbook: Workbook, located: Located, number: int, strangers: Sequence[str]
) -> str | None:
    shown = {name: _share_shown(workbook, located, number, name) for name in strangers}
    best = max(strangers, key=lambda name: shown[name], default=None)
    return best if best is not None and shown[best] >= _TRUSTED else None


def _share_shown(workbook: Workbook, located: Located, number: int, name: str) -> float:
    """How much of what is printed on a sheet of the form a sheet of the workbook shows.

    Wherever it stands: rows may have been inserted as well. A text counts as often as printed.
    """
    printed = Counter(squeeze(text) for _, _, text in _printed(located, number))
    there = Counter(squeeze(v) for row in workbook.grid(name) for v in row if isinstance(v, str))
    return (printed & there).total() / max(1, printed.total())


Printed = Sequence[tuple[int, int, str]]


@lru_cache(maxsize=256)
def _printed_texts(layout: Layout, number: int) -> tuple[tuple[int, int, str], ...]:
    """Row, column and text of every printed cell of a sheet, marks unfilled."""
    return tuple(
        (placed.place.row, placed.place.column, placed.cell.text)
        for placed in layout.sheets[number].cells
        if placed.cell.field is None and placed.cell.text.strip()
    )


def _printed(located: Located, number: int) -> Printed:
    marks = {**located.identity.unit.marks(), "serial": located.identity.serial}
    return [
        (row, column, fill_marks(text, marks) if marked(text) else text)
        for row, column, text in _printed_texts(located.layout, number)
    ]


def _changed(grid: Grid, printed: Printed) -> list[tuple[int, int, str, object]]:
    """The printed cells that do not hold their text, white space aside."""
    changed = []
    height = len(grid)
    width = len(grid[0]) if height else 0
    for row, column, text in printed:
        value = grid[row][column] if row < height and column < width else ""
        if value != text and squeeze(str(value)) != squeeze(text):
            changed.append((row, column, text, value))
    return changed


def _locate_sheet(workbook: Workbook, located: Located, number: int) -> None:
    name = located.sheet_names[number]
    grid = workbook.grid(name)
    printed = _printed(located, number)
    changed = _changed(grid, printed)
    banner = banner_place(located.layout, number)
    located.printed_at[number] = {(row, column) for row, column, _ in printed} | {banner}
    if not changed and not any(_strays(located, number, grid)):
        return
    lines = read_map(workbook.grid(MAP_SHEET)) if MAP_SHEET in workbook.names else {}
    moved, gone = _moved(located.layout, number, lines)
    if moved:
        shift = _Shift(located.layout, moved)
        shifted = shift.follow(grid, printed)
        after = _changed(grid, shifted)
        if len(after) <= len(changed):
            located.moved.update(moved)
            located.gone |= gone
            located.printed_at[number] = {(row, column) for row, column, _ in shifted}
            located.printed_at[number] |= set(shift.candidates(*banner))
            located.findings.append(finding("cells_moved", sheet=name))
            changed = after
    if len(changed) > (1 - _TRUSTED) * len(printed):
        located.lost.add(number)
        located.findings.append(finding("place_uncertain", sheet=name, expected=name))
        return
    for row, column, text, value in changed[:_MOST_CHANGED_SHOWN]:
        located.findings.append(
            finding("locked_text_changed", sheet=name, cell=cell_name(row, column),
                    expected=text, raw=value)
        )  # fmt: skip
    located.findings.extend(_strays(located, number, grid))


def _moved(
    layout: Layout, number: int, lines: Mapping[str, MapLine]
) -> tuple[dict[str, tuple[int, int, int]], set[str]]:
    """Where the map says that the fields of a sheet went, and those that have no cell of their own.

    Nothing when all are where they were issued, or when the map has lost most of them.
    """
    found: dict[str, tuple[int, int, int]] = {}
    gone: set[str] = set()
    differs = False
    for path, place in layout.places.items():
        if place.sheet != number:
            continue
        line = lines.get(path)
        if line is None:
            gone.add(path)
            continue
        found[path] = (number, line.row, line.column)
        differs = differs or (line.row, line.column) != (place.row, place.column)
    shared = [at for at, count in Counter(found.values()).items() if count > 1]
    gone |= {path for path, at in found.items() if at in shared}
    found = {path: at for path, at in found.items() if at not in shared}
    return (found, gone) if differs and len(gone) < len(found) else ({}, set())


class _Shift:
    """Where rows and columns of a sheet went, told by the fields in them."""

    def __init__(self, layout: Layout, moved: Mapping[str, tuple[int, int, int]]) -> None:
        self._rows: dict[int, int] = {}
        self._columns: dict[int, int] = {}
        for path, (_, row, column) in moved.items():
            place = layout.places[path]
            self._rows[place.row] = row
            self._columns[place.column] = column

    def follow(self, grid: Grid, printed: Printed) -> Printed:
        """The printed texts at their new places.

        A row without a field went as far as the next one above it or below it that has one:
        whichever finds the text there.
        """
        found = []
        for row, column, text in printed:
            places = [(*place, text) for place in self.candidates(row, column)]
            found.append(next((p for p in places if not _changed(grid, [p])), places[0]))
        return found

    def candidates(self, row: int, column: int) -> list[tuple[int, int]]:
        """Where a cell may have gone, the likeliest first."""
        return [
            (new_row, new_column)
            for new_row in _candidates(row, self._rows)
            for new_column in _candidates(column, self._columns)
        ]


def _candidates(index: int, known: Mapping[int, int]) -> list[int]:
    if index in known:
        return [known[index]]
    before = max((other for other in known if other < index), default=None)
    after = min((other for other in known if other > index), default=None)
    shifts = [known[other] - other for other in (before, after) if other is not None]
    return [index + shift for shift in (*shifts, 0)]


# -- what was typed


def _entries(workbook: Workbook, located: Located, number: int) -> Iterator[tuple[str, Entry]]:
    grid = workbook.grid(located.sheet_names[number])
    height = len(grid)
    width = len(grid[0]) if height else 0
    for path, row, column, blank in _places_now(located, number):
        value = grid[row][column] if row < height and column < width else ""
        if value != "" and value is not None:
            raw = _raw(value)
            if raw is not None and (not blank or squeeze(str(raw)) != squeeze(blank)):
                yield path, Entry(raw)


def _places_now(located: Located, number: int) -> Iterator[tuple[str, int, int, str]]:
    """Path, row, column and blank text of each field of a sheet that still has its cell."""
    for path, row, column, blank in _field_places(located.layout, number):
        if path in located.moved:
            _, row, column = located.moved[path]
        elif path in located.gone:
            continue
        yield path, row, column, blank


@lru_cache(maxsize=256)
def _field_places(layout: Layout, number: int) -> tuple[tuple[str, int, int, str], ...]:
    return tuple(
        (path, place.row, place.column, layout.fields[path].blank)
        for path, place in layout.places.items()
        if place.sheet == number
    )


def _strays(located: Located, number: int, grid: Grid) -> Iterator[Finding]:
    """Filled cells that are neither a field nor a printed text of the form."""
    name = located.sheet_names[number]
    known = {(row, column) for _, row, column, _ in _places_now(located, number)}
    known |= located.printed_at.get(number, set())
    for row, values in enumerate(grid):
        for column, value in enumerate(values):
            if value != "" and (row, column) not in known and _raw(value) is not None:
                shown = str(_raw(value))
                yield finding("unread_cell", sheet=name, cell=cell_name(row, column), raw=shown)


def _raw(value: object) -> Raw | None:
    """A cell's value; None for what is blank to the eye."""
    if isinstance(value, str):
        return value if clean(value) else None
    if isinstance(value, bool | date):
        return value
    if isinstance(value, int | float):
        # A cell keeps 15 digits; what a program writes beyond them is noise of its arithmetic.
        return Decimal(format(value, ".15g")) if math.isfinite(value) else str(value)
    if isinstance(value, time | timedelta | datetime):
        return str(value)
    return str(value)


def _error_findings(located: Located, number: int, errors: Mapping[str, str]) -> Iterator[Finding]:
    if not errors:
        return
    name = located.sheet_names[number]
    for path, asked in located.layout.fields.items():
        sheet, row, column = located.position(path)
        cell = cell_name(row, column)
        if sheet == name and cell in errors and path not in located.gone:
            yield finding("error_value", path=path, sheet=name, cell=cell, label=asked.label,
                          raw=errors[cell])  # fmt: skip
