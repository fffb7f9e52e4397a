"""Choices over several cells: one for each word, of which one is ticked, or several. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ptxl.model.form import Field, Form
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.values.kinds import TICKS

#: between the words that are ticked, where one text tells them all
BETWEEN = "、"


@dataclass(frozen=True, slots=True)
class Ticked:
    """The cells of one choice, by the words that they stand for, in printed order."""

    cells: Mapping[str, Path]
    several: bool
    #: whether it prints what an earlier stage answered
    carried: bool

    def words(self, values: Mapping[str, object]) -> tuple[str, ...]:
        """The words that are ticked."""
        return tuple(word for word, cell in self.cells.items() if values.get(cell) == TICKS[0])

    def answer(self, values: Mapping[str, object]) -> tuple[str, ...]:
        """The words that are ticked, if that is an answer: none while a cell holds another text, or
        several are ticked and one alone is asked for."""
        held = [values[cell] for cell in self.cells.values() if cell in values]
        unclear = any(value != TICKS[0] for value in held) or (len(held) > 1 and not self.several)
        return () if unclear else self.words(values)


def ticks_of(form: Form) -> dict[Path, Ticked]:
    """All choices of a form that lie over several cells, by path."""
    fields: dict[Path, list[Field]] = {}
    for field in form.fields():
        if field.tick:
            fields.setdefault(field.answer, []).append(field)
    found: dict[Path, Ticked] = {}
    for path, own in fields.items():
        cells = {field.tick: field.path for field in own}
        found[path] = Ticked(cells, own[0].several, bool(own[0].earlier))
    return found


@lru_cache(maxsize=64)
def ticks_in(layout: Layout) -> Mapping[Path, Ticked]:
    """The same of a form that is laid out."""
    return ticks_of(layout.form)
