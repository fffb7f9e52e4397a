"""The text after a number (万人以上) → multiplier, unit, comparison; and the unit of a name."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ptxl.values.target_value.text import DONE, PLAIN, SPACE
from ptxl.values.target_value.units import KNOWN, is_known_unit
from ptxl.values.target_value.value import Comparison

_SCALES = {
    "百": 10**2,
    "千": 10**3,
    "万": 10**4,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
    "万亿": 10**12,
}
#: letters of units; not those of other scripts, which pass for digits, nor ①, ² or Ⅱ
_LETTER = "A-Za-zµμΩ㐀-䶿一-鿿"
_SYMBOLS = "°·•∙‧・\u2100-\u214f\u3300-\u33ff"
_POWER = "(?:(?<=[mM])|(?<=CO))[23²³](?![0-9])"
#: letters typed for digits, 9O%: no unit begins with one, unless more letters follow (oz)
_LIKE_A_DIGIT = "[OoQIl]+(?![A-Za-z])"
#: words that a unit never holds: with them the rest is a sentence
_SENTENCE = (
    "[的了且并或和与为已未不均按须几至旬]|^[年月季][底末初]|内$|完|实现|达到|提[升高]|增[加强长]|减[少轻]|降低|下降|改善|保[障证持]"
    "|确保|全部|全面|及时|有效|以[上下内]|左右|开展|满足|符合|合格|达标|覆盖|进行|用于|包[括含]|同比|标准(?![箱化间])"
    "|[前后余]$|^A+(?:级|景区)"
)
_UNIT = re.compile(
    rf"(?!{_LIKE_A_DIGIT})(?!.*(?:{_SENTENCE}))(?=.{{0,16}}$)"
    rf"(?:[%‰]|(?:[{_LETTER}{_SYMBOLS}]|{_POWER}){{0,12}})"
    rf"(?:/(?:[{_LETTER}{_SYMBOLS}*.、()-]|{_POWER}){{1,8}}){{0,2}}(?<![*.、(-])"
)
#: of so many people: 孕产妇死亡率 ≤8/10万
_PER_MANY = re.compile("/(?:10{0,3})?[千万](?:人口?|活产)?")
_MONEY = "(?:美|欧|港|日|英)?元|美金"
_MONEY_IN_FULL = re.compile(f"^({_MONEY})整$")
#: who says so much per month or year and no unit means money: 2万/月
_MONEY_UNSAID = re.compile("^([万亿])(?=/[月年季])")
#: what takes a multiplier into its unit: 万元, 万/月, and of a thousand 千米; not 万亩, 千人
_OF_SCALE = f"/|{_MONEY}"
_OF_THOUSAND = f"{_OF_SCALE}|[米克瓦伏卡帕升字]"
_TAKEN_IN = {
    **dict.fromkeys(_SCALES, re.compile(_OF_SCALE)),
    "": re.compile(""),
    "千": re.compile(_OF_THOUSAND),
}
#: nobody multiplies a share, or twice: 万亩, 千人; but 千瓦时
_NOT_SCALED = re.compile(f"[%‰]|百分|[百万亿](?!{_OF_SCALE})|千(?!{_OF_THOUSAND})")
_PERCENT_WORD = r"%|百分比|百分之"
PERCENT = re.compile(rf"^(?:%?\((?:{_PERCENT_WORD})\)|{_PERCENT_WORD})")
_BRACKETED = re.compile(rf"^([千万亿]?)\(({KNOWN.pattern})\)")
_MEASURE = re.compile(
    r"(?P<more>[余多])?(?P<scale>万亿|千万|百万|百(?!分)|[千万亿])?(?P<still_more>[余多])?"
    r"(?:(?P<percent>%(?!/))(?P<remark>.*?)|(?!%(?!/))(?P<unit>.*?))"
    r"(?:\((?P<bound>含[^()]*|不含(?:本数)?)\)|[及或](?=以))?"
    rf"(?:(?:(?P<limit>以[上下内]|之内|内(?=$|{DONE}))|(?P<about>左右|上下))"
    rf"(?P<after>(?!的)[^\W\d_]{{0,8}})|(?P<done>(?:{DONE})[^\W\d_]{{0,2}}))?"
)
_LIMITS: dict[str, Comparison] = {
    "以上": ">=",
    "以下": "<=",
    "以内": "<=",
    "之内": "<=",
    "内": "<=",
}
#: nothing but remarks can follow per cent: 100%到位
_REMARK = re.compile(f"(?!的)[{_LETTER}]{{0,8}}")
_NAME_UNIT = re.compile(
    r"(?P<head>.*)\((?:[≥≤<>=]=?)?(?:\*{1,3}|[Xx×]{2})?(?P<unit>[^()]+)\)", re.DOTALL
)
#: in a name these are whom it concerns: 补助(村), 培训(个人); and 补助标准(户) is a sum for each
#: household, 签约率(人) no number of people
_NO_UNIT_OF_NAME = re.compile(
    r"(?:标准\([^元]+|率\([^%‰]+|满意度\([^%]+|\((?:村|镇|乡|社区|队|个(?!(?:月|工作日|百分点)?\)).*))\)\Z"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """What stands behind a number: its multiplier and unit, a word such as 以上, remarks."""

    factor: int = 1
    unit: str = ""
    limit: Comparison | None = None
    exclusive: bool = False
    remarks: tuple[str, ...] = ()


def read_measure(text: str) -> Measure | None:
    """万亩以上 → 10000, 亩, >=; None where the text behind a number makes it a sentence."""
    found = _MEASURE.fullmatch(_BRACKETED.sub(r"\1\2", PERCENT.sub("%", text)))
    if not found:
        return None
    words = found.groupdict("")
    scale = words["scale"]
    unit = words["percent"] + _MONEY_IN_FULL.sub(r"\1", words["unit"])
    if scale and _NOT_SCALED.match(unit):
        return None
    if _TAKEN_IN[scale].match(unit):
        scale, unit = "", _MONEY_UNSAID.sub(r"\1元", scale + unit)
    remark = words["remark"] + words["after"] + words["done"]
    if words["percent"] and not _REMARK.fullmatch(remark):
        return None
    if not (_UNIT.fullmatch(unit) or _PER_MANY.fullmatch(unit)):
        return None
    more = words["more"] or words["still_more"]
    return Measure(
        factor=_SCALES.get(scale, 1),
        unit=unit,
        limit=_LIMITS.get(words["limit"]),
        exclusive=words["bound"].startswith("不"),
        remarks=(more, words["about"], remark),
    )


def unit_of_name(name: str) -> str:
    """The unit in the brackets that end a name, 种植面积(亩) or 成活率(≥**%); else ''."""
    found = _NAME_UNIT.fullmatch(SPACE.sub("", name.translate(PLAIN)))
    if not found:
        return ""
    unit = PERCENT.sub("%", found["unit"])
    if _NO_UNIT_OF_NAME.search(f"{found['head']}({unit})") or not is_known_unit(unit):
        return ""
    return unit


def with_unit(measure: Measure, unit: str) -> Measure:
    """With the unit of the name if it has none; 30万 under (万元) may be meant either way."""
    named = read_measure(unit)
    if measure.unit or named is None:
        return measure
    if measure.factor > 1 and unit.startswith(tuple("千万亿")):
        return measure
    return replace(measure, unit=named.unit, factor=named.factor * measure.factor)
