"""Excel's number formats: a format and what a cell holds → what a person sees of it. Pure.

Only as far as reading needs it: whether the number, text or day that is seen is the one that is
held. Blanks, alignment and separators of thousands are left out, and a power of ten or a fraction
is seen as the number that it says.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal, NamedTuple

from ptxl.cells import EPOCH

Nature = Literal["number", "date", "text"]
#: the built-in formats by number; those that differ by country as China has them
BUILT_IN: dict[int, str] = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: "¥#,##0;-¥#,##0",
    6: "¥#,##0;[Red]-¥#,##0", 7: "¥#,##0.00;-¥#,##0.00", 8: "¥#,##0.00;[Red]-¥#,##0.00",
    9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 14: "yyyy/m/d",
    15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm",
    21: "h:mm:ss", 22: "yyyy/m/d h:mm", 37: "#,##0;-#,##0", 38: "#,##0;[Red]-#,##0",
    39: "#,##0.00;-#,##0.00", 40: "#,##0.00;[Red]-#,##0.00", 41: '#,##0;-#,##0;"-"',
    42: '¥#,##0;-¥#,##0;¥"-"', 43: '#,##0.00;-#,##0.00;"-"', 44: '¥#,##0.00;-¥#,##0.00;¥"-"',
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
    **dict.fromkeys((27, 36, 50, 52, 57), 'yyyy"年"m"月"'),
    **dict.fromkeys((28, 29, 51, 53, 54, 58), 'm"月"d"日"'),
    30: "m-d-yy", 31: 'yyyy"年"m"月"d"日"', 32: 'h"时"mm"分"', 33: 'h"时"mm"分"ss"秒"',
    **dict.fromkeys((34, 55), '上午/下午h"时"mm"分"'),
    **dict.fromkeys((35, 56), '上午/下午h"时"mm"分"ss"秒"'),
}  # fmt: skip
#: the numbers that some of them have a second time, for Thailand: programs know them everywhere
_AGAIN = (*range(1, 11), 12, 13, 14, 14, 15, 16, 17, 20, 21, 22, 45, 46, 47)
BUILT_IN |= {number: BUILT_IN[like] for number, like in enumerate(_AGAIN, 59)}

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|[\\!](?P<escaped>.?)|_(?P<space>.?)|\*(?P<fill>.?)'
    r"|\[(?P<bracket>[^\]]*)\]|(?P<general>General|G/通用格式|Standard)"
    r"|(?P<half>AM/PM|A/P|上午/下午)|(?P<exponent>E[+-])|(?P<slash>/[0-9]*)"
    r"|(?P<date>y+|m+|d+|h+|s+|aaaa?|e+|b{2,4}|g{1,3})|(?P<digit>[0#?])|(?P<point>\.)|(?P<comma>,)"
    r"|(?P<percent>%)|(?P<at>@)|(?P<end>;)|(?P<literal>.)",
    re.IGNORECASE | re.DOTALL,
)
#: formats that show numbers as usual: without one, or with so many digits behind the point
_USUAL = re.compile(r"(General|@)|(?:#,##)?0(?:\.([0#]+))?")
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[0-9]+(?:\.[0-9]*)?(?:E[+-]?[0-9]{1,3})?)", re.I)
_CURRENCY = re.compile(r"\$([^-]*)(?:-.*)?", re.DOTALL)
_ELAPSED = re.compile("h+|m+|s+", re.IGNORECASE)
_NUMERALS = re.compile("(?:DB|Nat)Num[0-9]+.*", re.IGNORECASE | re.DOTALL)
_NEGATIVE = re.compile(r"\((.*)\)", re.DOTALL)
_PALE = ("white", "白色")
_MEETS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "=": operator.eq, "<>": operator.ne,
}  # fmt: skip
#: tokens that nobody sees
_PADDING = {"space": "", "fill": "", "scale": ""}
_DASHES = ("-", "—", "–")  # how accounts write 0
_IN_GENERAL = 10  # digits that a cell without a format shows
_LONGEST_CODE = 1_000
#: wide enough for every number that a cell can hold
_WIDE = Context(prec=5_000, rounding=ROUND_HALF_UP)
_MIDNIGHT = datetime.combine(EPOCH, time.min)
_LAST_DAY = 2_958_466
_WEEKDAYS = "一二三四五六日"
#: which programs in any language show for mmmm, short for mmm
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
#: m says months, and minutes beside hours or seconds, which are called n here
_MINUTES = re.compile("(?<=h)m|m(?=s)")
_PARTS = {"m": "month", "d": "day", "h": "hour", "n": "minute", "s": "second"}
Condition = tuple[str, Decimal]
_BELOW, _NOT_ABOVE, _ABOVE = ("<", Decimal(0)), ("<=", Decimal(0)), (">", Decimal(0))
#: what two sections hold for: the first's own condition → the second's
_OTHER_HALF: dict[Condition | None, Condition] = {
    None: _BELOW, (">=", Decimal(0)): _BELOW, _ABOVE: _NOT_ABOVE,
}  # fmt: skip


class Token(NamedTuple):
    """A piece of a format: what it is, by the groups of the pattern above, and its text."""

    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """What a format says of some numbers: of those that meet its condition, if it has one."""

    tokens: tuple[Token, ...]
    condition: Condition | None = None
    #: whether it stands first; not every program shows the sign of a number in the others
    is_first: bool = True
    colour: str = ""
    #: whether digits are shown as numerals of another script
    numerals: bool = False

    @property
    def kinds(self) -> frozenset[str]:
        """What its tokens are."""
        return frozenset(token.what for token in self.tokens)

    @property
    def for_negatives(self) -> bool:
        """Whether it shows no number above 0, so that it says itself what is below."""
        return self.condition in (_BELOW, _NOT_ABOVE)


@dataclass(frozen=True, slots=True, eq=False)
class NumberFormat:
    """How a cell shows numbers (by the first section that holds), and how it shows texts."""

    sections: tuple[Section, ...]
    text: Section | None = None
    #: behind the point, of a format that shows numbers as usual and nothing else; -1 of another
    decimals: int = -1

    def shows_all_of(self, value: object) -> bool:
        """Whether a number stands in the cell with all of its digits, as usual; quick."""
        if not isinstance(value, Decimal) or value < 0:
            return False
        exponent = value.as_tuple().exponent
        return isinstance(exponent, int) and -exponent <= self.decimals


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person sees of a cell.

    `text` is what would have to be typed for it. `number` is the held number as far as the format
    has digits for it, None where it shows none; `parts` are the letters of y, m, d, h, s of a date.
    """

    text: str
    nature: Nature = "number"
    number: Decimal | None = None
    per_cent: bool = False
    #: whether digits stand there as usual: no power of ten, fraction, numerals of another script
    usual: bool = True
    parts: frozenset[str] = frozenset()
    colour: str = ""

    @property
    def marks(self) -> frozenset[Literal["pale"]]:
        """`pale` where its colour is white."""
        return frozenset(("pale",) if self.colour in _PALE else ())


