"""A typed text → one shape for every sign, and the note in the brackets at its end."""

from __future__ import annotations

import re
from unicodedata import normalize

from ptxl.values.target_value.units import is_known_unit

_FRACTIONS = (*b"\xbc\xbd\xbe", *range(0x2150, 0x215F))  # ¼ ½ ¾ ⅐ to ⅞
#: full-width forms and the many shapes of one sign; units keep their own (㎡ stays ㎡)
PLAIN: dict[int, int | str | None] = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    **str.maketrans("≧⩾≮≦⩽≯﹥﹤═﹦〓〉〈﹪", "≥≥≥≤≤≤><===><%"),
    **str.maketrans("–—−‐‑―─〜∼˜【】〔〕［］〖〗", "-------~~~()()()()"),
    **dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff")),
    # programs make ½ of a typed 1/2; the blanks keep it apart from digits beside it
    **{code: f" {normalize('NFKC', chr(code)).replace('⁄', '/')} " for code in _FRACTIONS},
}
#: white space between two digits or two letters may part two things; all other is typing
SPACE = re.compile(
    r"\s+(?![0-9A-Za-z])|(?<![0-9A-Za-z])\s+|(?<=[0-9])\s+(?=[A-Za-z])|(?<=[A-Za-z])\s+(?=[0-9])"
)
_NOTE = re.compile(r"(?P<body>.+?)\((?P<note>[^()]*(?:\([^()]*\)[^()]*)*)\)", re.DOTALL)
_ALL_BRACKETED = re.compile(r"\A\((?P<inside>[^(]*)\)\Z")
_OF_PERCENT = ("%", "百分比", "百分之")
_COUNTS = tuple("0123456789万亿千")
#: between two days or two numbers
TO = "(?:--?|~|至|到)"
#: deeds that may follow a day or an amount
DONE = (
    "完成|完工|竣工|到位|发放|支付|拨付|兑付|兑现|开工|开展|实施|结束|交付|验收|上线|建成|投入|投用|"
    "办结|办理|处理|处置|响应|修复|恢复|上报|解决|到达|答复|回复|达标|报送|公开|启动|举办|召开"
)


def normalise(text: str) -> str:
    """The text without blanks and stops, nor brackets around all of it: "（≥ ９０％）。" → ≥90%."""
    text = SPACE.sub("", text.translate(PLAIN)).rstrip("。.;,、")
    return _ALL_BRACKETED.sub(r"\g<inside>", text)


def split_note(text: str) -> tuple[str, str]:
    """The text without the brackets at its end, and what they held: a unit there is no note."""
    found = _NOTE.fullmatch(text)
    if found is None:
        return text, ""
    body, note = found.group("body", "note")
    if _is_of_the_unit(body, note):
        return text, ""
    return body, note


def _is_of_the_unit(body: str, note: str) -> bool:
    if note in _OF_PERCENT or body.endswith("/"):
        return True
    return body.endswith(_COUNTS) and is_known_unit(note)


def join_notes(*parts: str) -> str | None:
    """One note of those that there are, or None."""
    return "；".join(filter(None, parts)) or None
