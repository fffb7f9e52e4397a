"""A target value in a language whose words stand in its file → comparison, number, unit; or a date.

The table [targets] of a language lists its words for a comparison, for a range, for a time that
ends; months and what is written for so many are those of [days] and [money]. The first reading that
takes all of a text wins: none → range → date → quantity → grade → text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, lru_cache

from ptxl.model.form import Manner
from ptxl.values.amounts import read_amount
from ptxl.values.days import months_of
from ptxl.values.money import MULTIPLES, MoneyUnit
from ptxl.values.target_value.measures import unit_of_name
from ptxl.values.target_value.numerals import COUNT
from ptxl.values.target_value.quantities import AGREED, SIGNS, times
from ptxl.values.target_value.text import PLAIN, split_note
from ptxl.values.target_value.units import is_known_unit
from ptxl.values.target_value.value import Comparison, TargetValue
from ptxl.values.target_value.worded_dates import read_time
from ptxl.words import Language, Speaker

_LONGEST = 120
_LONGEST_CELL = 400
_SYMBOLS = {sign: one for sign, one in SIGNS.items() if not any(map(str.isalpha, sign))}
_COMPARISONS: Mapping[str, Comparison] = {
    "at_least": ">=", "at_most": "<=", "above": ">", "below": "<", "equal": "=",
}  # fmt: skip
_LIMITS: Mapping[str, Comparison] = {"or_more": ">=", "or_less": "<="}
_WORD = r"[\w'’²³.-]"
#: some words, or a sign: working days, litres/day, m², %, °C
_UNIT = re.compile(
    rf"(?!.*(?<![^\W\d_])\d)(?:[^\W\d_]{_WORD}*(?:[ /]{_WORD}+){{0,4}}|[%‰°]?[^\W\d_]{{0,3}})"
)
_LONGEST_UNIT = 40
_SCALES = ("thousand", "million", "billion")
#: of a currency
_CODE = re.compile(r"\b[A-Z]{3}\b")


@dataclass(frozen=True, slots=True)
class _Words:
    """What a language has for target values: words by what they say, and patterns of them."""

    comparisons: Mapping[str, Comparison]
    limits: Mapping[str, Comparison]
    scales: Mapping[str, int]
    #: what is written for so many of money: k, m
    abbreviations: frozenset[str]
    numerals: Mapping[str, str]
    percent: frozenset[str]
    none: frozenset[str]
    no_units: frozenset[str]
    quantity: re.Pattern[str]
    ranges: tuple[re.Pattern[str], ...]
    grade: re.Pattern[str]


@lru_cache(maxsize=4096)
def parse_worded(text: str, name: str, manner: Manner) -> TargetValue:
    """Read one target value in the language of a form; never raises."""
    nothing = TargetValue(raw=text, comparison="text")
    if len(text) > _LONGEST_CELL:
        return nothing
    plain = " ".join(text.translate(PLAIN).split()).rstrip(".;,")
    body, note = split_note(plain)
    body = body.strip()
    if not 0 < len(body) <= _LONGEST:
        return nothing
    words = words_of(manner.language)
    if body.casefold() in words.none:
        return TargetValue(raw=text, comparison="none", note=note or None)
    reading = _Reading(words, manner, unit_of_name(name))
    for read in (reading.time, reading.range, reading.quantity, reading.grade):
        if found := read(body):
            return replace(found, raw=text, note=_notes(found.note, note))
    return nothing


@dataclass(frozen=True, slots=True)
class _Reading:
    """The readings of a text that is folded; each gives None where it cannot take all of it."""

    words: _Words
    manner: Manner
    unit_of_name: str

    def range(self, body: str) -> TargetValue | None:
        """Two numbers of one unit, the smaller first: between 5 and 10 days."""
        for shape in self.words.ranges:
            found = shape.fullmatch(body)
            if not found:
                continue
            lower, upper = self._measured(found["lower"]), self._measured(found["upper"])
            if not lower or not upper:
                continue
            low, unit = lower
            high, whole = upper
            if unit not in ("", whole):
                continue
            if self._scale_of(found["lower"]) == 1 and not unit:
                low = times(low, self._scale_of(found["upper"]))
            if low < high:
                unit = whole or self.unit_of_name
                return TargetValue(
                    raw="", comparison="range", number=low, upper=high, unit=unit or None
                )
        return None

    def time(self, body: str) -> TargetValue | None:
        """A day or period, open where the text is: by June 2027 only ends."""
        days = read_time(body, self.manner)
        if days is None:
            return None
        return TargetValue(raw="", comparison="by_date", date_from=days[0], date_to=days[1])

    def quantity(self, body: str) -> TargetValue | None:
        """One number with its sign: at least 1.2 million people, increase by 5%."""
        found = self.words.quantity.fullmatch(body)
        if not found:
            return None
        sign = self.words.comparisons.get((found["sign"] or "").casefold())
        limit = self.words.limits.get((found["limit"] or "").casefold())
        comparison = AGREED.get((sign, limit))
        measured = self._measured(found["measured"])
        if comparison is None or measured is None:
            return None
        number, unit = measured
        share, _, rest = unit.partition(" ")
        note = _notes(found["change"], found["about"], rest if share == "%" else "")
        unit = (share if share == "%" else unit) or self.unit_of_name
        return TargetValue(
            raw="", comparison=comparison, number=number, unit=unit or None, note=note
        )

    def grade(self, body: str) -> TargetValue | None:
        """A degree, a state, a yes or no."""
        if self.words.grade.fullmatch(body):
            return TargetValue(raw="", comparison="grade")
        return None

    # -- a number and its unit

    def _measured(self, text: str) -> tuple[Decimal, str] | None:
        """The number and unit of 1.2 million people, KES 5m per visit, 85 per cent of users."""
        text = self._in_digits(text.strip())
        if money := self._money(text):
            return money
        found = re.fullmatch(rf"(-?{COUNT}) ?(.*)", text, re.DOTALL)
        if not found:
            return None
        number, behind = Decimal(found[1].replace(",", "")), found[2].strip()
        first, _, rest = behind.partition(" ")
        if first.casefold() in self.words.scales:
            number = times(number, self.words.scales[first.casefold()])
            behind = rest
        unit = self._percent(behind)
        if unit and not self._is_unit(unit):
            return None
        return number, unit

    def _scale_of(self, text: str) -> int:
        """The multiplier that stands behind the number of a text, 1 where there is none."""
        found = re.fullmatch(rf"-?{COUNT} ?([^\W\d_]*).*", text.strip(), re.DOTALL)
        return self.words.scales.get(found[1].casefold(), 1) if found else 1

    def _money(self, text: str) -> tuple[Decimal, str] | None:
        """An amount of the currency of the form, or of another by its code, and what it is per."""
        amount, per, each = text.partition(f" {self._per} ")
        code = _CODE.search(amount)
        currency = code[0] if code else self.manner.currency
        read = read_amount(amount, currency, self.manner)
        if read is None or not read.names_currency:
            return None
        unit = MoneyUnit(currency, read.multiple).called
        word = Speaker(self.manner.language).word(unit)
        return read.number, f"{word}{per}{each}"

    @property
    def _per(self) -> str:
        return Speaker(self.manner.language).say("targets.per")

    def _in_digits(self, text: str) -> str:
        first, blank, rest = text.partition(" ")
        return self.words.numerals.get(first.casefold(), first) + blank + rest

    def _percent(self, behind: str) -> str:
        """The unit with % for what the language has for it."""
        for word in sorted(self.words.percent, key=len, reverse=True):
            rest = behind[len(word) :]
            if behind.casefold().startswith(word) and rest[:1] in ("", " "):
                return f"%{rest}"
        return behind

    def _is_unit(self, unit: str) -> bool:
        if unit.startswith("% "):
            return True
        first, *more = unit.casefold().split()
        if first in self.words.abbreviations and (more or not is_known_unit(first)):
            return False  # 5m people are five millions, or something else
        fits = len(unit) <= _LONGEST_UNIT and _UNIT.fullmatch(unit)
        return bool(fits) and self.words.no_units.isdisjoint((first, *more))


def _notes(*parts: str | None) -> str | None:
    return "; ".join(filter(None, parts)) or None


# -- words


@cache
def words_of(language: Language) -> _Words:
    """The words of a language, once."""
    say = Speaker(language).say
    comparisons: dict[str, Comparison] = dict(_SYMBOLS)
    for code, comparison in _COMPARISONS.items():
        comparisons |= dict.fromkeys(_listed(language, code), comparison)
    limits = {word: one for code, one in _LIMITS.items() for word in _listed(language, code)}
    named = {say(f"money.{one}", currency="").strip().casefold(): one for one in _SCALES}
    short = (word for one in _SCALES for word in say(f"money.written.{one}").split())
    degrees, states = (_any(language, code) for code in ("degrees", "states"))
    return _Words(
        comparisons=comparisons,
        limits=limits,
        scales={word: 10 ** MULTIPLES[one] for word, one in named.items()},
        abbreviations=frozenset(short),
        numerals={word: str(n) for n, word in enumerate(_listed(language, "numerals"))},
        percent=frozenset(("%", "(%)", *_listed(language, "percent"))),
        none=frozenset(("-", "--", "/", *_listed(language, "none"))),
        no_units=frozenset((*_listed(language, "no_units"), *months_of(language))),
        quantity=_quantity(language, _either(comparisons), _either(limits)),
        ranges=_ranges(language),
        grade=re.compile(rf"(?:{degrees} )*{states}", re.IGNORECASE),
    )


def _quantity(language: Language, sign: str, limit: str) -> re.Pattern[str]:
    """increase by at least about 5 days or more: all but the number may be missing."""
    change, about = (_any(language, code) for code in ("change", "about"))
    return re.compile(
        rf"(?:(?P<change>{change}) )?(?:(?P<sign>{sign}) ?)?(?:(?P<about>{about}) ?)?"
        rf"(?P<measured>.+?)(?: ?(?P<limit>{limit}))?",
        re.IGNORECASE,
    )


def _ranges(language: Language) -> tuple[re.Pattern[str], ...]:
    """between 5 and 10 days, 5-10 days; at least 5 and at most 10 days."""
    between, both = (_any(language, code) for code in ("between", "and"))
    lower, upper = (_any(language, code) for code in ("at_least", "at_most"))
    shapes = (
        rf"(?:{between} )?(?P<lower>.+?)(?: ?[-~] ?| {both} )(?P<upper>[^-~]+)",
        rf"(?:{lower}|≥|>=) ?(?P<lower>.+?),?(?: {both})? (?:{upper}|≤|<=) ?(?P<upper>.+)",
    )
    return tuple(re.compile(shape, re.IGNORECASE) for shape in shapes)


def _listed(language: Language, code: str) -> list[str]:
    """What a language has under a code, in small letters."""
    words = Speaker(language).say(f"targets.{code}").casefold().split("|")
    return [word.strip() for word in words if word.strip()]


def _any(language: Language, code: str) -> str:
    return f"(?:{_either(_listed(language, code))})"


def _either(words: Iterable[str]) -> str:
    """A pattern of any of the words, the longest first; of none, one that nothing meets."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True)) or "(?!)"
