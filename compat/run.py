"""What other programs make of our workbooks, as a page of tables: `make compat`.

Each kind of workbook (forms blank, filled, marked and repaired; a county workbook) is

saved    by every program that saves, in each of its formats, and read again by ptxl
read     by every library that reads, cell by cell
computed by every formula engine, and compared with the results that ptxl wrote into the file
judged   by Microsoft's Open XML SDK validator

`docs/compatibility.md` is written anew, with the date and the versions.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from openpyxl import load_workbook
from python_calamine import CalamineError

from compat.programs import Cells, Program, find_programs, formulas_of, read_by_calamine, same
from ptxl import api, jobs
from ptxl.documents.document import load_answers
from ptxl.model.form import Unit
from ptxl.model.submission import CheckedSubmission
from ptxl.receive.workers import Unread
from ptxl.template import find_templates
from tests.office import Office
from tests.validator import find_validator, validate

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "compatibility.md"
#: one published document for each template
FILLED = {
    "hebei-department": "hebei-2025-department",
    "county-project": "county-2024-project-1",
    "henan-department": "henan-2020-department",
    "ningxia-project": "ningxia-2023-project-1",
    "national-project": "national-2026-project-1",
    "service-grant": "service-2026-grant-1",
}


@dataclass(frozen=True, slots=True)
class Made:
    """A workbook that ptxl wrote, of a template and in a state of its life."""

    template: str
    state: str
    path: Path

    @property
    def name(self) -> str:
        return f"{self.template} {self.state}"

    @property
    def is_form(self) -> bool:
        return self.state != "county"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slow", action="store_true", help="also the engine that takes minutes")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, Office() as office:
        programs = find_programs(office, slow=options.slow)
        made = list(make_workbooks(Path(folder, "made")))
        lines = [*head(programs, made)]
        for part in (saved, read, computed):
            lines += part(programs, made)
            print(f"{part.__name__}: done", file=sys.stderr)
        lines += judged(made)
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(PAGE)


def make_workbooks(folder: Path) -> Iterator[Made]:
    """Every template's form in every state, and the county workbook of all of them."""
    filled = []
    for template in sorted(path.parent.name for path in find_templates()):
        case = ROOT / "samples" / "good" / FILLED[template] / "answers.json"
        answers = load_answers(case)
        unit = Unit(code=answers["unit"]["code"], name=answers["unit"]["name"])
        parameters = answers["form"]["parameters"]
        target = folder / template
        (blank,) = api.generate(template, [unit], target / "blank", parameters=parameters)
        yield Made(template, "blank", blank)
        path = target / "filled.xlsx"
        api.fill(blank, case, path)
        filled.append(path)
        yield Made(template, "filled", path)
        yield Made(template, "marked", api.mark(blank, target / "marked", severity="hint"))
        damaged, repaired = target / "damaged.xlsx", target / "repaired.xlsx"
        _insert_rows(path, damaged)
        api.repair(damaged, repaired)
        yield Made(template, "repaired", repaired)
    county = folder / "county.xlsx"
    api.merge(filled, county)
    yield Made("all", "county", county)


def _insert_rows(source: Path, target: Path) -> None:
    book = load_workbook(source)
    visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    visible[-1].insert_rows(2, 2)
    book.save(target)


def head(programs: Iterable[Program], made: Sequence[Made]) -> Iterator[str]:
    """The title of the page, what is on it and by which versions it was made."""
    yield "# What other programs make of our workbooks"
    yield ""
    yield (
        f"Written by `make compat` on {date.today().isoformat()}. Every form that ships, blank, "
        "filled with a published document, marked, and repaired after rows were inserted, and a "
        f"county workbook: {len(made)} workbooks."
    )
    yield ""
    versions = [f"{program.name} {program.version}" for program in programs]
    yield f"Programs: {', '.join(versions)}."
    yield ""
    yield (
        "Excel and WPS do not run where this page is made: what differs there cannot be seen "
        "here (see [trust](trust.md))."
    )
    yield ""


def saved(programs: Sequence[Program], made: Sequence[Made]) -> Iterator[str]:
    """What ptxl reads from its own workbooks after another program has saved them."""
    yield "## Saved by another program and read again"
    yield ""
    yield (
        "`same`: every value is read as from the file that was given out, and no finding is added. "
        "Codes are the findings that are added while every value is still the same. "
        "SheetJS cuts texts at 255 characters in xls, and writes an ods that is no XML; openpyxl "
        "saves formulas without their results."
    )
    yield ""
    columns = [
        (program, ending) for program in programs if program.save for ending in program.saves
    ]
    saves = [[_save(one, program, ending) for program, ending in columns] for one in made]
    verdicts = _form_verdicts(made, saves)
    yield from _header("workbook", [f"{program.name} {ending}" for program, ending in columns])
    yield from _rows(
        (one, [_saved_verdict(one, found, verdicts) for found in row])
        for one, row in zip(made, saves, strict=True)
    )


def _save(one: Made, program: Program, ending: str) -> Path | str:
    """The workbook as the program saved it, or why it did not."""
    assert program.save
    target = one.path.with_name(f"{one.path.stem}.{program.name}.{ending}")
    try:
        program.save(one.path, target)
    except subprocess.CalledProcessError as error:
        return f"not opened: {error.stderr.strip().splitlines()[-1][:60]}"
    return target


