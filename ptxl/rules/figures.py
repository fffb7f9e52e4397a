"""The figures that a free text names: how many, which one a name is about, amounts of money.

Texts in, numbers out (money in 万元); whatever is not certain is nothing (None).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache, lru_cache
from itertools import chain

from ptxl.rules.texts import neighbours
from ptxl.values.money import YUAN, added, convert, unit_of_sums, yuan_units
from ptxl.values.target_value.units import KNOWN

_CLAUSES = re.compile("[，。；,;:：！？!?\n（）()]")
_PIECES = re.compile(f"{_CLAUSES.pattern}|、")
_GROUPED = re.compile("(?<=[0-9])[,，](?=[0-9]{3}(?![0-9]))")
_DIGIT = re.compile("[0-9]")
_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
#: numbers that count nothing: of documents, years, days, lists, and ordinals
_NO_FIGURES = re.compile(
    r"《[^》]*》|〔[^〕]*〕|[0-9]+号|(?:19|20)[0-9]{2}(?:年度?|(?=[-—~至]))"
    r"|[0-9]{1,2}[月日](?:份|底|初|末|前)?|第[0-9一二三四五六七八九十]+[^，。；]?"
    r"|(?:^|[\n。；;：:\s])(?:目标)?[（(]?[0-9一二三四五六七八九十]{1,2}[）).．、]"
)
_MEASURES = "公里|[个次人名户家场期篇份件项条处座套台辆批所间亩米吨天倍成支棵株万亿]"
_FIGURE = re.compile(
    rf"{_NUMBER}|百分之|(?<![第统])[两三四五六七八九十百]+(?:余|多)?(?:{_MEASURES})"
    r"|一(?:所|座|期|场|次|家|台|套)(?![系批定切些性])|翻一番|零(?:事故|投诉|发生|差错)|全覆盖"
)
_FACTORS = {"": Decimal(1), "万": Decimal(10_000), "亿": Decimal(100_000_000)}
_MEASURED = re.compile(rf"(?<![0-9.])({_NUMBER})(?:余|多)?([万亿]?)([^0-9\s，。；、,;]{{1,6}})")
#: before an amount: it is what each gets or costs
_EACH = re.compile("(?:每|人均|户均|亩均|单价|标准)[^，。；0-9]{0,8}$")
_SAME_UNITS = {
    "名": "人", "位": "人", "㎡": "平方米", "平米": "平方米", "km": "公里", "千米": "公里",
}  # fmt: skip
#: longer units that begin like shorter ones
_LONGER = {
    "人": ("人次", "人均"),
    "个": ("个月", "个工作日", "个自然日", "个小时", "个学期", "个季度", "个百分点", "个点"),
    "户": ("户次",), "场": ("场次",), "家": ("家次",),
}  # fmt: skip
#: before a number: an ordinal, or what each one gets or has
_SHARE = re.compile("第$|(?:每|各|人均|户均|平均|分别)[^0-9]{0,8}$")
#: what names of counts end with, whatever is counted
_GENERAL = re.compile(
    "(?:的)?(?:总)?(?:人数|人次|次数|数量|户数|个数|场次|期数|面积|里程|长度|数)$"
)
_NARROW = str.maketrans("０１２３４５６７８９．％", "0123456789.%")
#: before a thing of which a number is told
_LEADING = re.compile("^(?:全年|今年|本年度?|年内|共|计划|力争|其中)+")
_SHORT_NAME = 2
#: so many characters name a thing
_LEAST_NAMED = 4
_LONGEST_RATE = 3
#: sentences that say how it was, up to their end
_LOOKING_BACK = re.compile(
    "(?:回顾|(?<![较比])(?:去年|上年|往年)|截至|截止|目前|现有|原有|已有|已建|(?<!年)累计)[^。；;\n]*"
)
#: in per cent, how much of a name stands in a clause that is about it
_LEAST_SHARED = 60
_PER = re.compile(r"[/／每]\s*([^/／每·•*\d\s（(]+)")


def numbers(text: str) -> int:
    """How many figures a text has: years, days, ordinals, document and list numbers aside."""
    return len(_FIGURE.findall(_NO_FIGURES.sub("　", _GROUPED.sub("", text))))


def figure(text: str, unit: str, name: str) -> Decimal | None:
    """The number of that unit in the clause of a text that is most about a name.

    Nothing where no clause has most of what the name says, or where those that have most of it
    give several numbers, or share one out (培训村干部300人、教师200人 for 培训人数).
    """
    said = _GENERAL.sub("", name) or name
    best, found = 0, set[Decimal]()
    lines = _lines_with_figures(text)
    for clause in chain(*(_clauses_of(line, unit, said) for line in lines)):
        common = len(neighbours(clause) & neighbours(said))
        if not common or common < best or not _is_about(clause, said):
            continue
        numbers = set(_of_unit(clause, unit))
        if numbers:
            found = numbers if common > best else found | numbers
            best = common
    return found.pop() if len(found) == 1 else None


def _clauses_of(line: str, unit: str, said: str) -> Sequence[str]:
    """The parts of a line in which a number of that unit may be about a name.

    They are what stands between 、; or the line as a whole, where a short name is of all of them
    together, or a long one stands in several and the line has one such number.
    """
    clauses, given = line.split("、"), set(_of_unit(line, unit))
    if len(said) <= _SHORT_NAME:
        return [line] if len(given) > 1 else clauses
    is_split = not any(
        _is_about(clause, said) and any(_of_unit(clause, unit)) for clause in clauses
    )
    if is_split and len(given) == 1:
        return [line]
    return clauses


@lru_cache(maxsize=1024)
def _lines_with_figures(text: str) -> tuple[str, ...]:
    """The parts of a text with digits in them, but for what it looks back on."""
    plain = _LOOKING_BACK.sub("；", _GROUPED.sub("", text.translate(_NARROW)))
    return tuple(filter(_DIGIT.search, _CLAUSES.split(plain)))


def _is_about(clause: str, name: str) -> bool:
    """Whether most of the characters of a name stand in a clause, of a rate also which it is."""
    if name.endswith("率") and name[-_LONGEST_RATE:] not in clause:
        return False
    return 100 * sum(letter in clause for letter in name) >= _LEAST_SHARED * len(name)


def _of_unit(clause: str, unit: str) -> Iterator[Decimal]:
    """The numbers in a clause that stand before that unit, 1.2万人 as 12000 of 人 too.

    Ordinals and what each gets or has (每期50人) are none.
    """
    wanted = _SAME_UNITS.get(unit, unit)
    for found in _MEASURED.finditer(clause):
        number, factor, behind = found.groups()
        if _SHARE.search(clause[: found.start()]):
            continue
        if _is_unit(factor + behind, wanted):
            yield Decimal(number)
        elif _is_unit(behind, wanted):
            yield Decimal(number) * _FACTORS[factor]


def _is_unit(behind: str, unit: str) -> bool:
    for other, same in _SAME_UNITS.items():
        if behind.startswith(other):
            behind = same + behind.removeprefix(other)
    return bool(unit) and behind.startswith(unit) and not behind.startswith(_LONGER.get(unit, ()))


@lru_cache(maxsize=1024)
def unit_beside(text: str, number: Decimal | None, name: str) -> str:
    """The unit that a text gives a number where it speaks of a name: 人 for 3.2万 in 惠及3.2万人.

    18.6 and 18.6万 are the same number, so that only the units may differ. "" where nothing that is
    said of the name has the number, or with several units.
    """
    if number is None:
        return ""
    wanted, said = {number, number / _FACTORS["万"]}, neighbours(_GENERAL.sub("", name) or name)
    found = set[str]()
    for clause in chain(*map(_PIECES.split, _lines_with_figures(text))):
        if not neighbours(clause).isdisjoint(said):
            found.update(unit for each, unit in _with_units(clause) if each in wanted)
    return found.pop() if len(found) == 1 else ""


@lru_cache(maxsize=1024)
def _with_units(clause: str) -> tuple[tuple[Decimal, str], ...]:
    """The numbers in a clause before units that are known, but for 个; 万 is left out."""
    found: list[tuple[Decimal, str]] = []
    for number, factor, behind in _MEASURED.findall(clause):
        unit = KNOWN.match(behind)
        if unit and not unit[0].startswith("个"):
            found.append((Decimal(number), unit[0]))
            found.append((Decimal(number) * _FACTORS[factor], unit[0]))
    return tuple(found)


def differing(text: str, other: str) -> str:
    """What a text says of a thing in a number that is not that of another text: 新建驿站41座.

    Only what both name by the same words, four at least, right before a number of the same unit
    counts; what a text gives several numbers, or each one gets, does not. "" where nothing differs.
    """
    told = _figures_of(other)
    for thing, (number, phrase) in _figures_of(text).items():
        if thing in told and number is not None and told[thing][0] not in (None, number):
            return phrase
    return ""


@lru_cache(maxsize=1024)
def _figures_of(text: str) -> dict[tuple[str, str], tuple[Decimal | None, str]]:
    """By the words before a number and its unit: the number, None where there are several."""
    found: dict[tuple[str, str], tuple[Decimal | None, str]] = {}
    for piece in chain(*map(_PIECES.split, _lines_with_figures(text))):
        said = _MEASURED.search(piece)
        if said is None:
            continue
        unit, name = KNOWN.match(said[3]), _LEADING.sub("", piece[: said.start()])
        if unit is None or len(name) < _LEAST_NAMED or _SHARE.search(name):
            continue
        number, thing = Decimal(said[1]) * _FACTORS[said[2]], (name, unit[0])
        phrase = piece[: said.start(3)] + unit[0]
        before, _ = found.get(thing, (number, ""))
        found[thing] = (number if before == number else None, phrase)
    return found


def amount(text: str, besides: Sequence[str] = ()) -> Decimal | None:
    """The largest amount of money that a text names, in 万元; clauses with those words aside."""
    return max(_amounts(text, besides), default=None)


def amounts(text: str, besides: Sequence[str] = ()) -> Decimal | None:
    """All amounts of money that a text names, added up, in 万元; nothing where it names none."""
    found = list(_amounts(text, besides))
    return added(found) if found else None


def _amounts(text: str, besides: Sequence[str]) -> Iterator[Decimal]:
    """Amounts as a whole: what each person gets, and costs per piece, are none."""
    for clause in _PIECES.split(_GROUPED.sub("", text)):
        if any(word in clause for word in besides):
            continue
        for found in _money().finditer(clause):
            if not _EACH.search(clause[: found.start()]):
                yield convert(Decimal(found[1]), yuan_units()[found[2]], unit_of_sums(YUAN))


@cache
def _money() -> re.Pattern[str]:
    """An amount with its unit."""
    units = "|".join(sorted(yuan_units(), key=len, reverse=True))
    return re.compile(rf"(?<![0-9.])({_NUMBER})余?({units})(?!\s*[/／每])")


def per(unit: str) -> str:
    """What a unit is per: 元/人 and 元/人·月 are per 人; "" where it is per nothing."""
    found = _PER.search(unit)
    return found[1] if found else ""
