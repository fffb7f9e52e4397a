"""How those who fill in the forms of a template write: language, unit of money, currency."""

from __future__ import annotations

from ptxl.model.form import Manner
from ptxl.template.leaves import Scope
from ptxl.template.specs import TemplateSpec
from ptxl.values.amounts import may_name_currency
from ptxl.values.money import YUAN, money_unit, unit_of_sums
from ptxl.words import Speaker


def manner_of(template: TemplateSpec, top: Scope) -> Manner:
    """The manner that a template says; words that cannot stand for its currency are faults."""
    language = template.language.of(top)
    for word in template.currency:
        fits = may_name_currency(word.written, language)
        top.faults.expect(fits, word.origin, "no_currency_word", word=word.written)
    unit = money_unit(money_of(template, top))
    return Manner(
        language=language,
        currency=unit.currency if unit else YUAN,
        signs=tuple(word.written for word in template.currency),
        dates=template.dates.of(top),
    )


def money_of(template: TemplateSpec, top: Scope) -> str:
    """The unit of money that fields have which name none."""
    usual = unit_of_sums(YUAN).called
    return template.money.of(top, Speaker(template.language.of(top)).word(usual))
