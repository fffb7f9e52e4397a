"""The template language: every mapping with its keys and what they hold.

`decode_template`, `decode_rule_file` and `decode_local` turn items into these. A spec holds what
stands in the file, so that it can be written back; nothing in it is evaluated yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, ClassVar, TypeAlias

from ptxl.model.errors import Origin
from ptxl.model.findings import READERS, SEVERITIES
from ptxl.template.decode import Either, Many, Named, One, Shape, Spec, key, keys_of
from ptxl.template.faults import Faults
from ptxl.template.leaves import (
    Asking,
    Count,
    Evaluated,
    Expression,
    Flag,
    Message,
    MoneyWord,
    Number,
    Quoted,
    Text,
    Word,
    Written,
)
from ptxl.template.source import Item
from ptxl.values.days import ORDERS
from ptxl.values.kinds import KINDS
from ptxl.words import DEFAULT_LANGUAGE, LANGUAGES

_MOST_ROWS = 2_000
_YES = Flag(default=True)
_PRINTED = Text(printed=True)
_ROWS = Count(most=_MOST_ROWS)


@dataclass(frozen=True, kw_only=True, slots=True)
class ParameterSpec(Spec):
    """A value that the template takes."""

    kind: Written = key(Written(words=("integer", "text", "choice", "flag", "counts")), needed=True)
    help: Written = key(Written(), needed=True)
    default: Written = key(Written())
    among: tuple[Written, ...] = key(Many(Written()))
    minimum: Count = key(Count(least=-(10**9), most=10**9))
    #: of an integer without one 9999: a fault that names it says where it comes from
    maximum: Count = key(Count(default=9999, least=-(10**9), most=10**9))
    shared: Flag = key(Flag())
    label: Written = key(Written())
    from_: Written = key(Written())


class _Nodes:
    """The shape of a list: its entries, or a mapping from each name to what nests below it."""

    def decode(self, item: Item, faults: Faults) -> tuple[NodeSpec, ...]:
        entries = list(item.list)
        for name, below in item.map.items():
            node = {"name": Item(name, below.origin), "children": below}
            entries.append(Item(node, below.origin))
        faults.expect(entries, item.origin, "empty_list")
        return tuple(One(NodeSpec).decode(entry, faults) for entry in entries)

    def absent(self, origin: Origin) -> tuple[NodeSpec, ...]:
        return ()


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeSpec(Spec):
    """One entry of a list, and what nests below it."""

    bare: ClassVar[str] = "name"
    name: Text = key(Text(), needed=True)
    printed: Text = key(Text())
    least: Count = key(_ROWS)
    children: tuple[NodeSpec, ...] = key(_Nodes())


@dataclass(frozen=True, kw_only=True, slots=True)
class ListSpec(Spec):
    """A list, with the line where it begins."""

    nodes: tuple[NodeSpec, ...]


class _List:
    def decode(self, item: Item, faults: Faults) -> ListSpec:
        return ListSpec(origin=item.origin, nodes=_Nodes().decode(item, faults))

    def absent(self, origin: Origin) -> ListSpec:
        return ListSpec(origin=origin, nodes=())


@dataclass(frozen=True, kw_only=True, slots=True)
class StyleSpec(Spec):
    """How printed texts look."""

    like: Text = key(Text(default="label"))
    font: Text = key(Text())
    size: Number = key(Number())
    bold: Flag = key(Flag())
    align: Word = key(Word(words=("left", "center", "right")))
    valign: Word = key(Word(words=("top", "middle", "bottom")))
    border: Text = key(Text())
    fill: Text = key(Text())
    color: Text = key(Text())
    indent: Number = key(Number())


@dataclass(frozen=True, kw_only=True, slots=True)
class PageSpec(Spec):
    """How a sheet prints."""

    paper: Word = key(Word(words=("A4", "A3")))
    orientation: Word = key(Word(words=("portrait", "landscape")))
    margins: tuple[Number, ...] = key(Many(Number()))
    fit: Word = key(Word(words=("width", "page", "none")))
    footer: Text = key(Text())


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedWhenSpec(Spec):
    """The other answers by which a field is asked for: a condition, and what it says in words."""

    bare: ClassVar[str] = "holds"
    holds: Asking = key(Asking())
    says: Written = key(Written())


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerSpec(Spec):
    """What cells and columns have in common: a printed text, or a field."""

    bare: ClassVar[str] = "text"
    text: Text = key(_PRINTED)
    style: Text = key(Text())
    across: Count = key(Count(default=1, least=1))
    when: Flag = key(_YES)
    field: Text = key(Text())
    kind: Word = key(Word(words=tuple(KINDS), default="text"))
    label: Text = key(Text())
    required: Flag = key(Flag())
    unit: Text = key(Text())
    among: Text = key(Text())
    level: Count = key(Count(default=1))
    free: Flag = key(Flag())
    minimum: Number = key(Number())
    maximum: Number = key(Number())
    longest: Count = key(Count(most=32_767))
    prompt: Text = key(Text())
    alert: Text = key(Text())
    reviewer: Flag = key(Flag())
    blank: Text = key(Text())
    ticks: tuple[Text, ...] = key(Many(Text()))
    several: Flag = key(Flag())
    part: Word = key(Word(words=("sign", "amount", "unit")))
    lines: Count = key(Count(default=1))
    compute: Expression = key(Expression())
    decimals: Count = key(Count(most=8))
    asked_when: AskedWhenSpec = key(One(AskedWhenSpec))
    from_: Text = key(Text())


@dataclass(frozen=True, kw_only=True, slots=True)
class CellSpec(AnswerSpec):
    """One cell of a row."""

    down: Count = key(Count(default=1, least=1))
    column: Count = key(Count())
    picture: Text = key(Text())
    as_: Text = key(Text())


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnSpec(AnswerSpec):
    """One column of a table."""

    head: Text = key(Text())
    head_style: Text = key(Text(default="head"))
    merge: Flag = key(Flag())
    printed_style: Text = key(Text(default="label"))
    total: Flag = key(Flag())


class _Column:
    """The shape of what stands under `columns` of a table: a column, or several below one head."""

    def decode(self, item: Item, faults: Faults) -> ColumnSpec | ColumnsSpec:
        if "columns" in item.map:
            return One(ColumnsSpec).decode(item, faults)
        return One(ColumnSpec).decode(item, faults)

    def absent(self, origin: Origin) -> ColumnSpec:
        return One(ColumnSpec).absent(origin)


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnsSpec(Spec):
    """Several columns of a table below one head, once or for each of several."""

    head: Text = key(Text())
    head_style: Text = key(Text(default="head"))
    when: Flag = key(_YES)
    for_each: Text = key(Text())
    count: Count = key(Count())
    among: Text = key(Text())
    columns: tuple[ColumnSpec | ColumnsSpec, ...] = key(Many(_Column()), needed=True)


class _Block:
    """The shape of what stands under `rows`: a row (or a bare list of cells), section or table."""

    def decode(self, item: Item, faults: Faults) -> BlockSpec:
        if not {"table", "layout", "columns"}.isdisjoint(item.map):
            return One(TableSpec).decode(item, faults)
        if "cells" in item.map or isinstance(item.value, list):
            return One(RowSpec).decode(item, faults)
        if item.map:
            return One(SectionSpec).decode(item, faults)
        faults.add(item.origin, "no_block")
        return self.absent(item.origin)

    def absent(self, origin: Origin) -> BlockSpec:
        return One(RowSpec).absent(origin)


@dataclass(frozen=True, kw_only=True, slots=True)
class RowSpec(Spec):
    """One row of cells."""

    bare: ClassVar[str] = "cells"
    cells: tuple[CellSpec, ...] = key(Many(One(CellSpec)), needed=True)
    when: Flag = key(_YES)
    asked_when: AskedWhenSpec = key(One(AskedWhenSpec))
    height: Number = key(Number())
    head: Flag = key(Flag())
    page_break: Flag = key(Flag())


@dataclass(frozen=True, kw_only=True, slots=True)
class RepeatSpec(Spec):
    """What sheets and sections have in common: rows, once or for each of several."""

    rows: tuple[BlockSpec, ...] = key(Many(_Block()), needed=True)
    when: Flag = key(_YES)
    asked_when: AskedWhenSpec = key(One(AskedWhenSpec))
    for_each: Text = key(Text())
    count: Count = key(Count())
    least: Count = key(Count())
    scope: Text = key(Text())
    label: Text = key(Text())
    from_: Text = key(Text())
    carried: Count = key(Count())


@dataclass(frozen=True, kw_only=True, slots=True)
class SectionSpec(RepeatSpec):
    """Rows that belong together."""

    beside: tuple[CellSpec, ...] = key(Many(One(CellSpec)))


@dataclass(frozen=True, kw_only=True, slots=True)
class FixedRowSpec(Spec):
    """One row of a fixed table: `texts` are what its columns print, by their fields."""

    count: Count = key(Count(default=1, most=_MOST_ROWS))
    when: Flag = key(_YES)
    optional: Flag = key(Flag())
    texts: Mapping[str, Text] = field(default_factory=dict)


class _FixedRow:
    """The shape of a fixed row: its keys, and the names of columns."""

    def decode(self, item: Item, faults: Faults) -> FixedRowSpec:
        faults.expect(item.map, item.origin, "no_fixed_row")
        own = {name: item.map[name] for name in keys_of(FixedRowSpec) if name in item.map}
        columns = {name: text for name, text in item.map.items() if name not in own}
        spec = One(FixedRowSpec).decode(Item(own, item.origin), faults)
        return replace(spec, texts=Named(_PRINTED).decode(Item(columns, item.origin), faults))

    def absent(self, origin: Origin) -> FixedRowSpec:
        return One(FixedRowSpec).absent(origin)


def _rows(item: Item) -> Shape[Any]:
    """How many rows a table has, or its fixed rows."""
    return Many(_FixedRow()) if isinstance(item.value, list) else _ROWS


@dataclass(frozen=True, kw_only=True, slots=True)
class FootSpec(Spec):
    """The row of totals below a table."""

    field: Text = key(Text(), needed=True)
    text: Text = key(_PRINTED)
    style: Text = key(Text())


@dataclass(frozen=True, kw_only=True, slots=True)
class TableSpec(Spec):
    """Repeated rows of fields."""

    table: Text = key(Text(), needed=True)
    layout: Word = key(Word(words=("grouped", "free", "fixed"), default="free"), needed=True)
    label: Text = key(Text())
    when: Flag = key(_YES)
    asked_when: AskedWhenSpec = key(One(AskedWhenSpec))
    rows: Count | tuple[FixedRowSpec, ...] = key(Either(_ROWS, _rows), needed=True)
    among: Text = key(Text())
    levels: tuple[Text, ...] = key(Many(Text()))
    least: Count = key(_ROWS)
    columns: tuple[ColumnSpec | ColumnsSpec, ...] = key(Many(_Column()), needed=True)
    head_repeats: Flag = key(Flag())
    height: Number = key(Number())
    new_page: tuple[Text, ...] = key(Many(Text()))
    foot: FootSpec = key(One(FootSpec))
    from_: Text = key(Text())
    carried: Count = key(_ROWS)


BlockSpec: TypeAlias = RowSpec | SectionSpec | TableSpec


ConstantSpec: TypeAlias = Evaluated | tuple[Text, ...]


def _constant(item: Item) -> Shape[Any]:
    """A number or text, or a list of texts."""
    return Many(Text()) if isinstance(item.value, list) else Evaluated()


_CONSTANTS = Named(Either(Evaluated(), _constant))


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleSpec(Spec):
    """A condition over fields. Its texts are evaluated over answers, later: kept as written."""

    id: Written = key(Written(), needed=True)
    title: Written = key(Written())
    title_en: Written = key(Written())
    when: Flag = key(_YES)
    each: Written = key(Written())
    holds: Expression = key(Expression(), needed=True)
    at: Written = key(Written())
    over: tuple[Written, ...] = key(Many(Written()))
    severity: Written = key(Written(words=SEVERITIES), needed=True)
    for_: Written = key(Written(words=READERS))
    message: Message = key(Message(), needed=True)
    message_en: Message = key(Message())
    trial: Flag = key(Flag())
    wants: Flag = key(Flag())
    needs: tuple[Written, ...] = key(Many(Written()))
    lacks: tuple[Written, ...] = key(Many(Written()))
    source: Written = key(Written())


@dataclass(frozen=True, kw_only=True, slots=True)
class InclusionSpec(Spec):
    """The rules of a file, with some of its constants changed."""

    include: Written = key(Written(), needed=True)
    with_: Mapping[str, ConstantSpec] = key(_CONSTANTS)
    when: Flag = key(_YES)


def _rule(item: Item) -> Shape[Any]:
    """A rule, or the inclusion of a file of rules."""
    return One(InclusionSpec) if "include" in item.map else One(RuleSpec)


_RULES = Many(Either(One(RuleSpec), _rule))


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleFileSpec(Spec):
    """A file of rules that templates share."""

    about: Written = key(Written(), needed=True)
    constants: Mapping[str, ConstantSpec] = key(_CONSTANTS)
    #: constants whose words stand in text files beside it
    tables: Mapping[str, Written] = key(Named(Written()))
    rules: tuple[RuleSpec, ...] = key(Many(One(RuleSpec)), needed=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class WordsSpec(Spec):
    """What is put to, and taken from, a list of words that rules go by."""

    add: tuple[Text, ...] = key(Many(Text()))
    remove: tuple[Text, ...] = key(Many(Text()))


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalRuleSpec(RuleSpec):
    """A rule of a county's own, for forms of some templates: of all, where none is named."""

    templates: tuple[Written, ...] = key(Many(Written()))