# -- formats


@lru_cache(maxsize=1024)
def parse_format(code: str) -> NumberFormat:
    """A format as Excel writes it (`#,##0.00;[Red]-0`). Any text is one."""
    parts: list[list[Token]] = [[]]
    for token in _tokens(code[:_LONGEST_CODE]):
        if token.what == "end":
            parts.append([])
        else:
            parts[-1].append(token)
    usual = _USUAL.fullmatch(code)
    form = make_format(list(map(section_of, parts)))
    if usual is None:
        return form
    decimals = _IN_GENERAL - 1 if usual[1] else len(usual[2] or "")
    return replace(form, decimals=decimals)


def make_format(sections: Sequence[Section]) -> NumberFormat:
    """A format of sections as they stand in it; the fourth, or a last one with @, is for texts."""
    text = None
    if len(sections) > 3 or (sections and "at" in sections[-1].kinds):
        *sections, text = sections
    others = [replace(section, is_first=False) for section in sections[1:3]]
    match [*sections[:1], *others]:
        case [first, second] if first.condition in _OTHER_HALF:
            other = second.condition or _OTHER_HALF[first.condition]
            return NumberFormat((replace(second, condition=other), first), text)
        case [first, second, third]:
            first = replace(first, condition=first.condition or _ABOVE)
            second = replace(second, condition=second.condition or _BELOW)
            return NumberFormat((first, second, third), text)
    return NumberFormat((*sections[:1], *others), text)


def parse_section(code: str) -> Section:
    """One section of a format."""
    return section_of(_tokens(code[:_LONGEST_CODE]))


def section_of(tokens: Iterable[Token]) -> Section:
    """A section from its tokens, those in brackets among them."""
    found = Section(())
    for token in tokens:
        if token.what != "bracket":
            found = replace(found, tokens=(*found.tokens, token))
        elif condition := _CONDITION.fullmatch(token.text):
            found = replace(found, condition=(condition[1], Decimal(condition[2])))
        elif currency := _CURRENCY.fullmatch(token.text):
            found = replace(found, tokens=(*found.tokens, Token("literal", currency[1])))
        elif _ELAPSED.fullmatch(token.text):
            found = replace(found, tokens=(*found.tokens, Token("date", token.text)))
        elif _NUMERALS.fullmatch(token.text):
            found = replace(found, numerals=True)
        else:
            found = replace(found, colour=token.text.lower())
    return replace(found, tokens=tuple(_with_commas_told(found.tokens)))


