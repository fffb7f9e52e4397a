"""Choices over several cells of which one alone may be ticked → the rules that say so.

They are rules like any other from here on: in the form, on its self-check, and at the desk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from ptxl.model.form import Rule
from ptxl.model.path import Path
from ptxl.template.decode import One
from ptxl.template.leaves import Expression
from ptxl.template.rules import MadeRule
from ptxl.template.specs import RuleSpec
from ptxl.template.ticks import OneTick
from ptxl.words import Language, Speaker

#: the code of what is found where several are ticked
TOO_MANY = "several_ticked"


def tick_rules(
    choices: Iterable[OneTick], labels: Mapping[Path, str], language: Language
) -> Iterator[MadeRule]:
    """The rules of all choices of one word, each once for all rows of a table."""
    distinct: dict[tuple[Path, ...], OneTick] = {}
    for one in choices:
        distinct.setdefault((one.scope, one.each, _named(one, one.path)), one)
    for one in distinct.values():
        yield from _rules_of(one, labels[one.path], language)


def _named(choice: OneTick, path: Path) -> Path:
    """How a rule names a cell: by its name in the row, or in its scope."""
    if not choice.each:
        return path.below(choice.scope)
    row = next(row for row in path.rows if row.parent == choice.each)
    return path.below(row)


def _rules_of(choice: OneTick, label: str, language: Language) -> Iterator[MadeRule]:
    """A rule for each cell but the first: it is blank, or those before it are."""
    names = [_named(choice, cell) for cell in choice.cells]
    for number, cell in enumerate(choice.cells[1:], 1):
        before = " and ".join(f"blank({name})" for name in names[:number])
        holds = f"blank({names[number]}) or ({before})"
        rule = Rule(
            id=TOO_MANY,
            scope=choice.scope,
            each=choice.each,
            holds=holds,
            at=names[number] if choice.each else cell,
            severity="error",
            title=_said(choice, label, "title", language),
            title_en=_said(choice, label, "title", "en"),
            message=_said(choice, label, "message", language),
            message_en=_said(choice, label, "message", "en"),
        )
        spec = One(RuleSpec).absent(choice.origin)
        yield MadeRule(rule, replace(spec, holds=Expression(raw=holds, origin=choice.origin)))


def _said(choice: OneTick, label: str, what: str, language: Language) -> str:
    """What a rule says; the words that are ticked stand in it as the rule language names them."""
    words = f"{{{{ {_named(choice, choice.path)} }}}}"
    return Speaker(language).say(f"ticks.{what}", label=label, words=words)
