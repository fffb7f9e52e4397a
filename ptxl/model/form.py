"""What is asked: a template with its parameters filled in. Data only; no file, no Jinja, no Excel.

A `Form` is the same for every unit of a roster. Text that differs by unit holds placeholders,
which `fill_text` replaces, so that a form is compiled and laid out once for a whole round.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Literal

from ptxl.model.errors import Origin
from ptxl.model.path import TOP, Path
from ptxl.words import DEFAULT_LANGUAGE, Language

_NOWHERE = Origin()
_PLACEHOLDER = re.compile("\ue000([^\ue001]+)\ue001")


#: what a row is called by that is carried from stage to stage: no field of such a row has that name
ROW_ID = "id"
#: what a form can print of the form of the stage before it, beside its answers: `form.serial`
FORM_FACTS = (
    "template", "edition", "title", "serial", "content", "approved", "unit", "department",
)  # fmt: skip


def placeholder(name: str) -> str:
    """The stand-in, inside a printed text, for a value known only per unit (`code`, `serial` …).

    Private-use characters cannot be typed by mistake and survive every step of writing a workbook.
    """
    return f"\ue000{name}\ue001"


def per_unit(text: str) -> bool:
    """Whether a text differs by unit: it holds a placeholder."""
    return "\ue000" in text


def fill_text(text: str, values: Mapping[str, str]) -> str:
    """Replace every placeholder in `text` by its value; one without a value becomes nothing."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], ""), text)


def split_text(text: str) -> tuple[list[str], list[str]]:
    """The words around the placeholders of a text, and their names: one fewer."""
    parts = _PLACEHOLDER.split(text)
    return parts[::2], parts[1::2]


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """Who fills in a form (预算单位). `more` holds the further columns of the roster."""

    code: str
    name: str
    department: str = ""
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def answers_to(self) -> str:
        """Its department; a unit of none stands for itself."""
        return self.department or self.name

    def texts(self) -> dict[str, str]:
        """The values that a printed text may show, by the name after `unit.` in a template."""
        return {**self.more, "code": self.code, "name": self.name, "department": self.department}


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """What a round says on each form: until when, to whom, whom to ask, as announced where.

    It is no part of what is asked: a deadline that is extended makes no form another one.
    """

    deadline: date | None = None
    office: str = ""
    contact: str = ""
    telephone: str = ""
    #: of the document that announces the round: 清财绩〔2026〕5号
    number: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundUnit:
    """A unit as the roster of a round names it: which forms it fills in, and whom to ask there.

    `forms` are the parameters that the roster gives to each form of the unit, by template id. A
    changed telephone changes no form, so what no form prints is no part of the `unit`.
    """

    unit: Unit
    forms: Mapping[str, Mapping[str, object]]
    contact: str = ""
    telephone: str = ""
    email: str = ""
    #: of the roster, from 1
    line: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """One entry of a list (下拉项): what is answered, how it is printed, what nests below it."""

    name: str
    printed: str
    least: int = 0
    children: tuple[Node, ...] = ()

    @property
    def required(self) -> bool:
        """Whether at least one row of this category has to be filled in."""
        return self.least > 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Computation:
    """What a cell computes, in the rule language.

    Names are looked up below `scope`; of a cell in a row of the table `each` first in its row.
    """

    expression: str
    scope: Path = TOP
    each: Path = TOP
    #: of a cell in columns that repeat: where in its row names are looked up first
    element: Path = TOP
    #: how many digits behind the point are kept, where the template says so
    decimals: int | None = None
    #: where in a template it was written
    origin: Origin = dataclasses.field(default=_NOWHERE, compare=False, repr=False)

    @property
    def table(self) -> Path:
        """The table in whose rows it stands, as named in its scope; "" if in none."""
        return self.each.below(self.scope) if self.each else self.each

    def row_of(self, path: Path) -> Path:
        """The row in which its cell stands, by the path of that; "" if in none."""
        return next((row for row in path.rows if self.each and row.parent == self.each), TOP)


