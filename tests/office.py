"""A real LibreOffice for tests, and a finder of cells that knows nothing of ptxl.

    with Office() as office:
        typed = office.type_into(form, [("项目1", "C4", "12.5")], filled)

The office runs in another process, under a Python that has ``uno`` (`tests/office_worker.py`,
which also says how LibreOffice behaves); one of them serves any number of requests.  For pytest
there is the session's fixture ``office``: a conftest needs only import `office_fixture`.  Without
LibreOffice the tests that ask for it are skipped, or fail when PTXL_REQUIRE_OFFICE is 1.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, NamedTuple, NoReturn

import openpyxl
import pytest
from openpyxl.cell.cell import Cell
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

WORKER = Path(__file__).with_name("office_worker.py")
# The worker kills a hung office in time; this is for a hung worker.
GRACE_SECONDS = 30.0

Pathish = str | Path


class OfficeError(Exception):
    """LibreOffice or its worker failed."""


class OfficeTimeoutError(OfficeError):
    """LibreOffice took too long and was killed; the next request starts another one."""


class OfficeRefusedError(OfficeError):
    """LibreOffice would not let a person do this, for instance because of a protection."""


# --- finding LibreOffice -------------------------------------------------------------------


class Installation(NamedTuple):
    soffice: Path
    python: Path  # one that has uno


def _programs() -> Iterator[Path]:
    for name in ("soffice", "libreoffice"):
        if found := shutil.which(name):
            yield Path(found)
    yield from sorted(Path("/opt").glob("libreoffice*/program/soffice"), reverse=True)
    yield Path("/usr/lib/libreoffice/program/soffice")
    yield Path("/Applications/LibreOffice.app/Contents/MacOS/soffice")
    yield Path("C:/Program Files/LibreOffice/program/soffice.exe")


def _pythons(soffice: Path) -> Iterator[Path]:
    program = soffice.resolve().parent
    yield program / "python"
    yield program / "python.exe"
    yield program.parent / "Resources" / "python"
    yield Path("/usr/bin/python3")
    if found := shutil.which("python3"):
        yield Path(found)
    yield Path(sys.executable)


def _clean_environment() -> dict[str, str]:
    """Without what would lead another Python into our virtual environment."""
    ours = ("PYTHONHOME", "PYTHONPATH", "PYTHONWARNINGS", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
    return {name: value for name, value in os.environ.items() if name not in ours}


def _has_uno(python: Path) -> bool:
    try:
        done = subprocess.run(
            [python, "-c", "import uno"],
            env=_clean_environment(),
            capture_output=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


@functools.cache
def find_office() -> Installation | None:
    soffice = next((program for program in _programs() if program.is_file()), None)
    if soffice is None:
        return None
    python = next((one for one in _pythons(soffice) if one.is_file() and _has_uno(one)), None)
    return Installation(soffice, python) if python else None


def require_office() -> Installation:
    """The installation; else the test that asks is skipped, or fails where one is required."""
    return find_office() or _lacking(
        "LibreOffice Calc and a Python with uno (Debian: libreoffice-calc python3-uno)"
    )


def require_writer() -> Installation:
    """The same for tests that open documents."""
    found = require_office()
    if any(found.soffice.resolve().parent.glob("*swlo.*")):
        return found
    return _lacking("LibreOffice Writer (Debian: libreoffice-writer)")


def _lacking(what: str) -> NoReturn:
    if os.environ.get("PTXL_REQUIRE_OFFICE") == "1":
        pytest.fail(f"needs {what}, and PTXL_REQUIRE_OFFICE=1 forbids to skip", pytrace=False)
    pytest.skip(f"needs {what}")


@pytest.fixture(scope="session", name="office")
def office_fixture() -> Iterator[Office]:
    with Office(require_office()) as office:
        yield office


# --- requests and answers ------------------------------------------------------------------


Entry = tuple[str, str, str]  # sheet, cell, text


@dataclass(frozen=True, slots=True)
class Typed:
    """What became of one entry."""

    sheet: str
    cell: str
    text: str
    at: str  # the cell that took it: of a merged range the top left one
    kind: Literal["empty", "value", "text", "formula"]
    shown: str
    formula: str  # "" unless kind is formula
    value: float | None  # None unless kind is value
    number_format: str
    protected: bool
    changed: bool  # the contents differ from those before


@dataclass(frozen=True, slots=True)
class CellError:
    """An error value such as #DIV/0!, with LibreOffice's number for it."""

    text: str
    code: int = field(compare=False, default=0)


