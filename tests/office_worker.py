"""Drives one headless LibreOffice by JSON lines on stdin and stdout.

Runs under a Python that has ``uno`` (Debian's, or the one LibreOffice brings), never under the
one that has ptxl; `tests/office.py` starts it and is the only one to talk to it.  One line in is
``{"do": NAME, "timeout": SECONDS, ...}``, one line out ``{"ok": true, "result": ...}`` or
``{"ok": false, "kind": "failed" | "refused" | "timeout", "error": TEXT}``; each answer also
carries the ``pid`` of the office, so that a caller left without an answer can end it.

What was found with LibreOffice 7.4.7 (Debian 12), headless; `tests/test_office.py` keeps these:

* No dialog can hang it.  ``--headless`` puts LibreOffice's dialogs in their silent mode: each is
  answered at once, with Cancel.  The watchdog is for what is not known yet.
* ``.uno:EnterString`` guesses types as typing does and obeys sheet protection: a locked cell
  stays, without an error.  It does *not* ask the data validation: that belongs to the input line.
  So it can stand for whatever goes round a validation, as a paste or a script does.
* Key presses (`XToolkitRobot`) go through the input line.  A validation of style "stop" refuses
  and leaves the cell as it was, and so does "warning" or "information", whose dialog is cancelled.
  Auto-completion and auto-correction work as on a desk, in cells of format '@' too: with an
  office as installed, 1/2 turns into ½.  Both are off unless `autocorrect` is asked for.
* In a '@' cell both ways keep what was typed, =1+1 and a leading apostrophe included.
* In a percent cell a pressed key brings a % along: 33 becomes 33%. Entered, 33 is 3300%.
* Text typed into a covered cell of a merged range goes into its top left cell.
* With the zh-CN locale 1/2, 3-4 and 2023-9-1 are dates in a General cell, 2023年9月 is text.
* Setting ``cell.String``, ``Formula`` or ``Value`` ignores protection (hence not for typing);
  ``clearContents`` on locked cells does nothing, silently, and so does renaming a sheet to a bad
  name; inserting or deleting rows and columns in a protected sheet raises.
* The structure lock of a workbook (no new, renamed or moved sheets) is kept in xls and ods.  Of an
  xlsx LibreOffice does not read it, and it is gone after saving: sheets can be renamed there.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# By name, because only the office's Python has it and mypy runs in another one.
uno: Any = importlib.import_module("uno")

Request = dict[str, Any]

START_SECONDS = 60.0
STOP_SECONDS = 10.0
FILTERS = {"xlsx": "Calc MS Excel 2007 XML", "xls": "MS Excel 97", "ods": "calc8"}
# com.sun.star.sheet.CellFlags: VALUE, DATETIME, STRING, FORMULA; what the Delete key removes.
CONTENTS = 1 | 2 | 4 | 16
RETURN_KEY, DELETE_KEY, CONTROL = 1280, 1286, 2  # com.sun.star.awt.Key, KeyModifier.MOD1

# An office that keeps the memory of a document for the next one takes a tenth less time.
KEEP_MEMORY = {
    "MALLOC_TRIM_THRESHOLD_": str(2**30),
    "MALLOC_TOP_PAD_": str(2**26),
    "GLIBC_TUNABLES": "glibc.malloc.mxfast=0",
}

TYPING_HELP = (
    "UseReplacementTable",
    "TwoCapitalsAtStart",
    "CapitalAtStartSentence",
    "SetInetAttribute",
    "ChangeOrdinalNumber",
    "ChangeDash",
    "AddNonBreakingSpace",
    "ChangeAngleQuotes",
    "CorrectAccidentalCapsLock",
    "ReplaceSingleQuote",
    "ReplaceDoubleQuote",
    "TransliterateRTL",
)


class RefusedError(Exception):
    """LibreOffice would not let a person do this."""


# --- the process ---------------------------------------------------------------------------


def setting(path: str, name: str, value: str) -> str:
    return (
        f'<item oor:path="/org.openoffice.{path}">'
        f'<prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
    )


def profile_settings(locale: str, autocorrect: bool) -> str:
    items = [
        setting("Setup/L10N", "ooSetupSystemLocale", locale),
        setting("Office.Common/Misc", "FirstRun", "false"),
        setting("Office.Common/Misc", "ShowTipOfTheDay", "false"),
        setting("Office.Recovery/AutoSave", "Enabled", "false"),
        # The picture of the first page that an ods may carry; nothing reads it.
        setting("Office.Common/Save/Document", "GenerateThumbnail", "false"),
    ]
    if not autocorrect:
        items.append(setting("Office.Calc/Input", "AutoInput", "false"))
        items += [setting("Office.Common/AutoCorrect", name, "false") for name in TYPING_HELP]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry">'
        + "".join(items)
        + "</oor:items>"
    )


class Soffice:
    """One LibreOffice process with its own user profile; started again when it is gone."""

    def __init__(self, program: str, folder: Path, locale: str, autocorrect: bool) -> None:
        self.program = program
        self.folder = folder
        self.profile = self.folder / "profile"
        self.settings = profile_settings(locale, autocorrect)
        self.process: subprocess.Popen[bytes] | None = None
        self.context: Any = None
        self.desktop: Any = None

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ensure(self) -> None:
        if not self.running():
            self._launch()

    def service(self, name: str) -> Any:
        return self.context.ServiceManager.createInstanceWithContext(name, self.context)

    def _launch(self) -> None:
        # A killed office leaves a profile that may ask to recover documents.
        shutil.rmtree(self.profile, ignore_errors=True)
        user = self.profile / "user"
        user.mkdir(parents=True)
        (user / "registrymodifications.xcu").write_text(self.settings, encoding="utf-8")
        pipe = f"ptxl{uuid.uuid4().hex}"
        # SAL_USE_VCLPLUGIN: no desktop's toolkit. LC_ALL: Chinese file names under LANG=C too.
        environment = {
            **os.environ,
            **KEEP_MEMORY,
            "SAL_USE_VCLPLUGIN": "svp",
            "LC_ALL": "C.UTF-8",
        }
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [
                    self.program,
                    "--headless",
                    "--norestore",
                    "--nologo",
                    "--nodefault",
                    "--nofirststartwizard",
                    f"-env:UserInstallation={self.profile.as_uri()}",
                    f"--accept=pipe,name={pipe};urp;",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                # The program is a launcher: only its group reaches the office itself.
                start_new_session=True,
            )
        self.context = self._connect(pipe)
        self.desktop = self.service("com.sun.star.frame.Desktop")

    def _connect(self, pipe: str) -> Any:
        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext(
            "com.sun.star.bridge.UnoUrlResolver", local
        )
        until = time.monotonic() + START_SECONDS
        while self.running() and time.monotonic() < until:
            try:
                return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            except Exception:  # no listener yet; uno's exceptions have no common importable base
                time.sleep(0.05)
        self.kill()
        said = (self.folder / "log").read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"LibreOffice did not start: {said[-2000:]}")

    def kill(self) -> None:
        if self.process is None:
            return
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.kill()
        self.process.wait()

    def close(self) -> None:
        if self.running():
            with watchdog(self, STOP_SECONDS), contextlib.suppress(Exception):
                self.desktop.terminate()
                assert self.process
                self.process.wait(STOP_SECONDS)
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def watchdog(soffice: Soffice, seconds: float) -> Iterator[threading.Event]:
    """Kill the office after so many seconds; the blocked UNO call then raises."""
    fired = threading.Event()

    def bite() -> None:
        fired.set()
        soffice.kill()

    timer = threading.Timer(seconds, bite)
    timer.daemon = True
    timer.start()
    try:
        yield fired
    finally:
        timer.cancel()


# --- documents -----------------------------------------------------------------------------


def properties(**values: Any) -> tuple[Any, ...]:
    made = []
    for name, value in values.items():
        one = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
        one.Name, one.Value = name, value
        made.append(one)
    return tuple(made)


class Document:
    """A copy of a file, open in the office."""

    def __init__(self, soffice: Soffice, source: str, folder: Path, *, hidden: bool = True) -> None:
        self.soffice = soffice
        self.folder = folder
        # A copy: LibreOffice puts a lock file beside what it opens.
        copy = folder / Path(source).name
        shutil.copyfile(source, copy)
        self.model = soffice.desktop.loadComponentFromURL(
            copy.as_uri(), "_blank", 0, properties(Hidden=hidden)
        )
        if self.model is None or not hasattr(self.model, "Sheets"):
            if self.model is not None:
                self.close()
            raise ValueError(f"LibreOffice cannot open {source} as a spreadsheet")

    def sheet(self, name: str) -> Any:
        if not self.model.Sheets.hasByName(name):
            raise KeyError(f"no sheet {name!r}; there are {self.model.Sheets.ElementNames!r}")
        return self.model.Sheets.getByName(name)

    def store(self, target: str, password: str = "") -> None:
        ending = Path(target).suffix.lower().lstrip(".")
        if ending not in FILTERS:
            raise ValueError(f"cannot store {target}: one of {', '.join(FILTERS)} is needed")
        self.export(target, FILTERS[ending], password)

    def export(self, target: str, filter_name: str, password: str = "") -> None:
        (self.folder / "out").mkdir(exist_ok=True)
        made = self.folder / "out" / Path(target).name
        options = {"FilterName": filter_name} | ({"Password": password} if password else {})
        self.model.storeToURL(made.as_uri(), properties(**options))
        shutil.move(str(made), target)

    def close(self) -> None:
        self.model.close(True)


@contextlib.contextmanager
def opened(soffice: Soffice, source: str, *, hidden: bool = True) -> Iterator[Document]:
    with tempfile.TemporaryDirectory(dir=soffice.folder) as folder:
        document = Document(soffice, source, Path(folder), hidden=hidden)
        try:
            yield document
        finally:
            # Of an office that was killed there is nothing to close.
            with contextlib.suppress(Exception):
                document.close()


# --- typing --------------------------------------------------------------------------------


class Typist:
    """A person at the keyboard of one open document."""

    def __init__(self, document: Document, keys: bool) -> None:
        self.document = document
        self.controller = document.model.CurrentController
        self.frame = self.controller.Frame
        self.window = self.frame.ComponentWindow
        self.toolkit = document.soffice.service("com.sun.star.awt.Toolkit")
        self.dispatcher = document.soffice.service("com.sun.star.frame.DispatchHelper")
        self.enter = self.press_keys if keys else self.enter_string
        self.sheets: dict[str, Any] = {}
        self.shown_sheet = ""
        self.formats = document.model.NumberFormats
        self.format_codes: dict[int, str] = {}
        if keys:
            self.frame.activate()
            self.window.setFocus()

    def type(self, sheet_name: str, address: str, text: str) -> dict[str, Any]:
        sheet = self.sheets.get(sheet_name) or self.document.sheet(sheet_name)
        self.sheets[sheet_name] = sheet
        cell = top_left(sheet, sheet.getCellRangeByName(address))
        self._select(sheet_name, cell)
        before = contents(cell)
        self.enter(text)
        after = contents(cell)
        return {
            "sheet": sheet_name,
            "cell": address,
            "text": text,
            "at": plain_address(cell),
            **after,
            "number_format": self._number_format(cell),
            "protected": sheet.isProtected() and cell.CellProtection.IsLocked,
            "changed": before != after,
        }

    def _select(self, sheet_name: str, cell: Any) -> None:
        self.controller.select(cell)
        if sheet_name == self.shown_sheet:
            return
        # Nothing can be selected in a hidden sheet, and the text must not land elsewhere.
        self.shown_sheet = self.controller.ActiveSheet.Name
        if self.shown_sheet != sheet_name:
            raise RefusedError(f"sheet {sheet_name!r} cannot be shown, so nothing is typed there")

    def _number_format(self, cell: Any) -> str:
        key = cell.NumberFormat
        if key not in self.format_codes:
            self.format_codes[key] = self.formats.getByKey(key).FormatString
        return self.format_codes[key]

    def enter_string(self, text: str) -> None:
        self.dispatcher.executeDispatch(
            self.frame, ".uno:EnterString", "", 0, properties(StringName=text)
        )

    def press_keys(self, text: str) -> None:
        if not text:
            self._press(code=DELETE_KEY)
        for unit in utf16_units(text):
            if unit == "\n":
                self._press("\r", RETURN_KEY, CONTROL)
            elif unit < " ":
                raise ValueError(f"there is no key that types {unit!r}")
            else:
                self._press(unit)
        if text:
            self._press("\r", RETURN_KEY)
        self.toolkit.processEventsToIdle()

    def _press(self, unit: str = "\0", code: int = 0, modifiers: int = 0) -> None:
        event = uno.createUnoStruct("com.sun.star.awt.KeyEvent")
        event.Source = self.window
        event.KeyChar = uno.Char(unit)
        event.KeyCode = code
        event.Modifiers = modifiers
        self.toolkit.keyPress(event)


def utf16_units(text: str) -> Iterator[str]:
    """A key event carries one UTF-16 unit: 𠮷 takes two."""
    data = text.encode("utf-16-le")
    for start in range(0, len(data), 2):
        yield chr(int.from_bytes(data[start : start + 2], "little"))


def top_left(sheet: Any, cell: Any) -> Any:
    cursor = sheet.createCursorByRange(cell)
    cursor.collapseToMergedArea()
    return cursor.getCellByPosition(0, 0)


def plain_address(cell: Any) -> str:
    return str(cell.AbsoluteName).rpartition(".")[2].replace("$", "")


def contents(cell: Any) -> dict[str, Any]:
    kind = cell.Type.value.lower()
    return {
        "kind": kind,
        "shown": cell.String,
        "formula": cell.Formula if kind == "formula" else "",
        "value": cell.Value if kind == "value" else None,
    }


def type_entries(soffice: Soffice, request: Request) -> list[dict[str, Any]]:
    # Not hidden, for only a shown document gets the focus and with it the key presses.
    with opened(soffice, request["source"], hidden=False) as document:
        typist = Typist(document, request["keys"])
        typed = [typist.type(*entry) for entry in request["entries"]]
        for target in request["targets"]:
            document.store(target)
    return typed


# --- edits ---------------------------------------------------------------------------------


def insert_rows(document: Document, sheet: str, row: int, count: int) -> None:
    document.sheet(sheet).Rows.insertByIndex(row - 1, count)


def delete_rows(document: Document, sheet: str, row: int, count: int) -> None:
    document.sheet(sheet).Rows.removeByIndex(row - 1, count)


def column_index(document: Document, sheet: str, column: str) -> int:
    return int(document.sheet(sheet).getCellRangeByName(f"{column}1").CellAddress.Column)


def insert_columns(document: Document, sheet: str, column: str, count: int) -> None:
    index = column_index(document, sheet, column)
    document.sheet(sheet).Columns.insertByIndex(index, count)


def delete_columns(document: Document, sheet: str, column: str, count: int) -> None:
    index = column_index(document, sheet, column)
    document.sheet(sheet).Columns.removeByIndex(index, count)


def unprotect_sheet(document: Document, sheet: str, password: str) -> None:
    document.sheet(sheet).unprotect(password)
    if document.sheet(sheet).isProtected():
        raise RefusedError(f"sheet {sheet!r} is still protected")


def set_cell(document: Document, sheet: str, cell: str, value: str | float) -> None:
    one = document.sheet(sheet).getCellRangeByName(cell)
    if not isinstance(value, str):
        one.Value = value
    elif value.startswith("="):
        one.Formula = value
    else:
        one.String = value


def clear(document: Document, sheet: str, cells: str) -> None:
    area = document.sheet(sheet).getCellRangeByName(cells)
    area.clearContents(CONTENTS)
    if area.queryContentCells(CONTENTS).Count:
        raise RefusedError(f"{sheet}!{cells} was not cleared: it has locked cells")


def structure_open(document: Document) -> None:
    # Some of the calls below ignore this protection, or do nothing without saying so.
    if document.model.isProtected():
        raise RefusedError("the structure of the workbook is protected")


def rename_sheet(document: Document, sheet: str, name: str) -> None:
    structure_open(document)
    one = document.sheet(sheet)
    one.Name = name
    if one.Name != name:
        raise RefusedError(f"{sheet!r} cannot be named {name!r}")


def add_sheet(document: Document, name: str, position: int | None) -> None:
    structure_open(document)
    sheets = document.model.Sheets
    sheets.insertNewByName(name, sheets.Count if position is None else position)


def move_sheet(document: Document, sheet: str, position: int) -> None:
    structure_open(document)
    sheets = document.model.Sheets
    here = sheets.ElementNames.index(document.sheet(sheet).Name)
    # LibreOffice wants the place counted with the sheet still where it was.
    sheets.moveByName(sheet, position if position <= here else position + 1)


def copy_sheet(document: Document, sheet: str, name: str, position: int | None) -> None:
    structure_open(document)
    sheets = document.model.Sheets
    sheets.copyByName(
        document.sheet(sheet).Name, name, sheets.Count if position is None else position
    )


def cell_address(document: Document, sheet: str, cell: str) -> Any:
    return top_left_cell(document, sheet, cell).CellAddress


def top_left_cell(document: Document, sheet: str, cell: str) -> Any:
    return document.sheet(sheet).getCellRangeByName(cell).getCellByPosition(0, 0)


def move_cells(document: Document, sheet: str, cells: str, target: str) -> None:
    area = document.sheet(sheet).getCellRangeByName(cells).RangeAddress
    document.sheet(sheet).moveRange(cell_address(document, sheet, target), area)


def copy_cells(document: Document, sheet: str, cells: str, target: str) -> None:
    area = document.sheet(sheet).getCellRangeByName(cells).RangeAddress
    document.sheet(sheet).copyRange(cell_address(document, sheet, target), area)


def unmerge(document: Document, sheet: str, cells: str) -> None:
    document.sheet(sheet).getCellRangeByName(cells).merge(False)


def merge(document: Document, sheet: str, cells: str) -> None:
    document.sheet(sheet).getCellRangeByName(cells).merge(True)


def lay_over(document: Document, sheet: str, cell: str, text: str) -> None:
    """A box with a text, over a cell."""
    box = document.model.createInstance("com.sun.star.drawing.RectangleShape")
    one = document.sheet(sheet).getCellRangeByName(cell)
    box.Position, box.Size = one.Position, one.Size
    document.sheet(sheet).DrawPage.add(box)
    box.String = text


def annotate(document: Document, sheet: str, cell: str, text: str) -> None:
    document.sheet(sheet).Annotations.insertNew(cell_address(document, sheet, cell), text)


def set_height(document: Document, sheet: str, row: int, height: int) -> None:
    document.sheet(sheet).Rows.getByIndex(row - 1).Height = height


def format_number(document: Document, sheet: str, cell: str, code: str) -> None:
    """A code that is none is passed over, as its dialogue does."""
    formats = document.model.NumberFormats
    locale = uno.createUnoStruct("com.sun.star.lang.Locale", "en", "US", "")
    key = formats.queryKey(code, locale, False)
    if key < 0:
        try:
            key = formats.addNew(code, locale)
        except Exception as error:
            if "Malformed" not in type(error).__name__:
                raise
            return
    document.sheet(sheet).getCellRangeByName(cell).NumberFormat = key


def format_characters(
    document: Document, sheet: str, cell: str, start: int, end: int, name: str, value: float
) -> None:
    """A property of characters (`CharStrikeout`), of the whole cell if the end is 0."""
    one = document.sheet(sheet).getCellRangeByName(cell)
    if end:
        cursor = one.createTextCursor()
        cursor.gotoStart(False)
        cursor.goRight(start, False)
        cursor.goRight(end - start, True)
        one = cursor
    kind = type(getattr(one, name))
    setattr(one, name, kind(value))


def hide_rows(document: Document, sheet: str, row: int, count: int) -> None:
    rows = document.sheet(sheet).Rows
    for index in range(row - 1, row - 1 + count):
        rows.getByIndex(index).IsVisible = False


def hide_sheet(document: Document, sheet: str) -> None:
    document.sheet(sheet).IsVisible = False


def filter_rows(document: Document, sheet: str, cells: str, column: int, text: str) -> None:
    area = document.sheet(sheet).getCellRangeByName(cells)
    descriptor = area.createFilterDescriptor(True)
    condition = uno.createUnoStruct("com.sun.star.sheet.TableFilterField")
    condition.Field = column
    condition.Operator = uno.Enum("com.sun.star.sheet.FilterOperator", "EQUAL")
    condition.StringValue = text
    descriptor.setFilterFields((condition,))
    area.filter(descriptor)


def sort_rows(document: Document, sheet: str, cells: str, column: int) -> None:
    by = uno.createUnoStruct("com.sun.star.table.TableSortField")
    by.Field = column
    by.IsAscending = True
    fields = uno.Any("[]com.sun.star.table.TableSortField", (by,))
    area = document.sheet(sheet).getCellRangeByName(cells)
    uno.invoke(area, "sort", (properties(SortFields=fields, ContainsHeader=False),))


def remove_sheet(document: Document, sheet: str) -> None:
    structure_open(document)
    document.model.Sheets.removeByName(document.sheet(sheet).Name)


def remove_names(document: Document) -> None:
    names = document.model.NamedRanges
    for name in names.ElementNames:
        names.removeByName(name)


EDITS: dict[str, Callable[..., None]] = {
    edit.__name__: edit
    for edit in (
        insert_rows,
        delete_rows,
        insert_columns,
        delete_columns,
        unprotect_sheet,
        set_cell,
        clear,
        rename_sheet,
        add_sheet,
        move_sheet,
        copy_sheet,
        move_cells,
        copy_cells,
        unmerge,
        merge,
        lay_over,
        annotate,
        set_height,
        format_number,
        format_characters,
        hide_rows,
        hide_sheet,
        filter_rows,
        sort_rows,
        remove_sheet,
        remove_names,
    )
}


def apply_edit(document: Document, name: str, arguments: dict[str, Any]) -> None:
    try:
        EDITS[name](document, **arguments)
    except (RefusedError, KeyError, TypeError):
        raise
    except Exception as error:
        # Of a dead office the bridge is gone; of a living one this was an answer.
        if not document.soffice.running():
            raise
        reason = f"{name} {arguments}: {type(error).__name__} {error}".rstrip()
        raise RefusedError(reason) from error


def edit(soffice: Soffice, request: Request) -> None:
    with opened(soffice, request["source"]) as document:
        for name, arguments in request["edits"]:
            apply_edit(document, name, arguments)
        for target in request["targets"]:
            document.store(target)


# --- the other requests --------------------------------------------------------------------


def convert(soffice: Soffice, request: Request) -> None:
    with opened(soffice, request["source"]) as document:
        for target in request["targets"]:
            document.store(target, request["password"])


def pdf(soffice: Soffice, request: Request) -> None:
    with opened(soffice, request["source"]) as document:
        document.export(request["target"], "calc_pdf_Export")


def computed(area: Any) -> list[list[Any]]:
    return [
        [
            # None stands for an error of a formula; an empty cell is "".
            computed_error(area.getCellByPosition(column, row)) if value is None else value
            for column, value in enumerate(line)
        ]
        for row, line in enumerate(area.getDataArray())
    ]


def computed_error(cell: Any) -> dict[str, Any]:
    return {"error": cell.String, "code": cell.getError()}


def compute(soffice: Soffice, request: Request) -> list[list[list[Any]]]:
    with opened(soffice, request["source"]) as document:
        document.model.calculateAll()
        return [
            computed(document.sheet(sheet).getCellRangeByName(cells))
            for sheet, cells in request["ranges"]
        ]


def compute_each(soffice: Soffice, request: Request) -> list[list[list[list[Any]]]]:
    with opened(soffice, request["source"]) as document:
        for name in document.model.Sheets.ElementNames:
            document.sheet(name).unprotect("")
        document.model.enableAutomaticCalculation(False)
        runs = list(vertical_runs(document, request["cells"]))
        areas = [
            document.sheet(sheet).getCellRangeByName(cells) for sheet, cells in request["ranges"]
        ]
        results = []
        for filling in request["fillings"]:
            for area, first, count in runs:
                area.setDataArray(tuple((value,) for value in filling[first : first + count]))
            document.model.calculateAll()
            results.append([computed(area) for area in areas])
        return results


def shown(soffice: Soffice, request: Request) -> list[list[list[str]]]:
    """What a person sees in each cell of each range, without computing anything anew."""
    with opened(soffice, request["source"]) as document:
        return [
            texts(document.sheet(sheet).getCellRangeByName(cells))
            for sheet, cells in request["ranges"]
        ]


def texts(area: Any) -> list[list[str]]:
    size = area.RangeAddress
    rows = range(size.EndRow - size.StartRow + 1)
    columns = range(size.EndColumn - size.StartColumn + 1)
    return [[area.getCellByPosition(column, row).String for column in columns] for row in rows]


def vertical_runs(document: Document, cells: list[list[Any]]) -> Iterator[tuple[Any, int, int]]:
    """Ranges of one column whose cells follow each other in the list too, with first and count."""
    first = 0
    for index in range(1, len(cells) + 1):
        sheet, row, column = cells[index - 1]
        if index == len(cells) or cells[index] != [sheet, row + 1, column]:
            top = cells[first][1]
            area = document.sheet(sheet).getCellRangeByPosition(column, top, column, row)
            yield area, first, index - first
            first = index


def start(soffice: Soffice, request: Request) -> str:
    """The version of the office, which is running by now."""
    provider = soffice.service("com.sun.star.configuration.ConfigurationProvider")
    node = provider.createInstanceWithArguments(
        "com.sun.star.configuration.ConfigurationAccess",
        properties(nodepath="/org.openoffice.Setup/Product"),
    )
    return str(node.ooSetupVersionAboutBox)


REQUESTS: dict[str, Callable[[Soffice, Request], Any]] = {
    "start": start,
    "type": type_entries,
    "convert": convert,
    "edit": edit,
    "compute": compute,
    "compute_each": compute_each,
    "shown": shown,
    "pdf": pdf,
}


def answer(soffice: Soffice, request: Request) -> dict[str, Any]:
    seconds = request["timeout"]
    with watchdog(soffice, seconds) as fired:
        try:
            soffice.ensure()
            return {"ok": True, "result": REQUESTS[request["do"]](soffice, request)}
        except Exception as error:
            if fired.is_set():
                said = f"{request['do']} took over {seconds} s; LibreOffice was killed"
                return {"ok": False, "kind": "timeout", "error": said}
            kind = "refused" if isinstance(error, RefusedError) else "failed"
            said = str(error) if kind == "refused" else traceback.format_exc()
            return {"ok": False, "kind": kind, "error": said}


def main(program: str, folder: str, locale: str, autocorrect: str) -> None:
    soffice = Soffice(program, Path(folder), locale, autocorrect == "autocorrect")
    try:
        for line in sys.stdin:
            reply = {**answer(soffice, json.loads(line)), "pid": soffice.pid}
            # As \\u escapes, so that no locale of this Python can spoil a character.
            print(json.dumps(reply), flush=True)
    finally:
        soffice.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
    sys.stdout.flush()
    # The bridge's threads can crash or hang a normal end of the interpreter.
    os._exit(0)