@dataclass(frozen=True, kw_only=True, slots=True)
class Manner:
    """How those who fill in a form write: language, currency, order of dates."""

    language: Language = DEFAULT_LANGUAGE
    #: the code of their currency, and what they write beside it: KSh, /=
    currency: str = "CNY"
    signs: tuple[str, ...] = ()
    #: `dmy` or `mdy`: in which order a day and a month in digits stand before a year, if any
    dates: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One answer (填报项), named by a dotted path such as `projects[0].funds.total`."""

    path: Path
    kind: str
    label: str
    required: bool = False
    #: for money: 万元, thousand KES, as printed on the form
    unit: str = ""
    manner: Manner = Manner()
    #: the list that a choice comes from, and how deep in it (1 is the top)
    among: str = ""
    level: int = 1
    #: the field that holds the parent category of this one
    under: str = ""
    #: a choice that accepts free entry beside its list
    free: bool = False
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    longest: int = 0
    prompt: str = ""
    alert: str = ""
    #: filled in by the reviewer: locked for the clerk
    reviewer: bool = False
    #: what an unanswered cell shows (only where the clerk cannot type)
    blank: str = ""
    #: a target value split over columns: which part this cell holds (sign, amount, unit)
    part: str = ""
    #: a choice over several cells: the word of its list that is ticked in this one; whether several
    #: may be
    tick: str = ""
    several: bool = False
    #: least number of lines that the cell must show
    lines: int = 1
    #: what the form itself computes: locked, and read as what follows from the answers
    compute: Computation | None = None
    #: what an earlier stage answered, by its path there: printed, and locked
    earlier: Path = TOP
    #: not asked of the unit whose form it is: grey, and locked
    closed: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it is for the clerk to fill in."""
        return not (self.reviewer or self.compute or self.earlier or self.closed)

    @property
    def answer(self) -> Path:
        """The path of what it answers: of a choice over several cells the one of them all."""
        return Path(self.path).parent if self.tick else self.path


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that a form prints: a PNG or JPEG file, its size in pixels, and what it shows."""

    data: bytes
    width: int
    height: int
    label: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One printed cell: a text or the place of a field, `across` columns wide, `down` rows high.

    A text with `path` is also data: a constant that the form itself answers (a printed category).
    `column` (from 1) forces where the cell starts; 0 means the next free column.
    """

    text: str = ""
    style: str = "label"
    across: int = 1
    down: int = 1
    column: int = 0
    field: Field | None = None
    path: Path = TOP
    #: what the constant is worth where the printed text differs from it
    value: str = ""
    #: what it shows, as large as the cell allows
    picture: Picture | None = None
    #: where in a template it was written, to be named in a fault; no part of what is asked
    origin: Origin = dataclasses.field(default=_NOWHERE, compare=False, repr=False)

    @property
    def prints(self) -> bool:
        """Whether it is a text, and not blank."""
        return self.field is None and bool(self.text.strip())


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One printed row. `height` in points, 0 to compute it; `head` rows repeat on every page."""

    cells: tuple[Cell, ...]
    height: float = 0
    head: bool = False
    page_break: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Rows of a table of which at least `least` must be answered, e.g. those of one category."""

    table: Path
    label: str
    least: int
    rows: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class TableRow:
    """One row of a table: its open fields and the constants printed in it.

    `in_use` rows ask for their required fields even while nothing is filled in.
    """

    path: Path
    fields: tuple[Field, ...]
    given: Mapping[str, str]
    in_use: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Repeated rows of fields (明细表), e.g. `projects[0].indicators`."""

    path: Path
    label: str
    layout: str
    rows: tuple[TableRow, ...]
    #: columns that repeat, by the name of their list in a row: what is printed over each
    across: Mapping[Path, tuple[str, ...]] = field(default_factory=dict)
    #: where the totals of its columns stand, which repeat as these do
    foot: Path = TOP
    #: the names that a row answers, in printed order
    columns: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()
    #: for the layout `repeat` (a sheet or section for each): how many there are
    repeats: int = 0

    @property
    def row_paths(self) -> tuple[Path, ...]:
        """The paths of its rows, or of its repeats."""
        repeats = map(self.path.__truediv__, range(self.repeats))
        return (*(row.path for row in self.rows), *repeats)

    @property
    def names(self) -> tuple[Path, ...]:
        """What rules call the table and its columns: `tasks`, `tasks[].name`."""
        return (self.path, *(Path(f"{self.path}[].{name}") for name in self.columns))

    def rows_in_use(self) -> Iterator[Path]:
        """The rows that count even while they are blank, or as many repeats as must be there."""
        yield from (row.path for row in self.rows if row.in_use)
        if self.repeats:
            for group in self.groups:
                yield from (self.path / index for index in group.rows[: group.least])

    @property
    def printed(self) -> frozenset[str]:
        """What the form itself answers in some of its rows."""
        return frozenset(chain(*(row.given for row in self.rows)))

    @property
    def grows(self) -> bool:
        """Whether a clerk may add rows: not where each row is one that the form names."""
        return self.layout in ("grouped", "free")


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A condition over fields (审核规则). Names in `holds` are looked up below `scope`.

    With `each`, the path of a table, it is asked of every row in use, and `at` is a name in the
    row; otherwise `at` is the path of a field, table or column.
    """

    id: str
    scope: Path
    each: Path
    holds: str
    at: Path
    #: what holds, in words, for the self-check; in English for that of an English form
    title: str
    severity: Literal["error", "warning", "hint"]
    message: str
    message_en: str
    title_en: str = ""
    #: that no one row is to blame: of a column, the finding stands at its head
    whole: bool = False
    #: what `it` stands for: the answer that the rule is asked of, as named in its scope or row
    it: str = ""
    #: asked though the answer in `at` be blank, while its row or repeat is in use: it is wanted
    wants: bool = False
    #: while it does not hold the cell in `at` is grey: there is nothing to answer
    closes: bool = False
    #: and whether it does the roster alone says, so that it is known when the form is issued
    of_unit: bool = False
    #: "reviewer": the clerk has nothing to do about it
    reader: Literal["clerk", "reviewer"] = "clerk"
    #: on trial: reported as a warning at most, and said to be tried out
    trial: bool = False
    #: values by name that the rule's file brings along: thresholds and lists of words
    constants: Mapping[str, object] = field(default_factory=dict, hash=False)
    #: whether it is a county's own, and the document that it comes from, where one is named
    local: bool = False
    source: str = ""

    @property
    def table(self) -> Path:
        """The table of whose rows it is asked, as named in its scope; "" if of none."""
        return self.each.below(self.scope) if self.each else self.each

    @property
    def messages(self) -> Mapping[str, str]:
        """What the rule says where it is broken, by language."""
        return {"zh": self.message, "en": self.message_en}


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """How a sheet prints. Margins in centimetres: left, right, top, bottom."""

    paper: str = "A4"
    orientation: str = "portrait"
    margins: tuple[float, float, float, float] = (1.8, 1.8, 1.9, 1.9)
    fit: str = "width"
    footer: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """How a printed text looks. `border` is `thin`, `none`, or the sides that have one (`LRTB`).

    `font` is a font's name, or `text` or `heading`: what the form's language takes for those.
    """

    font: str = "text"
    size: float = 10.5
    bold: bool = False
    align: str = "center"
    valign: str = "middle"
    border: str = "thin"
    fill: str = ""
    color: str = ""
    indent: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """One sheet of the form. `columns` are widths in characters; `scope` prefixes its fields."""

    name: str
    columns: tuple[float, ...]
    rows: tuple[Row, ...]
    page: Page
    scope: Path = TOP
    row_height: float = 24


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """What is asked (表单), the same for every unit of a round."""

    template: str
    edition: str
    title: str
    parameters: Mapping[str, object]
    sheets: tuple[Sheet, ...]
    lists: Mapping[str, tuple[Node, ...]]
    styles: Mapping[str, Style]
    tables: tuple[Table, ...]
    rules: tuple[Rule, ...]
    guide: tuple[str, ...]
    #: that of its texts, and of all that ptxl adds to them
    language: Language = DEFAULT_LANGUAGE
    #: what people call it, in a few words
    short: str = ""
    #: the templates of the stage before it, whose answers it prints
    follows: tuple[str, ...] = ()
    #: parameters that all forms of one summary have in common, by name: what they mean
    shared: Mapping[str, str] = field(default_factory=dict)
    #: by which a county's own rules, those that changed its own, are known; "" where there are none
    local: str = ""

    def fields(self) -> tuple[Field, ...]:
        """All fields in printed order; those of rows that a clerk added come last."""
        printed = (cell.field for cell in self.cells() if cell.field)
        added = chain(*(row.fields for table in self.tables for row in table.rows))
        return tuple({field.path: field for field in chain(printed, added)}.values())

    @property
    def tables_by_path(self) -> dict[Path, Table]:
        """The tables by what they are called in answers."""
        return {table.path: table for table in self.tables}

    def cells(self) -> tuple[Cell, ...]:
        """All cells in printed order."""
        return tuple(cell for sheet in self.sheets for row in sheet.rows for cell in row.cells)

    def printed_answers(self, unit: Unit) -> dict[Path, str]:
        """What the form itself answers, outside the rows of tables, for one unit: text by path."""
        texts = unit.texts()
        return {
            cell.path: fill_text(cell.value or cell.text, texts)
            for cell in self.cells()
            if cell.path and not cell.field
        }

    def choices(self, field: Field, parent: str | None = None) -> tuple[str, ...]:
        """The words that answer a choice; with `parent`, those below that category."""

        def walk(nodes: tuple[Node, ...], level: int, above: str) -> Iterator[str]:
            for node in nodes:
                if level == field.level and parent in (None, above):
                    yield node.name
                yield from walk(node.children, level + 1, node.name)

        return tuple(walk(self.lists.get(field.among, ()), 1, ""))

    def rows_in_use(self) -> frozenset[str]:
        """Paths of the rows and repeats that count even while they are blank."""
        return frozenset(chain(*(table.rows_in_use() for table in self.tables)))

    def carried_rows(self) -> tuple[Path, ...]:
        """The rows and repeats that print one of an earlier stage, which have an id."""
        rows = frozenset(chain(*(table.row_paths for table in self.tables)))
        around = (field.path.rows for field in self.fields() if field.earlier)
        return tuple(dict.fromkeys(row for row in chain(*around) if row in rows))

    def owners(self) -> dict[str, Path]:
        """For each field and table the row or repeat that it belongs to; nothing at the top.

        `projects[0].funds.total` belongs to `projects[0]`, and so does
        `projects[0].plan[1].percent` where `plan` is no table but printed out.
        """
        rows = frozenset(chain(*(table.row_paths for table in self.tables)))
        owned: Iterator[Field | Table] = chain(self.fields(), self.tables)
        return {each.path: _nearest(each.path, rows) for each in owned}


def _nearest(path: Path, rows: frozenset[Path]) -> Path:
    around = [row for row in path.rows if row in rows]
    return around[-1] if around else TOP