@dataclass(frozen=True, kw_only=True, slots=True)
class ExceptionSpec(Spec):
    """An exception that is approved for all units, or for some."""

    rule: Written = key(Written(), needed=True)
    units: tuple[Quoted, ...] = key(Many(Quoted()))
    projects: tuple[Written, ...] = key(Many(Written()))
    field_: Written = key(Written())
    reason: Written = key(Written(), needed=True)
    approver: Written = key(Written(), needed=True)
    expiry: Written = key(Written(), needed=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalSpec(Spec):
    """A county's own rules, and what it changes in those that templates bring along."""

    about: Written = key(Written())
    source: Written = key(Written())
    words: Mapping[str, WordsSpec] = key(Named(One(WordsSpec)))
    constants: Mapping[str, ConstantSpec] = key(_CONSTANTS)
    without: tuple[Written, ...] = key(Many(Written()))
    severity: Mapping[str, Written] = key(Named(Written(words=SEVERITIES)))
    rules: tuple[LocalRuleSpec, ...] = key(Many(One(LocalRuleSpec)))
    exceptions: tuple[ExceptionSpec, ...] = key(Many(One(ExceptionSpec)))


@dataclass(frozen=True, kw_only=True, slots=True)
class WidthSpec(Spec):
    """The width of one column of a sheet, or of several beside each other."""

    bare: ClassVar[str] = "width"
    width: Number = key(Number(), needed=True)
    count: Count = key(Count(default=1))


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetSpec(RepeatSpec):
    """One sheet, or one for each of several."""

    name: Text = key(Text(), needed=True)
    columns: tuple[WidthSpec, ...] = key(Many(One(WidthSpec)), needed=True)
    row_height: Number = key(Number())
    page: PageSpec = key(One(PageSpec))
    rules: tuple[RuleSpec | InclusionSpec, ...] = key(_RULES)


@dataclass(frozen=True, kw_only=True, slots=True)
class EarlierSpec(Spec):
    """A template of the stage before, and what is called otherwise there, by its name here."""

    id: Written
    called: Mapping[str, Written]


class _Earlier:
    """The shape of what a template follows: an id, or a mapping from ids to what differs there."""

    def decode(self, item: Item, faults: Faults) -> tuple[EarlierSpec, ...]:
        if not isinstance(item.value, dict):
            found = Written().decode(item, faults)
            return (EarlierSpec(origin=item.origin, id=found, called={}),) if found.given else ()
        return tuple(
            EarlierSpec(
                origin=child.origin,
                id=Written(raw=name, origin=child.origin),
                called=Named(Written()).decode(child, faults),
            )
            for name, child in item.map.items()
        )

    def absent(self, origin: Origin) -> tuple[EarlierSpec, ...]:
        return ()


@dataclass(frozen=True, kw_only=True, slots=True)
class TemplateSpec(Spec):
    """A whole template."""

    id: Text = key(Text(), needed=True)
    edition: Text = key(Text(), needed=True)
    title: Text = key(Text(), needed=True)
    about: Text = key(Text(), needed=True)
    short: Text = key(Text())
    follow: tuple[EarlierSpec, ...] = key(_Earlier())
    language: Word = key(Word(words=LANGUAGES, default=DEFAULT_LANGUAGE))
    money: MoneyWord = key(MoneyWord())
    currency: tuple[Quoted, ...] = key(Many(Quoted()))
    dates: Word = key(Word(words=ORDERS))
    parameters: Mapping[str, ParameterSpec] = key(Named(One(ParameterSpec)))
    lists: Mapping[str, ListSpec] = key(Named(_List()))
    styles: Mapping[str, StyleSpec] = key(Named(One(StyleSpec)))
    page: PageSpec = key(One(PageSpec))
    sheets: tuple[SheetSpec, ...] = key(Many(One(SheetSpec)), needed=True)
    rules: tuple[RuleSpec | InclusionSpec, ...] = key(_RULES)
    guide: tuple[Text, ...] = key(Many(_PRINTED))


#: every mapping of the language, by what faults call it
SPECS: Mapping[str, type[Spec]] = MappingProxyType({
    "template": TemplateSpec, "parameter": ParameterSpec, "node": NodeSpec, "style": StyleSpec,
    "page": PageSpec, "sheet": SheetSpec, "row": RowSpec, "section": SectionSpec,
    "table": TableSpec, "fixed_row": FixedRowSpec, "cell": CellSpec, "column": ColumnSpec,
    "rule": RuleSpec, "inclusion": InclusionSpec, "rule_file": RuleFileSpec,
    "local": LocalSpec, "words": WordsSpec, "local_rule": LocalRuleSpec,
    "exception": ExceptionSpec,
})  # fmt: skip


def decode_template(root: Item, faults: Faults) -> TemplateSpec:
    """The spec of a template. Every unknown or missing key and wrong type is a fault."""
    return One(TemplateSpec).decode(root, faults)


def decode_local(root: Item, faults: Faults) -> LocalSpec:
    """The spec of a county's own rules."""
    return One(LocalSpec).decode(root, faults)


def decode_rule_file(root: Item, faults: Faults) -> RuleFileSpec:
    """The spec of a file of rules that templates include."""
    return One(RuleFileSpec).decode(root, faults)
