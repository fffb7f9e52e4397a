"""Text of a target value (指标值) → TargetValue: sign, number and unit; or a date; or a grade.

A text goes through stages, and the first that can read all of it wins: none → date → range →
quantity → grade → text. What no stage reads with certainty stays text; nothing is repaired, and
`raw` is always what was typed. A value that a form splits over three cells is read as one.

value      what comes out: TargetValue, and its JSON
units      a text → whether it is a unit
text       a typed text → one shape for every sign, and the note at its end
numerals   Chinese numerals → digits
measures   the text behind a number → multiplier and unit; a name → the unit it gives
dates      the stage that reads days, months and years
quantities the stages that read two numbers, or one
grades     the stage that tells a degree from a sentence
worded     all of it for a language whose words stand in its file, with its `worded_dates`
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from ptxl.model.form import Manner
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.values.target_value.dates import read_date
from ptxl.values.target_value.grades import read_grade
from ptxl.values.target_value.measures import unit_of_name
from ptxl.values.target_value.numerals import NUMBER_ALONE, in_digits
from ptxl.values.target_value.quantities import SIGN_INSIDE, SIGNS, read_quantity, read_range
from ptxl.values.target_value.text import PLAIN, normalise, split_note
from ptxl.values.target_value.value import Comparison, TargetValue, Typed, target_json
from ptxl.values.target_value.worded import parse_worded
from ptxl.words import DEFAULT_LANGUAGE

__all__ = [
    "Comparison", "TargetValue", "join_target", "join_values", "parse_target", "plain_values",
    "split_paths", "target_json",
]  # fmt: skip

_CHINESE = Manner()
_LONGEST = 60  # longer ones are sentences, whatever they hold
_LONGEST_CELL = 400  # with notes; bounds the time that a hostile cell can take
#: a stroke through the cell is how a paper form says that nothing applies
_NONE = re.compile(
    r"[-/\\]{1,3}|[Nn]/?[Aa]|"
    r"(?:本|该|此)?(?:项目|单位|部门|指标|项)?[暂均]?(?:无|没有|不适用|不涉及)于?(?:[此该本][项类条]?)?"
    r"(?:相关|有关)?(?:(?:经济|社会|生态|环境|可持续)(?:效益|影响))?(?:指标|内容|事项)?"
)
_UNPRINTED_SIGN = re.compile(r"(?:[0-9]+[-.、 ]?)?(?:定性|(?:定量)?\(?其他\)?)(?:指标)?")
_WITHOUT_NUMBER = ("grade", "none", "by_date")
_NO_UNIT = ("无", "/", "-", "—", "——")

#: the sign of a value that is no number, which is chosen and not written
IN_WORDS = "定性"
#: the cells of a split value, by the `part` that their fields hold
PARTS = ("sign", "amount", "unit")
#: the signs that a spreadsheet tells apart
PLAIN_SIGNS: Mapping[str, Comparison] = MappingProxyType(
    {"≥": ">=", "≤": "<=", "＝": "=", "=": "=", "＞": ">", ">": ">", "＜": "<", "<": "<"}
)
#: longer amounts may not be the same number to every program
LONGEST_AMOUNT = 12
_PLAIN_AMOUNT = re.compile(rf"(?=.{{1,{LONGEST_AMOUNT}}}\Z)[0-9]+(\.[0-9]+)?")


def parse_target(text: str, name: str = "", manner: Manner = _CHINESE) -> TargetValue:
    """Reads one 指标值: "≥230篇（更新新闻篇数）" → >=, 230, 篇, note 更新新闻篇数.

    With the indicator's `name`, takes the unit from the brackets that end it, 种植面积（亩）, when
    the value has none and the brackets hold nothing else. Forms are read without: what was not
    typed into the value is not in it. In a form of another language than Chinese it is read by the
    words of that. Never raises.
    """
    if manner.language == DEFAULT_LANGUAGE:
        return _parse(text, name)
    return parse_worded(text, name, manner)


def join_target(sign: str, amount: str, unit: str, manner: Manner = _CHINESE) -> TargetValue:
    """Reads a value that a form splits into 计算符号, 指标值 and 计量单位; blank parts are ''.

    `raw` is the three as a person would write them: 定性 is not printed, nor anything that the
    amount holds already. 定性 contradicts one number: text, with all three in `raw`. A range stays
    one: no sign stands for it.
    """
    sign, amount, unit = sign.strip(), amount.strip(), unit.strip()
    unprinted = _UNPRINTED_SIGN.fullmatch(sign.translate(PLAIN))
    value = _join(
        "" if unprinted else _printed_sign(sign, amount),
        amount,
        _printed_unit(unit, amount),
        manner,
    )
    if unprinted and IN_WORDS in sign and value.comparison in SIGNS.values():
        return TargetValue(raw=sign + value.raw, comparison="text")
    return value


def _printed_sign(sign: str, amount: str) -> str:
    """The sign as it stands before the amount, "" where the amount has it already."""
    found = SIGN_INSIDE.match(normalise(amount))
    if found and found[0] == normalise(sign):
        return ""
    return sign


def _printed_unit(unit: str, amount: str) -> str:
    """The unit as it stands behind the amount, "" where there is none or the amount has it."""
    if unit in _NO_UNIT or amount.endswith(unit):
        return ""
    return unit


def _join(sign: str, amount: str, unit: str, manner: Manner) -> TargetValue:
    raw = sign + amount + unit
    whole = parse_target(raw, manner=manner)
    if raw == amount:
        return whole
    if _is_amount(amount, unit):
        # the columns say what is number and what is unit: 12 in 月 is no December
        body = normalise(raw)
        return read_quantity(Typed(raw=raw, body=body, counted=body)) or whole
    if not unit or whole.comparison != "text":
        return whole
    part = parse_target(amount, manner=manner)
    if part.comparison in _WITHOUT_NUMBER:
        return replace(part, raw=raw)
    return whole


def _is_amount(amount: str, unit: str) -> bool:
    if unit == "年" and len(amount) == 4:  # a year
        return False
    return bool(NUMBER_ALONE.fullmatch(normalise(amount)))


@lru_cache(maxsize=4096)  # a county's forms repeat a few hundred values thousands of times
def _parse(raw: str, name: str) -> TargetValue:
    nothing_read = TargetValue(raw=raw, comparison="text")
    if len(raw) > _LONGEST_CELL:
        return nothing_read
    body, note = split_note(normalise(raw))
    if not 0 < len(body) <= _LONGEST:
        return nothing_read
    typed = Typed(
        raw=raw, body=body, counted=in_digits(body), note=note, unit_of_name=unit_of_name(name)
    )
    for stage in _STAGES:
        found = stage(typed)
        if found:
            return found
    return nothing_read


def _read_none(typed: Typed) -> TargetValue | None:
    if _NONE.fullmatch(typed.body):
        return typed.as_value("none")
    return None


_STAGES = (_read_none, read_date, read_range, read_quantity, read_grade)


# -- values that a form splits over three cells (计算符号, 指标值, 计量单位)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What stands in the three cells of a split value."""

    sign: str
    amount: str
    unit: str

    @property
    def raw(self) -> str:
        """The cells in a row."""
        return self.sign + self.amount + self.unit

    @property
    def written(self) -> str:
        """The same as a person would write it."""
        return self.sign.replace(IN_WORDS, "") + self.amount + self.unit

    @property
    def is_plain(self) -> bool:
        """Whether they are a listed sign beside a plain number."""
        return self.sign in PLAIN_SIGNS and bool(_PLAIN_AMOUNT.fullmatch(self.amount))


