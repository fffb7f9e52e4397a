"""A number or an amount of money as people type it, and what they say of its unit. Pure.

The words for so many of a currency stand in the table [money] of a language, those for a currency
of its own in the template.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from ptxl.model.form import Manner
from ptxl.text import Raw, fold_forms, plain
from ptxl.values.money import MULTIPLES, YUAN, money_unit
from ptxl.words import LANGUAGES, Language, Speaker

#: a number, which a unit may follow
_NUMBER = re.compile(r"(?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)) ?(?P<unit>.*)", re.DOTALL)
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?(?![0-9,.])")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number; whether the currency is said beside it; how many of it, "" where nothing is said.

    `KES 5m` says both, `5m` no currency; `KES 5` is five of one.
    """

    number: Decimal
    names_currency: bool = False
    multiple: str = ""


def read_number(raw: Raw) -> tuple[Decimal | None, str]:
    """The number that a cell holds, if it begins with one, and what stands behind it."""
    if isinstance(raw, bool | date):
        return None, ""
    text = fold_forms(plain(raw)).strip()
    grouped = _GROUPED.match(text)
    if grouped:
        text = grouped[0].replace(",", "") + text[grouped.end() :]
    found = _NUMBER.fullmatch(text)
    return (Decimal(found["number"]), found["unit"]) if found else (None, "")


def read_amount(raw: Raw, currency: str, manner: Manner) -> Amount | None:
    """The amount that a cell holds; None where it is none, or names another currency."""
    if not isinstance(raw, str):
        number, _ = read_number(raw)
        return None if number is None else Amount(number)
    names = _either(_names(currency, manner.signs))
    text, before = re.subn(
        rf"^([+-]?) *(?:{names})\.? *", r"\1", fold_forms(plain(raw)).strip(), flags=re.IGNORECASE
    )
    number, behind = read_number(text)
    if number is None:
        return None
    behind = re.sub(rf" ?(?:{_either(_closing(manner.language))})$", "", behind)
    if unit := money_unit(behind):
        is_own = unit.currency == currency
        return Amount(number, names_currency=True, multiple=unit.multiple) if is_own else None
    found = re.fullmatch(rf"(.*?) ?({names})?", behind, re.IGNORECASE | re.DOTALL)
    assert found  # anything may stand before the name, which may be missing
    named = bool(before or found[2])
    multiple = _multiples(manner.language).get(found[1].casefold())
    if multiple is None:
        return None
    return Amount(number, named, multiple or ("one" if named else ""))


def may_name_currency(word: str, language: Language) -> bool:
    """Whether a word beside an amount can stand for a currency: for nothing else, and no digit."""
    folded = fold_forms(word).strip()
    is_other = folded.casefold() in _multiples(language) or money_unit(folded)
    return not is_other and not re.search(r"[0-9+.,%]|^-", folded)


def _either(words: Iterable[str]) -> str:
    """A pattern of any of the words; of none, one that nothing meets."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True)) or "(?!)"


@cache
def _names(currency: str, others: tuple[str, ...]) -> tuple[str, ...]:
    """What people write for a currency: its code or word, and what a template adds."""
    if currency != YUAN:
        return currency, *others
    speakers = [Speaker(language) for language in LANGUAGES]
    own = [speaker.say("money.yuan") for speaker in speakers]
    signs = " ".join(speaker.say("money.written.yuan") for speaker in speakers)
    return tuple(dict.fromkeys((YUAN, *own, *fold_forms(signs).split(), *others)))


@cache
def _closing(language: Language) -> tuple[str, ...]:
    """What may stand behind all of an amount: 整."""
    return tuple(Speaker(language).say("money.written.closing").split())


@cache
def _multiples(language: Language) -> Mapping[str, str]:
    """Multiples by what people write for them beside no currency; "" by nothing."""
    say = Speaker(language).say
    found = {say(f"money.{one}", currency="").strip(): one for one in MULTIPLES}
    found[""] = ""
    for one in ("thousand", "million", "billion"):
        found |= dict.fromkeys(say(f"money.written.{one}").split(), one)
    return found
