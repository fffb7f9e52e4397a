"""The language of summary templates: every mapping with its keys and what they hold.

`decode_summary` turns items into these. As with a form's template, a spec holds what stands in the
file, and every fault of shape is found here.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, TypeAlias, get_args

from ptxl.model.errors import Origin
from ptxl.summary.sheets import Look, Paper
from ptxl.template.decode import Many, One, Spec, key
from ptxl.template.faults import Faults
from ptxl.template.leaves import Count, Expression, Flag, Number, Text, Word, Written
from ptxl.template.source import Item

#: sheets that ptxl lays out itself
VIEWS = ("overview", "by_department")
#: every further sheet, or column of a sheet, that there is
OTHERS = "others"
#: what the subtotals of an official table may be of
GROUPS = ("county", "department", "unit")
_LOOKS: tuple[str, ...] = get_args(Look)


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewSpec(Spec):
    """A sheet that ptxl lays out itself, or all sheets that nobody named."""

    bare: ClassVar[str] = "view"
    view: Written = key(Written(words=(*VIEWS, OTHERS)), needed=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class SummaryColumnSpec(Spec):
    """One column of a data sheet, or all that nobody named yet."""

    bare: ClassVar[str] = "value"
    value: Written = key(Written(), needed=True)
    heading: Text = key(Text())
    width: Number = key(Number())
    total: Flag = key(Flag())
    printed: Flag = key(Flag(default=True))
    repeated: Flag = key(Flag())


@dataclass(frozen=True, kw_only=True, slots=True)
class DataSpec(Spec):
    """A data sheet: one line for each thing of one kind."""

    bare: ClassVar[str] = "data"
    data: Written = key(Written(), needed=True)
    id: Written = key(Written())
    name: Text = key(Text())
    title: Text = key(Text())
    where: Expression = key(Expression())
    columns: tuple[SummaryColumnSpec, ...] = key(Many(One(SummaryColumnSpec)))
    fixed: Count = key(Count())


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedSpec(Spec):
    """A cell with a text that is the same whatever comes in."""

    bare: ClassVar[str] = "text"
    text: Text = key(Text())
    style: Word = key(Word(words=_LOOKS))
    across: Count = key(Count(default=1, least=1))
    down: Count = key(Count(default=1, least=1))


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedRowSpec(Spec):
    """A row of such cells."""

    bare: ClassVar[str] = "cells"
    cells: tuple[PrintedSpec, ...] = key(Many(One(PrintedSpec)), needed=True)
    height: Number = key(Number())


@dataclass(frozen=True, kw_only=True, slots=True)
class LineCellSpec(Spec):
    """A cell of the row that an official table has for each line: a value, or a text."""

    bare: ClassVar[str] = "value"
    value: Written = key(Written())
    text: Text = key(Text())
    for_each: Written = key(Written())
    style: Word = key(Word(words=_LOOKS))
    merge: Flag = key(Flag())
    total: Flag = key(Flag())


@dataclass(frozen=True, kw_only=True, slots=True)
class PaperSpec(Spec):
    """The paper that an official table is printed on."""

    paper: Word = key(Word(words=get_args(Paper)))
    orientation: Word = key(Word(words=("portrait", "landscape")))


@dataclass(frozen=True, kw_only=True, slots=True)
class OfficialSpec(Spec):
    """An official table, printed over a data sheet."""

    print: Written = key(Written(), needed=True)
    name: Text = key(Text(), needed=True)
    about: Text = key(Text())
    page: PaperSpec = key(One(PaperSpec))
    columns: tuple[Number, ...] = key(Many(Number()), needed=True)
    head: tuple[PrintedRowSpec, ...] = key(Many(One(PrintedRowSpec)), needed=True)
    for_each: Written = key(Written())
    row: tuple[LineCellSpec, ...] = key(Many(One(LineCellSpec)), needed=True)
    group: Written = key(Written(words=GROUPS))
    subtotal: Text = key(Text())
    total: Text = key(Text())
    foot: tuple[PrintedRowSpec, ...] = key(Many(One(PrintedRowSpec)))


SheetSpec: TypeAlias = ViewSpec | DataSpec | OfficialSpec


class _Sheet:
    """The shape of a sheet. A bare word names one that is as ptxl has it."""

    def decode(self, item: Item, faults: Faults) -> SheetSpec:
        if "view" in item.map or item.value in (*VIEWS, OTHERS):
            return One(ViewSpec).decode(item, faults)
        if "print" in item.map:
            return One(OfficialSpec).decode(item, faults)
        return One(DataSpec).decode(item, faults)

    def absent(self, origin: Origin) -> SheetSpec:
        return One(DataSpec).absent(origin)


@dataclass(frozen=True, kw_only=True, slots=True)
class SummarySpec(Spec):
    """A whole summary template."""

    about: Written = key(Written(), needed=True)
    title: Text = key(Text())
    sheets: tuple[SheetSpec, ...] = key(Many(_Sheet()), needed=True)


#: every mapping of the language, by what faults call it
SPECS = MappingProxyType({
    "summary": SummarySpec, "view": ViewSpec, "data": DataSpec, "summary_column": SummaryColumnSpec,
    "official": OfficialSpec, "printed_row": PrintedRowSpec, "printed": PrintedSpec,
    "line_cell": LineCellSpec, "paper": PaperSpec,
})  # fmt: skip


def decode_summary(root: Item, faults: Faults) -> SummarySpec:
    """Decode a summary template. Every unknown or missing key and wrong type is a fault."""
    return One(SummarySpec).decode(root, faults)