@lru_cache(maxsize=64)
def split_paths(layout: Layout) -> Mapping[str, tuple[str, str, str]]:
    """The paths of all split values of a form, each with those of its sign, amount and unit."""
    found: dict[str, tuple[str, str, str]] = {}
    for field in layout.fields.values():
        if field.part:
            path = Path(field.path).parent
            found[path] = (path / "sign", path / "amount", path / "unit")
    return found


def join_values(layout: Layout, values: Mapping[str, object]) -> dict[str, TargetValue]:
    """The split values of which a part is answered, by path, each read as a whole."""
    found: dict[str, TargetValue] = {}
    for path, parts in _answered(layout, values):
        manner = layout.fields[Path(path) / PARTS[0]].manner
        found[path] = join_target(parts.sign, parts.amount, parts.unit, manner)
    return found


def plain_values(layout: Layout, values: Mapping[str, object]) -> dict[str, TargetValue]:
    """The same as a spreadsheet sees them: `raw` is the cells in a row, without 定性.

    Those without a listed sign and a plain number have nothing but that.
    """
    return {path: _plain_value(parts) for path, parts in _answered(layout, values)}


def _plain_value(parts: _Parts) -> TargetValue:
    if not parts.is_plain:
        return TargetValue(raw=parts.written, comparison="text")
    return TargetValue(
        raw=parts.written,
        comparison=PLAIN_SIGNS[parts.sign],
        number=Decimal(parts.amount),
        unit=parts.unit or None,
    )


def _answered(layout: Layout, values: Mapping[str, object]) -> Iterator[tuple[str, _Parts]]:
    """The split values of which a part is answered, by path."""
    for path, cells in split_paths(layout).items():
        parts = _Parts(*(str(values.get(cell) or "") for cell in cells))
        if parts.raw:
            yield path, parts
