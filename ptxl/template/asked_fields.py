"""Fields that are asked for while other answers, or the roster, say so (`asked_when`) → the rules
that ask them.

One rule wants the answer of a required field while its condition holds; another says that an answer
was given where none is asked, and greys the cell. Both are rules like any other from here on. What
the roster alone decides is known when the form is issued: see `rules/of_unit`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from ptxl.model.form import Rule
from ptxl.model.path import Path
from ptxl.template.cells import Conditional
from ptxl.template.decode import One
from ptxl.template.rules import MadeRule
from ptxl.template.specs import RuleSpec
from ptxl.words import Language, Speaker

#: the codes of their findings
WANTED, NOT_ASKED = "answer_wanted", "answer_not_asked"


def asked_rules(
    fields: Iterable[Conditional], labels: Mapping[Path, str], language: Language
) -> Iterator[MadeRule]:
    """The rules of all fields, each once for all rows of a table, those of a scope together."""
    distinct: dict[tuple[str, ...], Conditional] = {}
    for one in fields:
        distinct.setdefault((one.scope, one.each, one.at, one.spec.holds.written), one)
    for scope in dict.fromkeys(one.scope for one in distinct.values()):
        own = [one for one in distinct.values() if one.scope == scope]
        wanted = [one for one in own if one.required and not one.of_unit]
        yield from (_made(one, WANTED, labels[one.path], language) for one in wanted)
        yield from (_made(one, NOT_ASKED, labels[one.path], language) for one in own)


def _made(field: Conditional, code: str, label: str, language: Language) -> MadeRule:
    holds = field.spec.holds
    wanted = code == WANTED
    name = field.at if field.each else field.at.below(field.scope)
    title, message = _said(field, code, label, language)
    title_en, message_en = _said(field, code, label, "en")
    rule = Rule(
        id=code,
        scope=field.scope,
        each=field.each,
        holds=f"not blank({name}) or not ({holds.written})" if wanted else holds.written,
        at=field.at,
        title=title,
        title_en=title_en,
        severity="error" if wanted else "warning",
        message=message,
        message_en=message_en,
        wants=wanted,
        closes=not wanted,
        of_unit=field.of_unit,
    )
    return MadeRule(rule, replace(One(RuleSpec).absent(field.spec.origin), holds=holds))


def _said(field: Conditional, code: str, label: str, language: Language) -> tuple[str, str]:
    """What holds, and what is said where it does not, with what the template says of when."""
    say, says = Speaker(language).say, field.spec.says.written
    facts = {"label": label, "says": says} if says else {"label": label}
    message = "message_where" if says else "message"
    if field.of_unit:
        message = "unit_where" if says else "unit"
    return say(f"asked.{code}.title", label=label), say(f"asked.{code}.{message}", **facts)
