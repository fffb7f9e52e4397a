"""The text behind a number → multiplier, unit, words such as 以上; a name → the unit it gives."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ptxl.values.target_value.text import DONE, PLAIN, SPACE, join_notes
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
_UNIT = re.compile(
    rf"(?:[%‰]|(?:[{_LETTER}{_SYMBOLS}]|{_POWER}){{0,12}})"
    rf"(?:/(?:[{_LETTER}{_SYMBOLS}*.、()-]|{_POWER}){{1,8}}){{0,2}}(?<![*.、(-])"
)
#: letters typed for digits, 9O%: no unit begins with one, unless more letters follow (oz)
_LIKE_A_DIGIT = re.compile("[OoQIl]+(?![A-Za-z])")
#: words that a unit never holds: with them the rest is a sentence
_SENTENCE = re.compile(
    "[的了且并或和与为已未不均按须几至旬]|^[年月季][底末初]|内$|完|实现|达到|提[升高]|增[加强长]|减[少轻]|降低|下降|改善|保[障证持]"
    "|确保|全部|全面|及时|有效|以[上下内]|左右|开展|满足|符合|合格|达标|覆盖|进行|用于|包[括含]|同比|标准(?![箱化间])"
    "|[前后余]$|^A+(?:级|景区)"
)
_MONEY = re.compile("(?:美|欧|港|日|英)?元|美金")
_PERCENT_WORD = r"%|百分比|百分之"
PERCENT = re.compile(rf"^(?:%?\((?:{_PERCENT_WORD})\)|{_PERCENT_WORD})")
_BRACKETED = re.compile(rf"^([千万亿]?)\(({KNOWN.pattern})\)")
_MEASURE = re.compile(
    r"(?P<more>[余多])?(?P<scale>万亿|千万|百万|百(?!分)|[千万亿])?(?P<still_more>[余多])?(?P<unit>.*?)"
    rf"(?:\((?P<bound>含[^()]*|不含(?:本数)?)\)|[及或](?=以))?"
    rf"(?:(?P<limit>以[上下内]|之内|内(?=$|{DONE})|左右|上下)(?P<after>(?!的)[^\W\d_]{{0,8}})"
    rf"|(?P<done>(?:{DONE})[^\W\d_]{{0,2}}))?"
)
_LIMITS: dict[str, Comparison] = {
    "以上": ">=",
    "以下": "<=",
    "以内": "<=",
    "之内": "<=",
    "内": "<=",
}
_LETTERS = re.compile(f"(?!的)[{_LETTER}]{{0,8}}")
_NAME_UNIT = re.compile(
    r"(?P<head>.*)\((?:[≥≤<>=]=?)?(?:\*{1,3}|[Xx×]{2})?(?P<unit>[^()]+)\)", re.DOTALL
)
#: in a name these are whom it concerns: 补助(村), 培训(个人)
_NO_NAME_UNIT = re.compile("村|镇|乡|社区|队|个(?!(?:月|工作日|百分点)?$).*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """What stands behind a number: its multiplier and unit, a word such as 以上, a remark."""

    factor: int = 1
    unit: str = ""
    limit: Comparison | None = None
    exclusive: bool = False
    remark: str | None = None


def read_measure(text: str) -> Measure | None:
    """万亩以上 → 10000, 亩, >=; None where the text behind a number makes it a sentence."""
    found = _MEASURE.fullmatch(_BRACKETED.sub(r"\1\2", PERCENT.sub("%", text)))
    if not found:
        return None
    scale, unit, limit = found["scale"] or "", found["unit"], found["limit"] or ""
    after = found["after"] or found["done"] or ""
    if scale and (unit.startswith(("%", "‰", "百分")) or _is_scaled(unit)):
        return None  # nobody multiplies a share, or twice
    if unit[:1] == "%" and unit[1:2] != "/":  # nothing but remarks can follow per cent: 100%到位
        unit, after = "%", unit[1:] + after
        if not _LETTERS.fullmatch(after):
            return None
    if _MONEY.fullmatch(unit.removesuffix("整")):
        unit = unit.removesuffix("整")
    if scale and _is_whole(scale, unit):
        scale, unit = "", scale + unit
    if len(unit) > 16 or not _UNIT.fullmatch(unit) or _LIKE_A_DIGIT.match(unit):
        return None
    if _SENTENCE.search(unit):
        return None
    more = found["more"] or found["still_more"]
    about = limit if limit in ("左右", "上下") else None
    return Measure(
        factor=_SCALES[scale] if scale else 1,
        unit=unit,
        limit=_LIMITS.get(limit),
        exclusive=(found["bound"] or "").startswith("不"),
        remark=join_notes(more, about, after),
    )


def _is_whole(scale: str, unit: str) -> bool:
    """Whether the multiplier belongs to the unit: 万元, 万/月, 千米; not 万亩, 千人."""
    of_thousand = scale == "千" and unit[:1] in tuple("米克瓦伏卡帕升字")
    return bool(_MONEY.match(unit)) or unit.startswith("/") or of_thousand


def _is_scaled(unit: str) -> bool:
    """Whether the unit begins with a multiplier of its own: 万亩, 千人; not 千瓦时."""
    return unit[:1] in _SCALES and not _is_whole(unit[0], unit[1:])


def unit_of_name(name: str) -> str:
    """The unit in the brackets that end a name, 种植面积(亩) or 成活率(≥**%); else ''."""
    found = _NAME_UNIT.fullmatch(SPACE.sub("", name.translate(PLAIN))) if name else None
    unit = PERCENT.sub("%", found["unit"]) if found else ""
    if not found or not is_known_unit(unit) or _NO_NAME_UNIT.fullmatch(unit):
        return ""
    # 补助标准(户) is a sum for each household, 签约率(人) no number of people
    misfit = {"标准": "元", "率": "%‰", "满意度": "%"}
    for ending, needed in misfit.items():
        if found["head"].endswith(ending) and not any(part in unit for part in needed):
            return ""
    return unit


def with_unit(measure: Measure, unit: str) -> Measure:
    """With the unit of the name if it has none; 30万 under (万元) may be meant either way."""
    named = None if measure.unit or not unit else read_measure(unit)
    if not named or (measure.factor > 1 and unit[0] in "千万亿"):
        return measure
    return replace(measure, unit=named.unit, factor=named.factor * measure.factor)
