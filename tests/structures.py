"""Random structured changes of filled forms, with every answer told apart from all others.

Sheets are renamed, exchanged, copied, replaced and translated by find & replace, their labels
cleared, their columns exchanged, their rows cut and pasted. Whoever performs them, a real office or
openpyxl: each answer that the file still shows is read at its own field, or an error names where it
stands. Answers are found by their texts, so nothing has to be known of what an edit did.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from ptxl.cells import Box, cell_name, column_name
from ptxl.layout.helper_sheets import MAP_SHEET, own_sheets
from ptxl.model.form import Field, Unit
from ptxl.model.layout import Layout
from ptxl.model.submission import CheckedSubmission
from ptxl.ooxml.sheet import NewValue
from ptxl.read import Workbook
from ptxl.read.compare import cells_of
from ptxl.template import load_template
from ptxl.text import plain
from ptxl.write.stencil import write_form
from tests import office
from tests.fillings import filled
from tests.office import Edit

PARAMETERS: Mapping[str, Mapping[str, object]] = {
    "national-project": {"projects": 3},
    "ningxia-project": {"projects": 3},
    "county-project": {"projects": 3},
    "hebei-department": {"projects": 3, "tasks": 2, "safeguards": 2},
    "henan-department": {"tasks": 2},
    "service-grant": {"projects": 2},
}
UNIT = Unit(code="101001", name="清源县教育局", department="清源县教育局")
#: find & replace by somebody who translates, abbreviates or knows better
WORDS = (
    ("指标", "目标"), ("项目", "工程"), ("资金", "经费"), ("绩效", "业绩"), ("名称", "名字"),
    ("年度", "全年"), ("预算", "概算"), ("单位", "部门"), ("目标", "指标"), ("内容", "说明"),
    ("效益", "效果"), ("a", "A"), ("e", "E"), ("Project", "Programme"), ("数", "额"), ("：", ":"),
)  # fmt: skip
_FAR = 60


@dataclass(frozen=True, slots=True)
class Base:
    """A filled form, and what stands in which cell of its sheets."""

    template: str
    layout: Layout
    data: bytes
    answers: Mapping[str, NewValue]
    printed: Mapping[str, Mapping[tuple[int, int], str]]

    @property
    def sheets(self) -> list[str]:
        return [sheet.sheet.name for sheet in self.layout.sheets]

    def asked(self, number: int) -> list[str]:
        return [path for path, place in self.layout.places.items() if place.sheet == number]


@dataclass(slots=True)
class Structure:
    """Edits in their order, and what the sheets of the form are called meanwhile."""

    seed: int
    base: Base
    rng: random.Random
    names: dict[int, str]
    edits: list[Edit] = field(default_factory=list)
    #: answers that were typed in addition
    typed: set[str] = field(default_factory=set)
    ending: str = "xlsx"

    def __str__(self) -> str:
        steps = []
        for one in self.edits:
            facts = ", ".join(map(str, one.arguments.values()))
            steps.append(f"{one.name}({facts})"[:60])
        shown = steps if len(steps) < 30 else [*steps[:14], "…", *steps[-14:]]
        return f"seed {self.seed} {self.base.template} → {self.ending}: {'; '.join(shown)}"

    def new(self) -> str:
        """An answer that nobody has typed."""
        self.typed.add(f"新增内容{len(self.typed) + 1}")
        return f"新增内容{len(self.typed)}"

    def sheet(self) -> int:
        """A sheet of the form that is still there."""
        return self.rng.choice(sorted(self.names))


# -- forms of which every answer is told apart


def make_base(template: str, *, blank_last: bool) -> Base:
    layout = load_template(template).layout(PARAMETERS[template])
    last = len(layout.sheets) - 1 if blank_last and len(layout.sheets) > 1 else -1
    answers = {
        path: _answer(field, number, layout)
        for number, (path, field) in enumerate(layout.fields.items(), 1)
        if layout.places[path].sheet != last and not field.reviewer
    }
    printed = {}
    for sheet in layout.sheets:
        cells = [placed for placed in sheet.cells if placed.cell.prints]
        printed[sheet.sheet.name] = {(p.place.row, p.place.column): p.cell.text for p in cells}
    data = filled(layout, write_form(layout, UNIT), answers)
    return Base(template, layout, data, answers, printed)


def _answer(asked: Field, number: int, layout: Layout) -> NewValue:
    if asked.part == "amount":
        return f"{number}.25"
    match asked.kind:
        case "money" | "number":
            return Decimal(number) + Decimal("0.25")
        case "integer":
            return Decimal(10_000 + number)
        case "percent":
            return f"{number / 100:.2f}%"
        case "choice":
            return layout.form.choices(asked)[0]
        case "target":
            return f"≥{number}次"
        case "date":
            return date(2026, 1, 1) + timedelta(days=number)
        case "code":
            return f"{101001000000 + number}"
    return f"内容{number}"


# -- what people do


Act = Callable[[Structure], None]


def make_structure(base: Base, seed: int, most: int = 3) -> Structure:
    rng = random.Random(seed)
    made = Structure(seed, base, rng, dict(enumerate(base.sheets)))
    made.edits += [office.unprotect_sheet(name) for name in base.sheets]
    for act in rng.choices(ACTS, k=rng.randint(1, most)):
        if made.names:
            act(made)
    made.ending = rng.choice(("xlsx", "ods", "xls"))
    return made


def rename(made: Structure) -> None:
    number = made.sheet()
    name = made.rng.choice(
        (f"供水管网改造{number}", f"Sheet{number + 1}", f"{made.names[number]}(1)")
    )
    if name not in made.names.values():
        made.edits.append(office.rename_sheet(made.names[number], name))
        made.names[number] = name


def exchange_names(made: Structure) -> None:
    if len(made.names) > 1:
        one, other = made.rng.sample(sorted(made.names), 2)
        first, second = made.names[one], made.names[other]
        made.edits += [office.rename_sheet(first, "临时"), office.rename_sheet(second, first),
                       office.rename_sheet("临时", second)]  # fmt: skip
        made.names[one], made.names[other] = second, first


def replace_words(made: Structure) -> None:
    number = made.sheet()
    words = made.rng.sample(WORDS, made.rng.randint(1, 4))
    for at, text in made.base.printed[made.base.sheets[number]].items():
        new = text
        for old, other in words:
            new = new.replace(old, other)
        if new != text and "⟦" not in text:
            made.edits.append(office.set_cell(made.names[number], cell_name(*at), new))


def clear_labels(made: Structure) -> None:
    number, share = made.sheet(), made.rng.choice((0.2, 0.5, 1.0))
    for at in made.base.printed[made.base.sheets[number]]:
        if made.rng.random() < share:
            made.edits.append(office.clear(made.names[number], cell_name(*at)))


def copy(made: Structure) -> None:
    """For one more project: the copy is filled in by hand, or the original goes."""
    number = made.sheet()
    name = made.rng.choice(
        (f"{made.names[number]} (2)", f"项目{len(made.base.sheets) + 1}", "新项目")
    )
    if name in made.names.values() or any(
        edit.arguments.get("name") == name for edit in made.edits
    ):
        return
    made.edits.append(office.copy_sheet(made.names[number], name))
    for path in made.rng.sample(_texts(made.base, number), k=2):
        place = made.base.layout.places[path]
        cell = cell_name(place.row, place.column)
        made.edits.append(office.set_cell(name, cell, made.new()))
    if made.rng.random() < 0.3 and len(made.names) > 1:
        made.edits.append(office.remove_sheet(made.names.pop(number)))


def replace_sheet(made: Structure) -> None:
    """By another unit's or last year's: typed anew, with some texts of another edition."""
    if len(made.names) < 2:
        return
    number = made.sheet()
    issued = made.base.sheets[number]
    old = made.names.pop(number)
    name = made.rng.choice((old, "上年", f"{issued}上年"))
    made.edits += [office.remove_sheet(old), office.add_sheet(name)]
    other_texts = made.rng.choice((0.0, 0.1, 0.5))
    for at, text in made.base.printed[issued].items():
        shown = f"{text}（旧）" if made.rng.random() < other_texts else text
        made.edits.append(office.set_cell(name, cell_name(*at), re.sub("⟦.*?⟧", "某某", shown)))
    for path in _texts(made.base, number):
        place = made.base.layout.places[path]
        made.edits.append(office.set_cell(name, cell_name(place.row, place.column), made.new()))


def paste_answers(made: Structure) -> None:
    """Into a new sheet, where they stood or further down; the form keeps them, or not."""
    number = made.sheet()
    name, down = made.rng.choice(("Sheet9", "填报内容")), made.rng.choice((0, 0, 4))
    if any(edit.arguments.get("name") == name for edit in made.edits):
        return
    made.edits.append(office.add_sheet(name))
    kept = made.rng.random() < 0.3
    for path in made.base.asked(number):
        place = made.base.layout.places[path]
        if path in made.base.answers:
            text = plain(made.base.answers[path])
            made.edits.append(
                office.set_cell(name, cell_name(place.row + down, place.column), text)
            )
        if not kept and path in made.base.answers:
            cell = cell_name(place.row, place.column)
            made.edits.append(office.clear(made.names[number], cell))
    if not kept and len(made.names) > 1 and made.rng.random() < 0.5:
        made.edits.append(office.remove_sheet(made.names.pop(number)))


def exchange_columns(made: Structure) -> None:
    number = made.sheet()
    name, size = made.names[number], made.base.layout.sheets[number]
    # Answers in a column without labels are those of whatever column they stand in now.
    texts = Counter(column for _, column in made.base.printed[made.base.sheets[number]])
    labelled = [column for column, count in texts.items() if count > 2]
    if len(labelled) < 2:
        return
    one, other = (column_name(c) for c in made.rng.sample(sorted(labelled), 2))
    made.edits += [office.unmerge(name, f"A1:{column_name(size.columns - 1)}{size.rows}"), *(
        office.move_cells(name, f"{a}1:{a}{size.rows}", f"{b}1")
        for a, b in ((one, "AZ"), (other, one), ("AZ", other))
    )]  # fmt: skip


def cut_rows(made: Structure) -> None:
    """To somewhere below the form, or beside it."""
    number = made.sheet()
    name, size = made.names[number], made.base.layout.sheets[number]
    first = made.rng.randint(2, size.rows - 1)
    last = min(size.rows, first + made.rng.choice((0, 0, 2, 5)))
    end = column_name(size.columns - 1)
    target = f"A{size.rows + made.rng.choice((2, 6))}"
    made.edits += [office.unmerge(name, f"A1:{end}{size.rows}"),
                   office.move_cells(name, f"A{first}:{end}{last}", target)]  # fmt: skip


def exchange_rows(made: Structure) -> None:
    number = made.sheet()
    name, size = made.names[number], made.base.layout.sheets[number]
    # Answers in a row without a label are those of whatever row they stand in now.
    labelled = {at[0] + 1 for at in made.base.printed[made.base.sheets[number]]} - {1}
    one, other = made.rng.sample(sorted(labelled), 2)
    end = column_name(size.columns - 1)
    made.edits += [office.unmerge(name, f"A1:{end}{size.rows}"), *(
        office.move_cells(name, f"A{a}:{end}{a}", f"A{b}")
        for a, b in ((one, size.rows + _FAR), (other, one), (size.rows + _FAR, other))
    )]  # fmt: skip


def insert(made: Structure) -> None:
    number = made.sheet()
    rows = made.base.layout.sheets[number].rows
    made.edits.append(office.insert_rows(made.names[number], made.rng.randint(1, rows)))


def hide(made: Structure) -> None:
    if len(made.names) > 1:
        made.edits.append(office.hide_sheet(made.names[made.sheet()]))


def remove(made: Structure) -> None:
    if len(made.names) > 1:
        made.edits.append(office.remove_sheet(made.names.pop(made.sheet())))


def note(made: Structure) -> None:
    """A sheet of one's own, which is no answer."""
    if not any(edit.arguments.get("name") == "测算" for edit in made.edits):
        made.edits += [office.add_sheet("测算"), office.set_cell("测算", "A1", "1+1=2")]