def _tokens(code: str) -> Iterator[Token]:
    for found in _TOKEN.finditer(code):
        what = str(found.lastgroup)
        yield Token("literal" if what in ("quoted", "escaped") else what, found[what])


def _with_commas_told(tokens: Sequence[Token]) -> Iterator[Token]:
    """Tokens without the commas that part thousands; others behind a digit drop three digits."""
    digits = [number for number, token in enumerate(tokens) if token.what == "digit"]
    point = next((n for n, token in enumerate(tokens) if token.what == "point"), len(tokens))
    whole = [number for number in digits if number < point]
    for number, token in enumerate(tokens):
        if token.what != "comma":
            yield token
        elif not digits or number < digits[0]:
            yield Token("literal", token.text)
        elif not whole or number > whole[-1]:
            yield Token("scale", token.text)


# -- what is seen


def see(form: NumberFormat, value: Decimal | date | str) -> Seen:
    """What a person sees of a number, day or text in a cell of that format."""
    if isinstance(value, str):
        return _see_text(form, value)
    number = value if isinstance(value, Decimal) else _serial(value)
    for section in form.sections or (Section((Token("general", ""),)),):
        if section.condition is None or _meets(number, section.condition):
            return _see_number(section, number)
    return Seen("#", "text")


@lru_cache(maxsize=1024)
def keeps_texts(form: NumberFormat) -> bool:
    """Whether a text stands in a cell of that format as it was typed."""
    return _see_text(form, "\x00").text.strip(" ") == "\x00"


def _see_text(form: NumberFormat, value: str) -> Seen:
    if form.text is None:
        return Seen(value, "text")
    return Seen(_texts(form.text.tokens, at=value), "text", colour=form.text.colour)


def _texts(tokens: Iterable[Token], **shown: str) -> str:
    """The texts of tokens, or what is `shown` for their kind; nothing of padding."""
    pieces = {**_PADDING, **shown}
    return "".join(pieces.get(token.what, token.text) for token in tokens)


def _meets(number: Decimal, condition: Condition) -> bool:
    sign, bound = condition
    return _MEETS[sign](number, bound)


def _serial(day: date) -> Decimal:
    moment = day if isinstance(day, datetime) else datetime.combine(day, time.min)
    return Decimal(repr((moment - _MIDNIGHT) / timedelta(days=1)))


def _see_number(section: Section, number: Decimal) -> Seen:
    if "date" in section.kinds:
        return _see_date(section, number)
    shown = _see_digits(section, abs(number))
    text = shown.text.strip()
    if number == 0 and text.lstrip("¥￥ ") in _DASHES:
        return replace(shown, text="0", number=number, nature="number")
    if number < 0:
        shown = replace(shown, number=None if shown.number is None else -shown.number)
        text = _with_sign(section, text, shown.number)
    return replace(
        shown, text=text, usual=shown.usual and not section.numerals, colour=section.colour
    )


def _with_sign(section: Section, text: str, number: Decimal | None) -> str:
    """The text of a number below 0; brackets say so too."""
    if section.for_negatives or not section.is_first:
        return _NEGATIVE.sub(r"-\1", text)
    return f"-{text}" if number else text


def _see_digits(section: Section, number: Decimal) -> Seen:
    """What is seen of a number that is not negative."""
    tokens = section.tokens
    kinds = [token.what for token in tokens]
    if "digit" not in kinds:
        return _see_without_places(section, number)
    power = 2 * kinds.count("percent") - 3 * kinds.count("scale")
    scaled = number.scaleb(power, _WIDE)
    for what, round_to in _NOTATIONS.items():
        if what in kinds:
            rounded = round_to(tokens, kinds.index(what), scaled)
            text = _around(tokens, plain(rounded))
            return Seen(
                text, "number", rounded.scaleb(-power, _WIDE), "percent" in kinds, usual=False
            )
    rounded = scaled.quantize(Decimal(1).scaleb(-_decimals(tokens)), context=_WIDE)
    text = "".join(_in_places(tokens, rounded))
    return Seen(text, "number", rounded.scaleb(-power, _WIDE), "percent" in kinds)


