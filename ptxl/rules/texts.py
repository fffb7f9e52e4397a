"""What free texts say: years, periods, words, and how alike two are.

Texts in, plain values out; whatever is not certain is nothing (None, or "").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property, lru_cache
from itertools import chain
from operator import add

from ptxl.values.target_value import TargetValue, parse_target

_YEAR = "(?:19|20)[0-9]{2}"
#: titles and numbers of documents name the years that they are from
_CITED = re.compile(r"《[^》]*》|〔[^〕]*〕|【[^】]*】|\[[^\]]*\]|[0-9]+年第?[0-9]+号")
_DAY = "(?:[0-9]{1,2}月(?:份|[0-9]{1,2}日)?)?"
_RANGE = re.compile(rf"({_YEAR})年?{_DAY}(?:-|—|–|－|~|～|至|到)+({_YEAR})年")
_SINGLE = re.compile(rf"(?<![0-9])({_YEAR})年")
_FOUR_DIGITS = re.compile(rf"(?<![0-9])({_YEAR})(?![0-9])")
#: before a year: since it, compared with it, or towards it
_BEFORE = re.compile(
    r"(?:自|从|自从|始于|截至|截止|截止到|较|比|同比|相比|对比|与|以|到|至|由|回顾|总结|基期)[（(]?$"
)
#: after a year: since it, on its basis, or what was done in it
_SINCE = re.compile(
    rf"度?(?:{_DAY}|[初底末])(?:以来|来|起|后|之后|以后|基础上|水平|同期|相比|为基|遗留|结转|欠)"
)
_DONE = re.compile(
    "成立|建成|建立|印发|出台|发布|下发|颁布|修订|批准|批复|立项|通过|启动|签订|制定|投入使用|投用|竣工|"
    "验收|规划|行动|实施以来|开通|上线|购[置买]的"
)
#: by when something will be there: 2025年底前建成 is no deed of the past
_BY_WHEN = re.compile("(?:[0-9]{1,2}月)?(?:[0-9]{1,2}日|底|末|中旬|下旬)?[之以]?前")
#: until the end of a year, with no word of what was so by then: 到2025年末
_UNTIL, _ITS_END = re.compile("[到至]$"), re.compile("[底末](?!.*(?:已|累计|共))")
_CLAUSE = re.compile("[，。；、,;\n]")
#: two characters of one script side by side; pairs overlap
_NEIGHBOURS = re.compile("(?=([一-鿿]{2}|[0-9A-Za-z]{2}))")
_REACH = 14  # how far behind a year its verb may stand
#: a period whose two ends may be the wrong way round
_NAMES_A_YEAR = re.compile("[年.]")
_TWO_ENDS = re.compile(r"([0-9].*?)(?:-|—|–|－|~|～|至|到)+([0-9].*)")
#: how many months a unit of time has, and the most of them that are no mistake
_MONTHS = {"年": 12, "个月": 1, "月": 1}
_LONGEST_TIME = 100
_AT_THE_END = re.compile(r"[（(]([^（()）]*)[）)]$")
_IN_BRACKETS = re.compile(r"[（(]([^（()）]*)[）)]")
_TWICE = re.compile(
    r"([一-鿿]{2,6})[ 　]?\1|([，。；、：])\2|([的了和与在是])\3"
    r"|([一-鿿]{2,6})[，、]\4(?=[，。；、]|$)"
)
_BESIDE_ITSELF = re.compile(r"(.)\1")
#: words that are rightly said twice: 一个一个, 一步一步; and what counts one after the other
_SAID_TWICE = re.compile("^[一二三四五六七八九十]|[\u4e00-\u9fff]+[天年月日户村人]$")
#: names of counties often end with what lies there; 资源县, 沿河县 and 各山县 are none
_COUNTY = re.compile(
    "[^\\W沿跨环资能水财税货来电各全本我邻近外两三多省上下该等市区高建在到从由为对与和及是的于荒矿]"
    "[山河江川源阳泉溪湖陵岭潭浦津塘湾原宁]县(?![级域乡镇区市]|城(?!乡))"
)
_SIGNS = re.compile(r"[\W_]+")
#: what names of counts end with, behind what is counted and what is done with it
_COUNTED = re.compile(
    "(?:新增|新建|建成|建设|改造|维修|维护|修复|养护|购置|购买|采购|配备|配置|安装|更新|更换|铺设|设置|投放"
    "|发放|印发|印制|编印|制作|储备|补助|检测|监测|治理|清理|完成)?(?:的|总)?(?:数量|个数|总数|总量|数)$"
)
_ONE = r"\\[dDsSw.()\[\]{}+*?|^$\\/-]|\[\^?[^\[\]\\]+\]|[^\[\](){}*+?\\^$|]"
_COUNT = r"\?|\{[0-9]{1,2}\}|\{(?:1?[0-9]|20),(?:1?[0-9]|20)\}"
#: what a pattern is made of: characters and classes, each perhaps counted, and groups that are not
_SAFE_PATTERN = re.compile(rf"(?:[\^$|)]|\((?:\?:)?|(?:{_ONE})(?:{_COUNT})?)*")
_MOST_COUNTS, _MOST_OPTIONAL = 2, 4
_LONGEST_SEARCHED = 1_000
#: so few words are looked for one after the other
_FEW_WORDS = 16


def another_year(text: str, year: int, *periods: str) -> int | None:
    """The first year that a text is about, as 2021年, and that is neither `year` nor in a period.

    A period is a text such as 2024年—2026年: from its first year to its last. Left out are years
    that a text only looks back on or compares with (自2019年以来, 较2023年, 2021年建成), looks
    towards (到2030年), cites (《2021年要点》, 〔2021〕5号), and periods around `year` or of a plan.
    """
    allowed = {year}.union(*map(_years_of, periods))
    plain = _CITED.sub("　", re.sub(r"\s", "", text))
    for found in (*_RANGE.finditer(plain), *_SINGLE.finditer(_RANGE.sub("　", plain))):
        first, last = int(found[1]), int(found.groups()[-1])
        if allowed.isdisjoint(range(first, last + 1)) and not _looks_elsewhere(found, year):
            return last
    return None


def _years_of(period: str) -> range:
    """All years from the first to the last that a text names."""
    named = [int(year) for year in _FOUR_DIGITS.findall(period)]
    return range(min(named), max(named) + 1) if named else range(0)


def _looks_elsewhere(found: re.Match[str], year: int) -> bool:
    """Whether the words around a year look back on it or towards it, or name a deed of it.

    到2025年末 looks towards a time that is over where the text is of a later `year`.
    """
    before, after = found.string[: found.start()], found.string[found.end() :][:_REACH]
    clause = _CLAUSE.split(after)[0]
    if int(found.groups()[-1]) < year and _UNTIL.search(before) and _ITS_END.match(clause):
        return False
    done = _DONE.search(clause) and not _BY_WHEN.match(after)
    return any((_BEFORE.search(before), _SINCE.match(after), done))


def period_of(text: str) -> tuple[date | None, date | None]:
    """First and last day of the time that a text names: 2026年3月-9月, 三年（2024—2026年）, 2026.

    Nothing where it is not certain, as in 一年 and 长期, and no last day in 2026年3月起. Of a
    period that is the wrong way round (2026年9月-3月) the first day is after the last.
    """
    whole = parse_target(text)
    for found in (whole, parse_target(f"{text}年"), parse_target(whole.note or "")):
        if found.comparison == "by_date":
            return found.date_from, found.date_to
    return _reversed_period(text)


def _reversed_period(text: str) -> tuple[date | None, date | None]:
    """The days of a period that ends before it begins, also one in brackets behind a duration."""
    in_brackets = _IN_BRACKETS.search(text)
    ends = _TWO_ENDS.fullmatch(in_brackets[1] if in_brackets else text)
    if ends is None:
        return None, None
    first, last = ends.groups()
    if not _FOUR_DIGITS.match(last):
        last = f"{first[:4]}年{last}"
    start, end = _as_day(first).date_from, _as_day(last).date_to
    if start and end and end < start:
        return start, end
    return None, None


def _as_day(text: str) -> TargetValue:
    """One end of a period; digits alone are a year."""
    if not _NAMES_A_YEAR.search(text):
        text = f"{text}年"
    return parse_target(text)


def months_of(text: str) -> int | None:
    """How many months the time that a text names lasts: 2026年3月-9月 (7), 三年 (36), 18个月.

    Nothing where that is not certain, as in 长期 and 2026年3月起.
    """
    first, last = period_of(text)
    if first and last:
        return max(0, 12 * (last.year - first.year) + last.month - first.month + 1)
    told = parse_target(text)
    factor = _MONTHS.get(told.unit or "")
    if factor is None or told.number is None or not 0 < told.number <= _LONGEST_TIME:
        return None
    return int(told.number * factor)


def shares(one: str, other: str, common: tuple[str, ...] = ()) -> bool:
    """Whether two neighbouring characters stand in both texts, those of `common` words aside."""
    return not _pairs(one, common).isdisjoint(_pairs(other, common))


@lru_cache(maxsize=4096)
def _pairs(text: str, common: tuple[str, ...]) -> frozenset[str]:
    return frozenset(_NEIGHBOURS.findall(without(text, common, "　")))


def touches(one: str, other: str, common: tuple[str, ...] = ()) -> bool:
    """Whether a character stands in both texts, those of `common` words aside."""
    return not _characters(one, common).isdisjoint(_characters(other, common))


@lru_cache(maxsize=4096)
def _characters(text: str, common: tuple[str, ...]) -> frozenset[str]:
    return frozenset(filter(str.isalpha, without(text, common, "　")))


def likeness(one: str, other: str, fillers: tuple[str, ...] = ()) -> int:
    """How alike two texts are, from 0 to 100, when signs and these fillers are dropped.

    Twice the number of neighbouring characters that both have, of all in the two. Texts of which
    nothing is left are not alike.
    """
    left, right = _told(one, fillers), _told(other, fillers)
    if not left or not right:
        return 0
    if left == right:
        return 100
    pairs, others = neighbours(left), neighbours(right)
    both = len(pairs & others)
    return 200 * both // (len(pairs) + len(others)) if both else 0


@lru_cache(maxsize=1024)
def _told(text: str, fillers: tuple[str, ...]) -> str:
    return _SIGNS.sub("", without(text, fillers))


@lru_cache(maxsize=2048)
def neighbours(text: str) -> frozenset[str]:
    """Each two characters that stand side by side."""
    return frozenset(map(add, text, text[1:]))


@lru_cache(maxsize=2048)
def without(text: str, words: tuple[str, ...], gap: str = "") -> str:
    """A text in which none of the words is left, dropped one after the other for the gap."""
    for word in words:
        text = text.replace(word, gap)
    return text


class Vocabulary(tuple[str, ...]):
    """Words of a rule, which many texts are compared with: quick for thousands of them too."""

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return super().__hash__()

    @cached_property
    def _by_start(self) -> Mapping[str, Sequence[str]]:
        """The words by their first two characters, the longest first."""
        found: dict[str, list[str]] = {}
        for word in sorted(filter(None, self), key=len, reverse=True):
            found.setdefault(word[:2], []).append(word)
        return found

    @cached_property
    def _pairs(self) -> frozenset[str]:
        """With what the words of several characters begin."""
        return frozenset(start for start in self._by_start if len(start) > 1)

    @cached_property
    def _letters(self) -> frozenset[str]:
        """Those of a single character."""
        return frozenset(start for start in self._by_start if len(start) == 1)

    def any_in(self, text: str) -> bool:
        """Whether one of the words is in a text."""
        return bool(self._starts_in(text)) and any(self.words_in(text))

    def words_in(self, text: str) -> Iterator[str]:
        """The words in a text, in their order; of those that begin together only the longest."""
        found: dict[int, str] = {}
        for start in self._starts_in(text):
            at = text.find(start)
            while at >= 0:
                word = next((w for w in self._by_start[start] if text.startswith(w, at)), "")
                found[at] = max(word, found.get(at, ""), key=len)
                at = text.find(start, at + 1)
        return (found[at] for at in sorted(found) if found[at])

    def _starts_in(self, text: str) -> frozenset[str]:
        """With what the words in a text may begin: of most texts nothing more is to be asked."""
        return (self._pairs & neighbours(text)) | self._letters.intersection(text)


def matched(text: str, words: Sequence[str]) -> str:
    """The word that stands first in a text, the longest of those there; "" if there is none."""
    return next(_vocabulary(words).words_in(text), "")


def bracketed(text: str) -> str:
    """What stands in the brackets that end a text; "" where there are none."""
    found = _AT_THE_END.search(text)
    return found[1] if found else ""


def another_county(text: str, unit: str, counties: Sequence[str]) -> str:
    """The first county that a text names, but not the name of a unit; "" if there is none.

    It is one of those given, or looks like the name of one: 临河县.
    """
    named = chain(_vocabulary(counties).words_in(text), _COUNTY.findall(text))
    return next((county for county in named if county not in unit), "")


def contains(text: str, words: Sequence[str]) -> bool:
    """Whether any of the words is in a text."""
    if len(words) > _FEW_WORDS:
        return _vocabulary(words).any_in(text)
    for word in words:  # noqa: SIM110 - any() takes twice as long
        if word in text:
            return True
    return False


def _vocabulary(words: Sequence[str]) -> Vocabulary:
    return words if isinstance(words, Vocabulary) else Vocabulary(words)


def instead(text: str, words: tuple[str, ...], others: tuple[str, ...]) -> str:
    """The text that stands among `others` where the matched word stands among `words`.

    One more of the others, behind those, is for a text in which there is none of the words.
    """
    found = matched(text, words)
    at = words.index(found) if found else len(words)
    return others[at] if at < len(others) else ""


@lru_cache(maxsize=4096)
def kind(text: str, words: tuple[str, ...], kinds: tuple[str, ...]) -> str:
    """Of the kinds that which stands in the place of the longest of the words that ends a text.

    数量 and the like behind it are left out where nothing is known with them: 路灯安装数量 is of
    路灯. "" where none of the words ends it.
    """
    known = _kinds(words, kinds)
    return known.of(text) or known.of(_COUNTED.sub("", text))


class _Kinds(dict[str, str]):
    """What words are, by the words."""

    @cached_property
    def longest(self) -> int:
        return max(map(len, self), default=0)

    def of(self, text: str) -> str:
        """What the longest word is that ends a text."""
        ends = (text[-length:] for length in range(min(self.longest, len(text)), 0, -1))
        return next((self[end] for end in ends if end in self), "")


@lru_cache(maxsize=64)
def _kinds(words: tuple[str, ...], kinds: tuple[str, ...]) -> _Kinds:
    return _Kinds(zip(words, kinds, strict=False))


def times(text: str, words: Sequence[str]) -> int:
    """How often the words stand in a text, each counted by itself."""
    return sum(text.count(word) for word in words if word)


def doubled(text: str) -> str:
    """What was typed twice in a row: 加强加强, 工作，工作, 的的, ，，; not 人人 or 一个一个."""
    # What is typed twice has two neighbours twice, or is one character beside itself.
    if len(neighbours(text)) == len(text) - 1 and not _BESIDE_ITSELF.search(text):
        return ""
    for found in _TWICE.finditer(text):
        word = found[1] or found[4]
        if not word or not (_SAID_TWICE.search(word) or word[0] * len(word) == word):
            return found[0]
    return ""


def is_safe_pattern(written: str) -> bool:
    """Whether a pattern is one that no text makes slow: few counts, all small, none of a group."""
    few = written.count("{") <= _MOST_COUNTS and written.count("?") <= _MOST_OPTIONAL
    if not (few and _SAFE_PATTERN.fullmatch(written)):
        return False
    try:
        re.compile(written)
    except re.error:
        return False
    return True


def pattern(text: str, written: str) -> bool:
    """Whether a pattern is found in a text."""
    return bool(_compiled(written).search(text[:_LONGEST_SEARCHED]))


@lru_cache(maxsize=256)
def _compiled(written: str) -> re.Pattern[str]:
    return re.compile(written)