def _saved_verdict(one: Made, found: Path | str, verdicts: Mapping[Path, str]) -> str:
    if isinstance(found, str):
        return found
    return verdicts[found] if one.is_form else _county_verdict(one.path, found)


def _form_verdicts(made: Sequence[Made], saves: Sequence[list[Path | str]]) -> dict[Path, str]:
    """What becomes of each form that a program saved, all read in one batch."""
    pairs = [
        (one.path, found)
        for one, row in zip(made, saves, strict=True)
        for found in row
        if one.is_form and isinstance(found, Path)
    ]
    issued = [one.path for one in made if one.is_form]
    files = [*issued, *(found for _, found in pairs)]
    outcomes = dict(zip(files, api.each(files, jobs.check), strict=True))
    return {found: _form_verdict(outcomes[path], outcomes[found]) for path, found in pairs}


def _form_verdict(before: CheckedSubmission | Unread, after: CheckedSubmission | Unread) -> str:
    assert isinstance(before, CheckedSubmission), before
    if isinstance(after, Unread):
        return f"refused: {after.error.code}"
    if api.document(after) != api.document(before):
        return _difference(before, after)
    added = Counter(f.code for f in after.findings) - Counter(f.code for f in before.findings)
    return ", ".join(sorted(added)) or "same"


def _difference(before: CheckedSubmission, after: CheckedSubmission) -> str:
    """What is not read as it was: texts that the file itself holds cut off, or something worse."""
    paths = {*before.values, *after.values}
    pairs = [(before.values.get(path), after.values.get(path)) for path in paths]
    different = [pair for pair in pairs if pair[0] != pair[1]]
    cut = all(
        isinstance(was, str) and isinstance(now, str) and was.startswith(now)
        for was, now in different
    )
    return f"{len(different)} texts cut in the file" if cut else f"**{len(different)} differ**"


def _county_verdict(issued: Path, returned: Path) -> str:
    try:
        found = read_by_calamine(returned)
    except CalamineError as error:
        return f"calamine does not open it: {str(error)[:40]}"
    count, equal = _compared(read_by_calamine(issued), found)
    return "same" if count == equal else f"{equal} of {count} cells"


def read(programs: Sequence[Program], made: Sequence[Made]) -> Iterator[str]:
    """How many cells each library reads as calamine does."""
    yield "## Read by another library"
    yield ""
    yield "Cells with the value that calamine reads, of all cells that hold one."
    yield ""
    others = [program for program in programs if program.read]
    readers = [program.read for program in programs if program.read]
    yield from _header("workbook", [program.name for program in others])
    yield from _rows(
        (one, [_share(read_by_calamine(one.path), ask(one.path)) for ask in readers])
        for one in made
    )


def computed(programs: Sequence[Program], made: Sequence[Made]) -> Iterator[str]:
    """How many formulas each engine computes to the result that ptxl wrote."""
    yield "## Computed by another formula engine"
    yield ""
    yield (
        "Formulas whose result is the one that ptxl wrote into the file. Gnumeric takes a range "
        "inside `SUMPRODUCT(LEN(…))` for one cell where Excel and LibreOffice go "
        "through it; HyperFormula cannot parse a text with a doubled quote in it."
    )
    yield ""
    engines = [program for program in programs if program.compute]
    computers = [program.compute for program in programs if program.compute]
    yield from _header("workbook", [engine.name for engine in engines])
    yield from _rows(
        (one, [_share(formulas_of(one.path), ask(one.path)) for ask in computers]) for one in made
    )


def _share(expected: Cells, found: Cells) -> str:
    count, equal = _compared(expected, found)
    return f"{equal} of {count}" if equal < count else f"all {count}"


def _compared(expected: Cells, found: Cells) -> tuple[int, int]:
    """How many cells hold something, and how many of these are the same in both."""
    count = equal = 0
    for sheet, cells in expected.items():
        others = found.get(sheet, {})
        for name, value in cells.items():
            if value is None or value == "":
                continue
            count += 1
            equal += same(value, others.get(name))
    return count, equal


def judged(made: Sequence[Made]) -> Iterator[str]:
    """What the validator finds wrong."""
    yield "## Judged by the Open XML SDK validator (for Office 2010)"
    yield ""
    if not find_validator():
        yield "Not here."
        return
    errors = {one.name: validate(one.path) for one in made}
    wrong = {name: found for name, found in errors.items() if found}
    yield f"{len(made)} workbooks, {sum(map(len, wrong.values()))} errors."
    yield from (f"- {name}: {found[0]}" for name, found in wrong.items())


def _header(first: str, names: Sequence[str]) -> Iterator[str]:
    yield _row(first, names)
    yield "|" + "---|" * (len(names) + 1)


def _rows(verdicts: Iterable[tuple[Made, list[str]]]) -> Iterator[str]:
    """A row for each template; its states have one together as long as they come to the same."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for one, cells in verdicts:
        groups.setdefault((one.template, *cells), []).append(one.state)
    for (template, *cells), states in groups.items():
        yield _row(f"{template}: {', '.join(states)}", cells)
    yield ""


def _row(first: str, cells: Iterable[str]) -> str:
    return "| " + " | ".join([first, *cells]) + " |"


if __name__ == "__main__":
    main()