def _see_without_places(section: Section, number: Decimal) -> Seen:
    """What is seen where a format has no places for digits: a number as usual, or none."""
    if section.kinds.isdisjoint(("general", "at")):
        return Seen(_texts(section.tokens), "text")
    shown = Decimal(format(number, f".{_IN_GENERAL}g"))
    text = plain(shown)
    return Seen(_texts(section.tokens, general=text, at=text), "number", shown)


def _decimals(tokens: Iterable[Token]) -> int:
    """How many digits stand behind the first point, and before a power of ten."""
    behind = "".join(token.text for token in tokens if token.what in ("digit", "point", "exponent"))
    return len(re.split("[Ee]", behind)[0].partition(".")[2].replace(".", ""))


def _to_power_of_ten(tokens: Sequence[Token], place: int, number: Decimal) -> Decimal:
    """A number as its digits before a power of ten say it."""
    if not number:
        return number
    before = tokens[:place]
    decimals = _decimals(before)
    step = max(1, sum(token.what == "digit" for token in before) - decimals)
    power = number.adjusted() // step * step
    return number.quantize(Decimal(1).scaleb(power - decimals), context=_WIDE)


def _to_fraction(tokens: Sequence[Token], place: int, number: Decimal) -> Decimal:
    """The fraction next to a number that its digits can say."""
    fixed = tokens[place].text[1:]
    if fixed.strip("0"):
        near = Fraction(round(Fraction(number) * int(fixed)), int(fixed))
    else:
        digits = sum(token.what == "digit" for token in tokens[place:])
        near = Fraction(number).limit_denominator(10 ** max(1, min(digits, 5)) - 1)
    return Decimal(near.numerator) / Decimal(near.denominator)


#: notations of their own: what in a format says so, and the number that they say then
_NOTATIONS: dict[str, Callable[[Sequence[Token], int, Decimal], Decimal]] = {
    "exponent": _to_power_of_ten, "slash": _to_fraction,
}  # fmt: skip


def _around(tokens: Sequence[Token], number: str) -> str:
    """A number written once, in the place of all its digits."""
    places = [at for at, token in enumerate(tokens) if token.what in ("digit", "slash")]
    return _texts(tokens[: places[0]]) + number + _texts(tokens[places[-1] + 1 :])


def _in_places(tokens: Sequence[Token], rounded: Decimal) -> Iterator[str]:
    """The digits of a number in the places for them, and all that stands between."""
    whole, _, decimals = format(rounded, "f").partition(".")
    places = [token for token in tokens if token.what == "digit"]
    before = len(places) - _decimals(tokens)
    digits = whole.lstrip("0").rjust(before)
    ahead = len(digits) - before  # which stand before the first place, like its own
    ready = [*digits[ahead:], *decimals.rstrip("0").ljust(_decimals(tokens))]
    for place, digit in zip(range(len(places)), ready, strict=True):
        if digit == " ":
            ready[place] = "0" if places[place].text == "0" else ""
    ready[0] = digits[:ahead] + ready[0]
    in_order = iter(ready)
    for token in tokens:
        yield next(in_order) if token.what == "digit" else _texts([token])


def plain(number: Decimal) -> str:
    """The digits of a number, without a power of ten."""
    return format(number.normalize(_WIDE), "f")


# -- days


def _see_date(section: Section, number: Decimal) -> Seen:
    """What is seen of a number of days."""
    if not 0 <= number < _LAST_DAY:
        return Seen("#", "date")
    moment = _MIDNIGHT + timedelta(days=float(number))
    letters = "".join(token.text[0].lower() for token in section.tokens if token.what == "date")
    in_order = iter(_MINUTES.sub("n", letters))
    halves = "上午下午"[moment.hour // 12 * 2 :][:2]
    text, parts = "", set()
    for token in section.tokens:
        if token.what == "date":
            part, shown = _day_part(moment, next(in_order), len(token.text))
            parts.add(part)
            text += shown
        else:
            text += _texts([token], half=halves)
    return Seen(text, "date", parts=frozenset(parts), colour=section.colour)


def _day_part(moment: datetime, letter: str, length: int) -> tuple[str, str]:
    """Which part of a day a letter of a format shows, and how; `w` is the day of the week."""
    if letter in "yeb":
        return "y", str(moment.year) if length > 2 or letter == "e" else f"{moment:%y}"
    if letter in "ag" or (letter == "d" and length > 2):
        return "w", f"星期{_WEEKDAYS[moment.weekday()]}"
    if letter == "m" and length > 2:
        return letter, _MONTHS[moment.month - 1][: 3 if length == 3 else None]
    return letter, f"{getattr(moment, _PARTS[letter]):0{min(length, 2)}}"
