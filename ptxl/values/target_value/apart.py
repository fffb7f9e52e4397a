"""Takes a target value in one cell apart, in Python, by the same steps as the formulas of a form.

These formulas are made by `write/value_parts`. What is found is what `parse_target` finds; of what
is not spelt in a usual way nothing is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from ptxl.values.target_value.quantities import SIGNS
from ptxl.values.target_value.units import KNOWN_WORDS
from ptxl.values.target_value.value import Comparison
from ptxl.words import LANGUAGES, Language

#: what words before and behind a number may say, each with the number that formulas have for it:
#: those that agree with each other are both odd or both even
KINDS: Sequence[Comparison] = (">=", "<=", ">", "<", "=")
#: units: shares, which are of nothing, stand first; 3月 and 3季度 are times
_UNITS = (
    *(word for word in KNOWN_WORDS if word not in ("月", "季度")), "个", "个月", "个工作日"
)  # fmt: skip
SHARES = 2
_LIMITS: Mapping[str, Comparison] = MappingProxyType({
    "以上": ">=", "及以上": ">=", "或以上": ">=",
    "以下": "<=", "及以下": "<=", "或以下": "<=", "以内": "<=", "之内": "<=",
})  # fmt: skip
_SIGNS: Mapping[str, Comparison] = MappingProxyType(
    {**SIGNS, "＞": ">", "＜": "<", "＝": "=", "═": "=", "≧": ">=", "≦": "<="}
)


@dataclass(frozen=True, slots=True)
class Spelling:
    """How values may be spelt that are taken apart."""

    #: words that may begin a value, and those that may end it
    signs: Mapping[str, Comparison]
    limits: Mapping[str, Comparison]
    units: Sequence[str]
    #: other ways to write %, in the order in which they are looked for
    percents: Sequence[str]
    #: a multiplier of units that are not known with it, and what such units do not begin with
    myriad: str
    not_of_myriad: str
    #: beside these, and without a unit, a number may be a time: 2025年
    of_years: Sequence[str]
    #: in a name one of them may mean that it holds the unit of the value
    brackets: Sequence[str]


_ENGLISH_WORDS = (
    "people persons pupils students visitors users staff times days hours minutes weeks months"
    " events courses sessions meetings books items pieces units sets copies schools households"
)


def _is_latin(word: str) -> bool:
    return word.isascii() or word in "≥≤‰"


_CHINESE = Spelling(
    signs=_SIGNS,
    limits=_LIMITS,
    units=_UNITS,
    percents=("％", "(%)", "（%）", "百分比", "百分之"),
    myriad="万",
    not_of_myriad="百千万亿%‰",
    of_years=("年", "起"),
    brackets=(")", "）"),
)
#: a form in English holds no word of another script: any name may hold a unit in such brackets
_ENGLISH = Spelling(
    signs={word: kind for word, kind in _SIGNS.items() if _is_latin(word)},
    limits={},
    units=(*filter(_is_latin, _UNITS), *_ENGLISH_WORDS.split()),
    percents=("(%)",),
    myriad="",
    not_of_myriad="",
    of_years=(),
    brackets=("",),
)
#: of other languages no word is known here, but what all of them share
_SIGNS_ALONE = replace(
    _ENGLISH,
    signs={word: kind for word, kind in _ENGLISH.signs.items() if not word[0].isalpha()},
    units=tuple(filter(_is_latin, _UNITS)),
)
SPELLINGS: Mapping[Language, Spelling] = MappingProxyType({
    **dict.fromkeys(LANGUAGES, _SIGNS_ALONE), "zh": _CHINESE, "en": _ENGLISH,
})  # fmt: skip
#: so many characters that may belong to a number are taken
LONGEST_DIGITS = 15
#: and so many of them may
LONGEST_NUMBER = 12
#: from it on a number may be a time where there is no unit: 2025, 2025.6, 20250630
FIRST_YEAR = 1900
NO_NUMBER = Decimal(-1)
_DIGITS = re.compile(f"[0-9.,]{{0,{LONGEST_DIGITS}}}")
_NUMBER = re.compile(r"(?:[0-9]{1,3}(?:,[0-9]{3}){1,2}|[0-9]+)(?:\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Apart:
    """What each step finds.

    `sign` and `limit` are ten times the length of a word, and which of `KINDS` it says, from 1; 0
    where there is none. `spelt` is the unit with its multiplier. A `number` that is none is
    `NO_NUMBER`, and `comparison` is "" where the value is not taken apart.
    """

    sign: int
    rest: str
    digits: str
    limit: int
    spelt: str
    unit: str
    number: Decimal
    comparison: str


@lru_cache(maxsize=2048)  # of a form, most are blank or said again
def take_apart(text: str, name: str = "", language: Language = "zh") -> Apart:
    """Takes a value apart, whose blanks are trimmed, in a form of that language.

    `name` is that of the indicator.
    """
    known = SPELLINGS[language]
    sign = _longest(known.signs, text.startswith)
    rest = text[sign // 10 :].strip(" ")
    for percent in known.percents:
        rest = rest.replace(percent, "%")
    found = _DIGITS.match(rest)
    digits = found[0] if found else ""
    limit = _longest(known.limits, rest.endswith)
    spelt = rest[len(digits) : len(rest) - limit // 10].strip(" ")
    unit = _without_myriad(known, spelt)
    number = _number(digits)
    if number != NO_NUMBER and unit != spelt:
        number *= 10_000
    of_sign, of_limit = sign % 10, limit % 10
    is_apart = (
        number != NO_NUMBER
        and _is_unit(known, unit)
        and _agree(of_sign, of_limit)
        and (number < FIRST_YEAR or unit not in ("", *known.of_years))
        and (unit or not any(bracket in name for bracket in known.brackets))
    )
    comparison = KINDS[(of_sign or of_limit or len(KINDS)) - 1] if is_apart else ""
    return Apart(sign, rest, digits, limit, spelt, unit, number, comparison)


def _longest(words: Mapping[str, Comparison], stands: Callable[[str], bool]) -> int:
    """The longest of some words that stands there."""
    found = max((word for word in words if stands(word)), key=len, default="")
    return len(found) * 10 + KINDS.index(words[found]) + 1 if found else 0


def _number(digits: str) -> Decimal:
    plain = digits.replace(",", "")
    fits = _NUMBER.fullmatch(digits) and len(plain) <= LONGEST_NUMBER
    return Decimal(plain) if fits else NO_NUMBER


def _without_myriad(known: Spelling, spelt: str) -> str:
    """The unit that a multiplier stands before: 亩 of 万亩, but 万元."""
    whole, behind = spelt.partition("/")[0], spelt[1:2]
    is_before = known.myriad and spelt.startswith(known.myriad)
    is_scaled = is_before and behind and behind not in known.not_of_myriad
    return spelt[1:] if is_scaled and whole not in known.units else spelt


def _is_unit(known: Spelling, text: str) -> bool:
    """Whether it is a known unit, or one per another, or none."""
    unit, slash, each = text.partition("/")
    if slash:
        return unit in known.units[SHARES:] and each in known.units[SHARES:]
    return not text or text in known.units


def _agree(sign: int, limit: int) -> bool:
    """Whether what stands before a number and behind it can both be meant."""
    return 0 in (sign, limit) or (sign < len(KINDS) and (sign - limit) % 2 == 0)