Computed = float | str | CellError  # an empty cell is ""


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing a person does to a workbook; made by the functions below."""

    name: str
    arguments: Mapping[str, str | float | None]


def insert_rows(sheet: str, row: int, count: int = 1) -> Edit:
    """New rows before the row with this number."""
    return Edit("insert_rows", {"sheet": sheet, "row": row, "count": count})


def delete_rows(sheet: str, row: int, count: int = 1) -> Edit:
    return Edit("delete_rows", {"sheet": sheet, "row": row, "count": count})


def insert_columns(sheet: str, column: str, count: int = 1) -> Edit:
    """New columns before the one with these letters."""
    return Edit("insert_columns", {"sheet": sheet, "column": column, "count": count})


def delete_columns(sheet: str, column: str, count: int = 1) -> Edit:
    return Edit("delete_columns", {"sheet": sheet, "column": column, "count": count})


def rename_sheet(sheet: str, name: str) -> Edit:
    return Edit("rename_sheet", {"sheet": sheet, "name": name})


def unprotect_sheet(sheet: str, password: str = "") -> Edit:
    return Edit("unprotect_sheet", {"sheet": sheet, "password": password})


def add_sheet(name: str, position: int | None = None) -> Edit:
    """An empty sheet, last unless a position from 0 is given."""
    return Edit("add_sheet", {"name": name, "position": position})


def move_sheet(sheet: str, position: int) -> Edit:
    """The sheet is then the one at this position, from 0."""
    return Edit("move_sheet", {"sheet": sheet, "position": position})


def copy_sheet(sheet: str, name: str, position: int | None = None) -> Edit:
    """A copy under another name, last unless a position from 0 is given."""
    return Edit("copy_sheet", {"sheet": sheet, "name": name, "position": position})


def set_cell(sheet: str, cell: str, value: str | float) -> Edit:
    """Text, a number or, after =, a formula; put there in spite of any protection."""
    return Edit("set_cell", {"sheet": sheet, "cell": cell, "value": value})


def clear(sheet: str, cells: str) -> Edit:
    """As the Delete key does: contents go, formats stay."""
    return Edit("clear", {"sheet": sheet, "cells": cells})


def move_cells(sheet: str, cells: str, target: str) -> Edit:
    """As cut and paste do: contents and formats go, references follow."""
    return Edit("move_cells", {"sheet": sheet, "cells": cells, "target": target})


def copy_cells(sheet: str, cells: str, target: str) -> Edit:
    """As copy and paste do: contents, formats and locks of the copied cells cover the target."""
    return Edit("copy_cells", {"sheet": sheet, "cells": cells, "target": target})


def unmerge(sheet: str, cells: str) -> Edit:
    return Edit("unmerge", {"sheet": sheet, "cells": cells})


def merge(sheet: str, cells: str) -> Edit:
    """One cell over all of them, which keep what they hold."""
    return Edit("merge", {"sheet": sheet, "cells": cells})


def lay_over(sheet: str, cell: str, text: str) -> Edit:
    """A drawn box with a text over a cell."""
    return Edit("lay_over", {"sheet": sheet, "cell": cell, "text": text})


def annotate(sheet: str, cell: str, text: str) -> Edit:
    """A comment on a cell."""
    return Edit("annotate", {"sheet": sheet, "cell": cell, "text": text})


def set_height(sheet: str, row: int, height: int) -> Edit:
    """The height of a row, in hundredths of a millimetre."""
    return Edit("set_height", {"sheet": sheet, "row": row, "height": height})


def format_number(sheet: str, cell: str, code: str) -> Edit:
    """A number format, as the English version writes it; nothing where that is none."""
    return Edit("format_number", {"sheet": sheet, "cell": cell, "code": code})


def format_characters(
    sheet: str, cell: str, name: str, value: float, *, start: int = 0, end: int = 0
) -> Edit:
    """A property of some characters of a cell (`CharStrikeout`), without an end of all of them."""
    where: dict[str, str | float | None] = {"sheet": sheet, "cell": cell}
    return Edit(
        "format_characters", {**where, "start": start, "end": end, "name": name, "value": value}
    )


def hide_rows(sheet: str, row: int, count: int = 1) -> Edit:
    return Edit("hide_rows", {"sheet": sheet, "row": row, "count": count})


def hide_sheet(sheet: str) -> Edit:
    return Edit("hide_sheet", {"sheet": sheet})


def filter_rows(sheet: str, cells: str, column: int, text: str) -> Edit:
    """An autofilter over the range, showing rows whose column (from 0) holds this text."""
    return Edit("filter_rows", {"sheet": sheet, "cells": cells, "column": column, "text": text})


def sort_rows(sheet: str, cells: str, column: int) -> Edit:
    """Sort a range by one of its columns, from 0."""
    return Edit("sort_rows", {"sheet": sheet, "cells": cells, "column": column})


def remove_sheet(sheet: str) -> Edit:
    return Edit("remove_sheet", {"sheet": sheet})


def remove_names() -> Edit:
    """All defined names go."""
    return Edit("remove_names", {})


# --- the office ----------------------------------------------------------------------------


class Office:
    """One LibreOffice, started at the first request.

    With `autocorrect` it completes and corrects typed text as an office on a desk does, where
    1/2 becomes ½; only key presses are subject to that.  `timeout` holds for each request.
    """

    def __init__(
        self,
        installation: Installation | None = None,
        *,
        locale: str = "zh-CN",
        autocorrect: bool = False,
        timeout: float = 120.0,
    ) -> None:
        found = installation or find_office()
        if found is None:
            raise OfficeError("no LibreOffice, or no Python with uno")
        self.timeout = timeout
        self.office_pid: int | None = None
        self._programs = found
        self._options = [locale, "autocorrect" if autocorrect else "verbatim"]
        self._folder: Path | None = None
        self._worker: subprocess.Popen[str] | None = None
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader: threading.Thread | None = None

    def __enter__(self) -> Office:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def version(self) -> str:
        return str(self._ask("start"))

    def type_into(
        self, source: Pathish, entries: Iterable[Entry], *targets: Pathish, keys: bool = False
    ) -> list[Typed]:
        """Type each text into its cell and save; the ending of each target says its format.

        Both ways guess types and obey sheet protection.  The quick one does not ask the data
        validation; with `keys` it is real key presses, three times as slow, and it is asked.
        """
        answer = self._ask(
            "type",
            source=_absolute(source),
            entries=[list(entry) for entry in entries],
            targets=[_absolute(target) for target in targets],
            keys=keys,
        )
        return [Typed(**one) for one in answer]

    def convert(self, source: Pathish, *targets: Pathish, password: str = "") -> None:
        """Save in other formats; with an opening password, if one is given."""
        into = [_absolute(target) for target in targets]
        self._ask("convert", source=_absolute(source), targets=into, password=password)

    def edit(self, source: Pathish, edits: Iterable[Edit], *targets: Pathish) -> None:
        """Do all the edits and save, in each format that is asked for; the first one refused
        raises, and nothing is saved."""
        steps = [[one.name, dict(one.arguments)] for one in edits]
        into = [_absolute(target) for target in targets]
        self._ask("edit", source=_absolute(source), edits=steps, targets=into)

    def compute(
        self, source: Pathish, ranges: Sequence[tuple[str, str]]
    ) -> list[list[list[Computed]]]:
        """Recalculate everything; the rows of each (sheet, range)."""
        answer = self._ask("compute", source=_absolute(source), ranges=[list(r) for r in ranges])
        return [[[_computed(one) for one in row] for row in area] for area in answer]

    def compute_each(
        self,
        source: Pathish,
        cells: Sequence[tuple[str, int, int]],
        fillings: Sequence[Sequence[float | str]],
        ranges: Sequence[tuple[str, str]],
    ) -> list[list[list[list[Computed]]]]:
        """The same for many fillings of one file that stays open: what each puts into the cells
        (sheet, row, column from 0), "" for nothing.  A text stays a text."""
        answer = self._ask(
            "compute_each",
            source=_absolute(source),
            cells=[list(cell) for cell in cells],
            fillings=[list(filling) for filling in fillings],
            ranges=[list(r) for r in ranges],
        )
        return [
            [[[_computed(one) for one in row] for row in area] for area in filling]
            for filling in answer
        ]

    def shown(self, source: Pathish, ranges: Sequence[tuple[str, str]]) -> list[list[list[str]]]:
        """What a person sees in each cell of each (sheet, range), row by row."""
        answer = self._ask("shown", source=_absolute(source), ranges=[list(r) for r in ranges])
        return [[list(map(str, row)) for row in area] for area in answer]

    def pdf(self, source: Pathish, target: Pathish) -> None:
        self._ask("pdf", source=_absolute(source), target=_absolute(target))

    @staticmethod
    def pages(pdf: Pathish, folder: Pathish, dpi: int = 80) -> list[Path]:
        """A PNG of each page, in order."""
        program = shutil.which("pdftoppm")
        if program is None:
            raise OfficeError("no pdftoppm (Debian: poppler-utils)")
        into = Path(folder)
        into.mkdir(parents=True, exist_ok=True)
        for stale in into.glob("page-*.png"):
            stale.unlink()
        subprocess.run([program, "-png", "-r", str(dpi), str(pdf), str(into / "page")], check=True)
        return sorted(into.glob("page-*.png"))

    def close(self) -> None:
        if self._worker is None:
            return
        assert self._worker.stdin
        with contextlib.suppress(OSError):
            self._worker.stdin.close()
        try:
            self._worker.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._kill()
        self._forget()

    def _abandon(self) -> None:
        self._kill()
        self._forget()

    def _ask(self, what: str, **details: Any) -> Any:
        worker = self._running_worker()
        assert worker.stdin
        request = {"do": what, "timeout": self.timeout, **details}
        try:
            worker.stdin.write(json.dumps(request) + "\n")
            worker.stdin.flush()
            line = self._answers.get(timeout=self.timeout + GRACE_SECONDS)
        except queue.Empty as error:
            self._abandon()
            raise OfficeTimeoutError(f"the worker of LibreOffice did not answer {what}") from error
        except OSError as error:
            self._abandon()
            raise OfficeError(f"the worker of LibreOffice died before {what}") from error
        except BaseException:
            # A Ctrl-C: the answer that still comes would be taken for the next request's.
            self._abandon()
            raise
        if not line:
            self._abandon()
            raise OfficeError(f"the worker of LibreOffice died over {what}")
        answer = json.loads(line)
        self.office_pid = answer["pid"]
        if answer["ok"]:
            return answer["result"]
        kinds = {"timeout": OfficeTimeoutError, "refused": OfficeRefusedError}
        raise kinds.get(answer["kind"], OfficeError)(answer["error"])

    def _running_worker(self) -> subprocess.Popen[str]:
        if self._worker is None:
            self._folder = Path(tempfile.mkdtemp(prefix="ptxl-office-"))
            soffice, python = self._programs
            self._worker = subprocess.Popen(
                [str(python), str(WORKER), str(soffice), str(self._folder), *self._options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="ascii",
                env={**_clean_environment(), "PYTHONUTF8": "1"},
                # A Ctrl-C ends pytest, which then closes the worker; it must still be there.
                start_new_session=True,
            )
            assert self._worker.stdout
            self._answers = queue.SimpleQueue()
            self._reader = threading.Thread(
                target=_pass_on, args=(self._worker.stdout, self._answers), daemon=True
            )
            self._reader.start()
        return self._worker

    def _kill(self) -> None:
        if self._worker is not None:
            self._worker.kill()
        if self.office_pid is not None and hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.office_pid, signal.SIGKILL)

    def _forget(self) -> None:
        worker, self._worker, self.office_pid = self._worker, None, None
        if worker is None:
            return
        worker.wait()
        if self._reader is not None:
            self._reader.join(GRACE_SECONDS)
        for stream in (worker.stdin, worker.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        if self._folder is not None:
            # The worker removes it too, but not when it was killed.
            shutil.rmtree(self._folder, ignore_errors=True)


def _pass_on(stream: IO[str], answers: queue.SimpleQueue[str]) -> None:
    for line in stream:
        answers.put(line)
    answers.put("")


def _absolute(path: Pathish) -> str:
    return str(Path(path).resolve())


def _computed(value: Any) -> Computed:
    if isinstance(value, dict):
        return CellError(value["error"], value["code"])
    return value if isinstance(value, str) else float(value)


def painted(office: Office, source: Pathish) -> Counter[str]:
    """How much of the printed pages is of each colour (`FFC4C0`), in pixels."""
    program = shutil.which("pdftoppm")
    if program is None:
        raise OfficeError("no pdftoppm (Debian: poppler-utils)")
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        pdf = Path(folder, "pages.pdf")
        office.pdf(source, pdf)
        subprocess.run([program, "-r", "50", str(pdf), str(Path(folder, "page"))], check=True)
        for page in Path(folder).glob("page-*.ppm"):
            pixels = page.read_bytes().split(b"\n", 3)[3]
            found.update(pixels[at : at + 3].hex().upper() for at in range(0, len(pixels), 3))
    return found


# --- finding cells by what is printed beside them ------------------------------------------


def beside(
    path: Pathish,
    sheet: str,
    label: str,
    occurrence: int = 0,
    direction: Literal["right", "below"] = "right",
) -> str:
    """The first unlocked cell right of, or below, the cell that says `label`."""
    return _Form(path, sheet).beside(label, occurrence, direction)


def column_below(path: Pathish, sheet: str, header: str, occurrence: int = 0) -> list[str]:
    """The unlocked cells below a header, down to a locked text or the end of the table."""
    return _Form(path, sheet).column_below(header, occurrence)


Place = tuple[int, int]


class _Form:
    def __init__(self, path: Pathish, sheet: str) -> None:
        file = Path(path).resolve()
        state = file.stat()
        self.sheet = _sheet(_workbook(file, state.st_mtime_ns, state.st_size), sheet)
        # Of a merged range: each cell's place to that of the top left one.
        self.anchors: dict[Place, Place] = {
            (row, column): (area.min_row, area.min_col)
            for area in self.sheet.merged_cells.ranges
            for row in range(area.min_row, area.max_row + 1)
            for column in range(area.min_col, area.max_col + 1)
        }

    def beside(self, label: str, occurrence: int, direction: Literal["right", "below"]) -> str:
        labelled = row, column = self._labelled(label, occurrence)
        if direction == "right":
            line = [(row, other) for other in range(column + 1, self.sheet.max_column + 1)]
        else:
            line = [(other, column) for other in range(row + 1, self.sheet.max_row + 1)]
        for place in line:
            cell = self._cell(place)
            if (cell.row, cell.column) != labelled and not cell.protection.locked:
                return cell.coordinate
        raise LookupError(f"no unlocked cell {direction} of {label!r} in {self.sheet.title!r}")

    def column_below(self, header: str, occurrence: int) -> list[str]:
        top, column = self._labelled(header, occurrence)
        found: list[str] = []
        for row in range(top + 1, self.sheet.max_row + 1):
            place = (row, column)
            if self.anchors.get(place, place) != place:
                continue  # covered by a merged range that was seen already or is not in this column
            cell = self._cell(place)
            if not cell.protection.locked:
                found.append(cell.coordinate)
            elif found and (cell.value is not None or not cell.has_style):
                break
        if not found:
            raise LookupError(f"no unlocked cell below {header!r} in {self.sheet.title!r}")
        return found

    def _labelled(self, label: str, occurrence: int) -> Place:
        wanted = _squeezed(label)
        places = [
            (cell.row, cell.column)
            for row in self.sheet.iter_rows()
            for cell in row
            if cell.value is not None and _squeezed(cell.value) == wanted
        ]
        if occurrence >= len(places):
            raise LookupError(
                f"{len(places)} cells say {label!r} in {self.sheet.title!r}, not {occurrence + 1}"
            )
        return places[occurrence]

    def _cell(self, place: Place) -> Cell:
        cell = self.sheet.cell(*self.anchors.get(place, place))
        assert isinstance(cell, Cell)
        return cell


@functools.lru_cache(maxsize=4)
def _workbook(file: Path, changed: int, size: int) -> Workbook:
    """Kept as long as the file stays as it is: a test asks for many cells of one form."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl tells of what it cannot keep when saving
        return openpyxl.load_workbook(file)


def _sheet(book: Workbook, name: str) -> Worksheet:
    found = book[name]
    if not isinstance(found, Worksheet):
        raise LookupError(f"{name!r} is no sheet of cells")
    return found


def _squeezed(value: object) -> str:
    return "".join(str(value).split())
