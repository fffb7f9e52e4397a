"""One cell of a template → the printed `Cell` and its `Field`; and the `Context` of expansion."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path as FilePath

from ptxl.model.errors import Origin
from ptxl.model.form import Cell, Computation, Field, Manner, Node, Picture, Style, Table, per_unit
from ptxl.model.path import TOP, Path
from ptxl.rules import Names, RuleError, names_in, parse_rule
from ptxl.rules.tree import UNIT
from ptxl.template.leaves import Leaf, Scope, Text, no_money_unit
from ptxl.template.lists import Tree, entries_at, find_list, has_level
from ptxl.template.pictures import read_picture
from ptxl.template.specs import AnswerSpec, AskedWhenSpec, CellSpec
from ptxl.template.styles import find_style
from ptxl.template.ticks import OneTick, tick_fields, words_of
from ptxl.text import excel_length, label_of
from ptxl.values.kinds import KINDS, Kind
from ptxl.values.money import money_unit
from ptxl.words import Speaker

_NAME = re.compile("[a-z][a-z0-9_]*")
_PATH = re.compile(r"[a-z][a-z0-9_]*(\[\d+\])?(\.[a-z][a-z0-9_]*(\[\d+\])?)*")
#: the keys that only fields of some kinds have
_OPTIONS = sorted({option for kind in KINDS.values() for option in kind.options})
#: the keys that only fields have which people fill in
_OF_ANSWERS = (
    "required", "minimum", "maximum", "longest", "prompt", "alert", "reviewer", "blank", "part",
)  # fmt: skip
#: the most characters that Excel shows of what it says about a cell
_LONGEST_PROMPT, _LONGEST_ALERT = 255, 225
#: cells and repeats of a form: parameters may come from a stranger's file, and repeats multiply
_MOST_MADE, _MOST_COVERED = 60_000, 500_000
_LONGEST_PATH = 120
#: how paths begin that tell of the form of an earlier stage itself: its number, its edition
_OF_FORM = "form."


class Asked:
    """The names that a template expects to be there, each with the leaf that writes it."""

    def __init__(self) -> None:
        self._names: dict[tuple[Leaf, str], None] = {}
        self._found: set[tuple[Leaf, str]] = set()

        self._words: dict[tuple[Leaf, str], None] = {}
        self._rules: dict[Leaf, None] = {}
        self._speaking: set[Leaf] = set()

    def note(self, leaf: Leaf, name: str, *, found: object) -> None:
        """Note whether a form has what a leaf names; once found is found."""
        self._names[leaf, name] = None
        self._found.update([(leaf, name)] if found else [])

    def note_word(self, leaf: Leaf, word: str, *, found: object) -> None:
        """Note whether an answer that a leaf compares with a word can be that word."""
        self._words[leaf, word] = None
        self._found.update([(leaf, word)] if found else [])

    def note_rule(self, holds: Leaf, *, found: object) -> None:
        """Note whether some answers break a rule, whose condition a leaf is."""
        self._rules[holds] = None
        self._speaking.update([holds] if found else [])

    def silent(self) -> list[Leaf]:
        """The conditions that nobody can break, whatever is answered in any form."""
        return [leaf for leaf in self._rules if leaf not in self._speaking]

    def missing(self) -> list[tuple[Leaf, str]]:
        """The names that no form had."""
        return [asked for asked in self._names if asked not in self._found]

    def missing_words(self) -> list[tuple[Leaf, str]]:
        """The words that no answer can be."""
        return [asked for asked in self._words if asked not in self._found]


@dataclass(frozen=True, slots=True)
class Conditional:
    """A field that is asked for while other answers, or the roster, say so, and whether it is
    required then.

    Names in the condition are looked up below `scope`; of a cell in a row of the table `each` first
    in its row.
    """

    path: Path
    spec: AskedWhenSpec
    required: bool
    scope: Path
    each: Path
    #: whether the roster alone says so
    of_unit: bool = False

    @property
    def at(self) -> Path:
        """How a rule points at it: by its name in the row, or by its path."""
        return self.path.below(self.path.row) if self.each else self.path


@dataclass(frozen=True, slots=True)
class Carries:
    """A place in the form of an earlier stage, what prints it, and where a template says so.

    It is a field, or None where it is a table whose rows are carried; `words` are those of which a
    choice is one.
    """

    earlier: Path
    field: Field | None
    origin: Origin
    words: tuple[str, ...] = ()


@dataclass(slots=True)
class Context:
    """What the expansion of one template goes by, and what it has made so far."""

    lists: Mapping[str, Tree]
    styles: Mapping[str, Style]
    money: str
    manner: Manner
    #: the folder of the template
    folder: FilePath
    parameters: Mapping[str, object] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    #: the path of each field and each printed text that is data, outside the rows of tables
    answers: list[tuple[Path, Origin]] = field(default_factory=list)
    #: those that rules may be asked of: fields, and values that are split over several
    fields: dict[Path, None] = field(default_factory=dict)
    conditional: list[Conditional] = field(default_factory=list)
    #: the choices over several cells of which one alone may be ticked
    ticked: list[OneTick] = field(default_factory=list)
    used_lists: set[str] = field(default_factory=set)
    grouped_lists: set[str] = field(default_factory=set)
    asked: Asked = field(default_factory=Asked)
    #: what is printed of the form of an earlier stage
    carries: list[Carries] = field(default_factory=list)
    made: int = 0
    covered: int = 0

    def count(self, scope: Scope, origin: Origin, covers: int = 1) -> None:
        """Count one thing made, and the cells of the sheet that it covers.

        Raises Stop where it is one too many.
        """
        self.made += 1
        self.covered += covers
        fits = self.made <= _MOST_MADE and self.covered <= _MOST_COVERED
        scope.faults.demand(fits, origin, "form_too_large", most=_MOST_MADE)

    def list_named(self, leaf: Text, scope: Scope) -> Tree:
        """The list that a leaf names; an unknown one is a fault, and empty."""
        name = leaf.of(scope)
        self.used_lists.add(name)
        return find_list(self.lists, name, leaf.origin, scope.faults)


def make_cells(specs: Iterable[CellSpec], scope: Scope, context: Context) -> tuple[Cell, ...]:
    """The cells of a row, each choice tied to its parent category."""
    cells: list[Cell] = []
    for spec in specs:
        if not spec.when.of(scope):
            continue
        if spec.field.given and spec.ticks:
            cells += _tick_cells(spec, scope, context)
        else:
            cells.append(make_cell(spec, scope, context))
    return tuple(tie_choices(cells, scope))


def _tick_cells(spec: CellSpec, scope: Scope, context: Context) -> Iterator[Cell]:
    """The cells of a choice over several: each word, and beside it where it is ticked."""
    whole = make_field(spec, path_of(spec.field, scope), scope, context)
    words = words_of(spec, context.list_named(spec.among, scope), scope)
    for (_, entry), one in zip(words, make_ticks(whole, words, spec, scope, context), strict=True):
        context.count(scope, spec.origin, 1 + spec.across.whole(scope))
        yield Cell(text=entry.printed, origin=spec.origin)
        yield Cell(
            style=find_style(spec.style, "input_center", context.styles, scope),
            across=spec.across.whole(scope),
            field=one,
            origin=spec.origin,
        )


def make_ticks(
    whole: Field, words: Sequence[tuple[str, Node]], spec: AnswerSpec, scope: Scope,
    context: Context, table: tuple[Path, Path] | None = None,
) -> tuple[Field, ...]:  # fmt: skip
    """The cells of a choice over several, in a row of a `table` as `make_field` takes it."""
    made = tuple(tick_fields(whole, words))
    for one, leaf in zip(made, spec.ticks, strict=False):
        scope.faults.expect(_NAME.fullmatch(one.path.name), leaf.origin, "no_path", path=one.path)
        context.answers.append((one.path, leaf.origin))
        context.fields[one.path] = None
    if made and whole.is_open and not whole.several:
        home, each = table or (scope.path, TOP)
        cells = tuple(one.path for one in made)
        found = OneTick(whole.path, cells, home, each, spec.origin)
        context.ticked.append(found)
    return made


def make_cell(spec: CellSpec, scope: Scope, context: Context) -> Cell:
    """One cell, of a row or beside a section."""
    context.count(scope, spec.origin, spec.across.whole(scope) * spec.down.whole(scope))
    found = None
    if spec.field.given:
        found = make_field(spec, path_of(spec.field, scope), scope, context)
    path = Path()
    if spec.as_.given:
        path = path_of(spec.as_, scope)
        context.answers.append((path, spec.origin))
    return Cell(
        text=spec.text.of(scope),
        style=find_style(spec.style, usual_style(found), context.styles, scope),
        across=spec.across.whole(scope),
        down=spec.down.whole(scope),
        column=spec.column.whole(scope),
        field=found,
        path=path,
        picture=_picture(spec, scope, context),
        origin=spec.origin,
    )


def _picture(spec: CellSpec, scope: Scope, context: Context) -> Picture | None:
    """What a cell shows that holds nothing else."""
    if not spec.picture.given:
        return None
    alone = not (spec.field.given or spec.text.given or spec.as_.given)
    scope.faults.expect(alone, spec.picture.origin, "picture_alone")
    name, label = spec.picture.of(scope), label_of(spec.label.of(scope))
    return read_picture(context.folder, spec.picture, name, label, scope.faults)


def path_of(leaf: Text, scope: Scope) -> Path:
    """The path that a leaf names below its scope."""
    path = scope.path / leaf.of(scope)
    fits = len(path) <= _LONGEST_PATH
    scope.faults.demand(fits, leaf.origin, "path_too_long", most=_LONGEST_PATH)
    scope.faults.expect(_PATH.fullmatch(path), leaf.origin, "no_path", path=path)
    return path


def usual_style(found: Field | None) -> str:
    """The style of a cell where the template does not say, by the field that it holds."""
    return "input" if found and not found.compute else "label"


def make_field(
    spec: AnswerSpec, path: Path, scope: Scope, context: Context, label: str = "",
    table: tuple[Path, Path] | None = None,
) -> Field:  # fmt: skip
    """The field that a cell holds; `label` is what it is called where the template does not say.

    In a row of a `table` that is the table's scope and its path.
    """
    kind = KINDS[spec.kind.of(scope)]
    part = spec.part.of(scope)
    home, each = table or (scope.path, TOP)
    by_answers = spec.asked_when.holds.given and not is_of_unit(spec.asked_when, context)
    found = Field(
        path=path / part if part else path,
        kind=kind.name,
        label=label_of(spec.label.of(scope)) or label,
        required=spec.required.of(scope) and not by_answers,
        unit=spec.unit.of(scope, context.money if kind.is_money else ""),
        manner=context.manner,
        among=spec.among.of(scope),
        level=spec.level.whole(scope),
        free=spec.free.of(scope),
        minimum=spec.minimum.of(scope, kind.minimum),
        maximum=spec.maximum.of(scope),
        longest=spec.longest.whole(scope, kind.longest),
        prompt=spec.prompt.of(scope) or (_when_asked(spec, context) if by_answers else ""),
        alert=spec.alert.of(scope),
        several=spec.several.of(scope),
        reviewer=spec.reviewer.of(scope),
        blank=spec.blank.of(scope),
        part=part,
        lines=spec.lines.whole(scope),
        compute=_computation(spec, path, scope, (home, each)),
        earlier=_earlier(spec, scope),
    )
    _note(found, Path(path), spec, scope, context, (home, each))
    _check_limits(found, spec, scope)
    if spec.kind.is_fault(spec.origin):
        context.used_lists.add(found.among)
        return found
    _check_kind(found, kind, spec, scope, context)
    if kind.is_listed:
        _check_list(found, spec, scope, context)
    return found


def _note(
    found: Field, path: Path, spec: AnswerSpec, scope: Scope, context: Context,
    home: tuple[Path, Path],
) -> None:  # fmt: skip
    """Note that a form has a field, what it prints of an earlier stage, and when it is asked."""
    if found.earlier:
        listed = entries_at(context.lists.get(found.among, ()), found.level)
        words = tuple(node.name for node in listed)
        context.carries.append(Carries(found.earlier, found, spec.from_.origin, words))
    elif found.is_open:
        own = (spec.asked_when,) if spec.asked_when.holds.given else ()
        for when in (*scope.asked_when, *own):
            required, of_unit = spec.required.of(scope), is_of_unit(when, context)
            context.conditional.append(Conditional(found.path, when, required, *home, of_unit))
    if not spec.ticks:  # else each of its cells is one
        context.answers.append((found.path, spec.origin))
    context.fields.update(dict.fromkeys((path, found.path)))


def asked_scope(spec: AskedWhenSpec, scope: Scope, context: Context) -> Scope:
    """Where the cells of a row, section, sheet or table stand, which may be asked of some units."""
    if not spec.holds.given:
        return scope
    scope.faults.expect(is_of_unit(spec, context), spec.origin, "asked_of_units")
    return scope.asked_by(spec)


def is_of_unit(spec: AskedWhenSpec, context: Context) -> bool:
    """Whether the roster alone says when something is asked."""
    try:
        tree = parse_rule(spec.holds.written, Names({}, parameters=context.parameters))
    except RuleError:  # it names answers, or is no condition: whoever checks rules says which
        return False
    names = names_in(tree)
    return bool(names) and all(name.where == UNIT for name in names)


def _when_asked(spec: AnswerSpec, context: Context) -> str:
    """What the prompt of a cell says of when it is asked for; "" where the template does not."""
    says = spec.asked_when.says.written
    return Speaker(context.manner.language).say("asked.prompt", says=says) if says else ""


def _computation(
    spec: AnswerSpec, path: Path, scope: Scope, table: tuple[Path, Path]
) -> Computation | None:
    """What the cell computes; None where people fill it in."""
    home, each = table
    if not spec.compute.given:
        return None
    decimals = spec.decimals.whole(scope) if spec.decimals.given else None
    return Computation(
        expression=spec.compute.written, scope=home, each=each, decimals=decimals,
        element=path.below(scope.path).row if each else TOP, origin=spec.compute.origin,
    )  # fmt: skip


def _earlier(spec: AnswerSpec, scope: Scope) -> Path:
    """What a field prints of the earlier stage, by its path there; "" where people fill it in."""
    name = spec.from_.of(scope)
    if not name or scope.earlier is None:
        return TOP
    return Path(name) if name.startswith(_OF_FORM) else scope.earlier / name


def _check_kind(found: Field, kind: Kind, spec: AnswerSpec, scope: Scope, context: Context) -> None:
    """Fault what a field of its kind cannot have."""
    for option in _OPTIONS:
        leaf: Leaf = getattr(spec, option)
        fits = option in kind.options or not leaf.given
        scope.faults.expect(fits, leaf.origin, "no_option", kind=kind.name, option=option)
    for option in _OF_ANSWERS if found.compute else ():
        leaf = getattr(spec, option)
        scope.faults.expect(not leaf.given, leaf.origin, "not_computed", option=option)
    _check_ticks(spec, kind, scope)
    asked_when = spec.asked_when
    fits = ((found.is_open or found.earlier) and not found.part) or not asked_when.holds.given
    scope.faults.expect(fits, asked_when.origin, "never_asked_when")
    both = found.compute and spec.from_.given
    scope.faults.expect(not both, spec.from_.origin, "not_computed", option="from")
    fits = bool(found.compute) or not spec.decimals.given
    scope.faults.expect(fits, spec.decimals.origin, "needs_compute")
    if kind.is_money:
        _check_unit(found.unit, context.money, spec.unit.origin, scope)


def _check_unit(unit: str, usual: str, origin: Origin, scope: Scope) -> None:
    """Fault what is no unit of money, or of another currency than that of the template."""
    own, other = money_unit(usual), money_unit(unit)
    if other is None:
        scope.faults.report(origin, no_money_unit(unit))
    elif own and own.currency != other.currency:
        scope.faults.add(origin, "other_currency", unit=unit, usual=usual)


def _check_ticks(spec: AnswerSpec, kind: Kind, scope: Scope) -> None:
    """Fault cells for words where there is no list, and what such a choice cannot have."""
    several = spec.several
    scope.faults.expect(spec.ticks or not several.given, several.origin, "several_without_ticks")
    if not spec.ticks:
        return
    origin = spec.ticks[0].origin
    scope.faults.expect(kind.is_listed, origin, "no_option", kind=kind.name, option="ticks")
    for name in ("free", "part", "longest", "blank"):
        leaf: Leaf = getattr(spec, name)
        scope.faults.expect(not leaf.given, leaf.origin, "no_option_of_ticks", option=name)


def _check_limits(found: Field, spec: AnswerSpec, scope: Scope) -> None:
    low, high = found.minimum, found.maximum
    if low is not None and high is not None and low > high:
        scope.faults.add(spec.origin, "nothing_between", low=low, high=high)
    for leaf, text, most in (
        (spec.prompt, found.prompt, _LONGEST_PROMPT),
        (spec.alert, found.alert, _LONGEST_ALERT),
    ):
        scope.faults.expect(excel_length(text) <= most, leaf.origin, "prompt_too_long", most=most)


def _check_list(found: Field, spec: AnswerSpec, scope: Scope, context: Context) -> None:
    if not found.among:
        known = spec.among.given and spec.among.value(scope) is None  # a fault already
        scope.faults.expect(known, spec.origin, "choice_without_list")
        return
    tree = context.list_named(spec.among, scope)
    facts = {"name": found.among, "level": found.level}
    there = has_level(tree, found.level) or not tree
    scope.faults.expect(there, spec.among.origin, "no_level", **facts)


def tie_choices(cells: Iterable[Cell], scope: Scope) -> Iterator[Cell]:
    """Tie each choice of a deeper level to the cell of the level above it in the same row."""
    paths: dict[tuple[str, int], str] = {}
    for cell in cells:
        found = cell.field
        if found is None or not found.among:
            yield cell
            continue
        paths[found.among, found.level] = found.path
        above = found.level - 1
        under = paths.get((found.among, above), "")
        scope.faults.expect(under or not above, cell.origin, "no_parent", level=above)
        yield replace(cell, field=replace(found, under=under))


def label_fields(cells: Iterable[Cell], scope: Scope) -> Iterator[Cell]:
    """Give each field without a label the printed text to its left."""
    label = ""
    every = list(cells)
    for cell, behind in zip_longest(every, every[1:]):
        if cell.field is None:
            names_a_tick = behind and behind.field and behind.field.tick
            label = label if names_a_tick else label_of(cell.text) or label
            yield cell
        elif cell.field.label:
            yield cell
        else:
            path = cell.field.path
            scope.faults.expect(not per_unit(label), cell.origin, "label_per_unit", path=path)
            yield replace(cell, field=replace(cell.field, label=label))