def forget_map(made: Structure) -> None:
    if not any(edit.arguments.get("sheet") == MAP_SHEET for edit in made.edits):
        made.edits.append(office.remove_sheet(MAP_SHEET))


ACTS: Sequence[Act] = (
    rename, rename, exchange_names, replace_words, replace_words, clear_labels, copy, copy,
    replace_sheet, paste_answers, paste_answers, exchange_columns, exchange_columns, cut_rows,
    exchange_rows, insert, hide, remove, note, forget_map,
)  # fmt: skip


def _texts(base: Base, number: int) -> list[str]:
    """Fields of a sheet that take any text."""
    kinds = {path: base.layout.fields[path] for path in base.asked(number)}
    return [path for path, asked in kinds.items() if asked.kind in ("text", "long_text")
            and not asked.part and not asked.reviewer]  # fmt: skip


# -- the invariant


def silent_answers(made: Structure, workbook: Workbook, read: CheckedSubmission) -> Iterator[str]:
    """Answers that a file shows, that are not read at their own field, and that no error names."""
    submission = read.submission
    own = {plain(value): path for path, value in made.base.answers.items()
           if made.base.layout.fields[path].kind != "choice"}  # fmt: skip
    values = {path: plain(entry.raw) for path, entry in submission.entries.items()}
    read_from = {submission.where(path): path for path in values}
    errors = [one for one in read.findings if one.severity == "error"]
    rightly = {text for path, text in values.items() if _fits(made, own.get(text), path)}
    shown = {
        (name, cell_name(*at)): str(value)
        for name in workbook.names if name not in own_sheets(submission.layout.form.language)
        for at, value in cells_of(workbook.grid(name))
    }  # fmt: skip
    silent: dict[str, str] = {}
    named = set()
    for (sheet, cell), value in shown.items():
        text = _as_typed(value)
        if text in rightly or not (text in own or text in made.typed):
            continue
        path = read_from.get((sheet, cell))
        if path and text in made.typed and values[path] == text:
            continue
        labels = {submission.layout.fields[p].label for p in (path, own.get(text)) if p}
        if any(_names(one, sheet, cell, labels) for one in errors):
            named.add(text)
        silent[text] = f"{sheet}!{cell} holds {text} of {own.get(text)}, read as {path}"
    yield from (about for text, about in silent.items() if text not in named)


def _as_typed(value: str) -> str:
    return value.removesuffix(".0")


def _fits(made: Structure, own: str | None, path: str) -> bool:
    """Whether a field is the one of an answer, or the same of another project or row."""
    if own is None:
        return False
    return re.sub(r"\d+", "", own) == re.sub(r"\d+", "", path)


def _names(one: object, sheet: str, cell: str, labels: set[str]) -> bool:
    """Whether an error names a cell, its sheet or its field."""
    facts = getattr(one, "facts", {})
    if getattr(one, "sheet", "") != sheet and sheet not in facts.values():
        return False
    at = getattr(one, "cell", "")
    if at in ("", cell):
        return True
    what = facts.get("what", ())
    if isinstance(what, tuple) and not labels.isdisjoint(what):
        return True
    area = str(facts.get("area") or facts.get("raw", "")).partition(": ")[0]
    box = Box.parse(area) if re.fullmatch("[A-Z]+[0-9]+(:[A-Z]+[0-9]+)?", area) else None
    corner = Box.parse(cell)
    return bool(box and corner and box.holds(corner.top, corner.left))
