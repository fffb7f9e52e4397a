"""Texts as spreadsheets hold and people mean them: blanks, escapes, widths, names of sheets."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date
from decimal import Decimal
from functools import lru_cache

#: what a cell holds; a blank cell has no entry
Raw = str | Decimal | date | bool
#: that one cell holds
LONGEST_TEXT = 32_767
#: how texts begin that programs would take for a formula when somebody edits them
FORMULA_STARTS = ("=", "+", "-", "@", "\t")
#: what no cell holds: control characters and halves of characters
ODD_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LATIN = "!-~\u00a1-\u024f"
_BESIDE_CHINESE = re.compile(f"(?<=[^{_LATIN}]) | (?=[^{_LATIN}])")
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)|[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
#: English, and what is as wide as a Chinese character
_COMMON = re.compile("[\x00-\x7f\u3001-\u3011\u4e00-\u9fff\uff01-\uff5e]*")
#: characters without a width or a look of their own, which pasted texts carry along
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff]"
)
#: characters that show nothing alone: they choose how the one before them looks, or are a blank
_ALONE_NOTHING = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e0fff\u2800\\s]+")
#: what every text has that somebody sees: a Chinese character, a digit, a letter of English
_SURELY_SEEN = re.compile("[\u4e00-\u9fff0-9A-Za-z]")
#: what no name of a sheet may hold, begin or end with; and the name of one that Excel keeps
_NO_SHEET_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]|^['_]|'$")
_EXCELS_OWN = "history"
_LONGEST_SHEET_NAME = 31
#: what stands for signs that no name of a sheet may hold
_SHEET_SIGNS = str.maketrans({
    **dict(zip("[]:*?/\\", "［］：＊？／＼", strict=True)),
    **{chr(number): " " for number in (*range(0x20), 0xFFFE, 0xFFFF)},
})  # fmt: skip
#: full-width digits and signs of numbers; other look-alikes (①, ²) are no digits to a reviewer
_PLAIN_FORMS = str.maketrans("０１２３４５６７８９．，％－−＋／：￥", "0123456789.,%--+/:¥")
#: what breaks a line, and categories of characters that steer a terminal or show nothing
_LINE_BREAKS = str.maketrans(dict.fromkeys("\n\r\v\f\x85\u2028\u2029", "↵"))
_SHOWN_BY_ESCAPE = {"Cc", "Cf", "Cs"}


def squeeze(text: str) -> str:
    """A printed text without its white space: how labels are compared."""
    return re.sub(r"\s+", "", text)


def label_of(text: str) -> str:
    """A printed text as the label of a field: `项 目 名 称：` as 项目名称, `Submission  date` with
    one space, since between Chinese characters white space only spreads a text out."""
    return re.sub(" ?[:：]$", "", even_blanks(text))


def even_blanks(text: str) -> str:
    """A text whose white space no longer counts: one space between words, none beside Chinese."""
    return _BESIDE_CHINESE.sub("", " ".join(text.split()))


def one_line(text: str) -> str:
    """Return a text as one line in which everything shows: ↵ for a line break, `\\x1b` for ESC.

    So what somebody typed, or called a file, neither begins a line nor steers the terminal.
    """
    if text.isprintable():
        return text
    broken = text.replace("\r\n", "\n").translate(_LINE_BREAKS)
    return "".join(map(_visible, broken))


def _visible(character: str) -> str:
    if unicodedata.category(character) in _SHOWN_BY_ESCAPE:
        return character.encode("unicode_escape").decode()
    return character


def literal(text: str) -> str:
    """A text as a part holds it: what XML cannot is escaped, and so is what looks like that."""
    return _ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def encodable(text: str) -> str:
    """A text as UTF-8 can hold it: a half of a character that stands alone becomes `?`."""
    return text.encode("utf-8", "replace").decode("utf-8")


def excel_length(text: str) -> int:
    """Length as Excel counts: a rare character takes two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, longest: int) -> str:
    """The beginning of a text that Excel counts as no more than `longest`."""
    while excel_length(text) > longest:
        text = text[:-1]
    return text


def shortened(text: str, longest: int) -> str:
    """A text of no more than `longest` characters; where it is cut off, that shows."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def names_a_sheet(text: str) -> bool:
    """Whether a sheet may be called so in every program."""
    fits = 0 < excel_length(text) <= _LONGEST_SHEET_NAME and text.casefold() != _EXCELS_OWN
    return fits and not _NO_SHEET_NAME.search(text)


def sheet_name(text: str) -> str:
    """A text as the name of a sheet, as like it as may be; "" where nothing of it is left."""
    name = encodable(text).translate(_SHEET_SIGNS).strip("'_ \u3000")
    name = cut(name, _LONGEST_SHEET_NAME).rstrip("'_ \u3000")
    return f"{name}-" if name.casefold() == _EXCELS_OWN else name


def display_width(text: str) -> int:
    """Width in half-width characters: a Chinese character counts two."""
    if _COMMON.fullmatch(text):  # of most texts that is said at once
        return 2 * len(text) - len(text.encode("ascii", "ignore"))
    return sum(map(_character_width, text))


@lru_cache(maxsize=8192)
def _character_width(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WFA" else 1


def lines_needed(text: str, width: float, size: float = 10.5) -> int:
    """How many lines a wrapped text takes in a cell `width` characters wide."""
    # Column widths count digits of an 11-point font; other sizes take more or less room, and two
    # half-width characters of a cell are its inner margins.
    room = max(2.0, (width - 1.0) * 11.0 / (size * 1.03))
    if 2 * len(text) <= room and "\n" not in text:  # most texts, sooner than counted
        return 1
    return sum(max(1, math.ceil(display_width(line) / room)) for line in text.split("\n"))


def clean(text: str) -> str:
    """A text as meant: without invisible characters and outer white space, lines ending in LF."""
    return without_invisible(text).strip()


def shows_nothing(text: str) -> bool:
    """Whether nobody sees anything of a text."""
    # Of most texts that is said at once.
    return not _SURELY_SEEN.search(text) and not _ALONE_NOTHING.sub("", clean(text))


def without_invisible(text: str) -> str:
    """A text without characters that nobody sees, but with the wide blanks around it."""
    return _INVISIBLE.sub("", _lines(text)).replace("\u00a0", " ").strip(" \t\n")


def plain(raw: Raw) -> str:
    """What a cell holds, as the text that somebody would have typed."""
    match raw:
        case bool():
            return str(raw).upper()
        case Decimal() if raw == raw.to_integral():
            return format(raw, ".0f")
        case Decimal():
            return format(raw.normalize(), "f")
        case date():
            return raw.isoformat()
    return clean(raw)


def fold_forms(text: str) -> str:
    """A text with the full-width digits and signs of numbers made plain."""
    return text.translate(_PLAIN_FORMS)


def is_read_otherwise(raw: str, *, folds: bool) -> bool:
    """Whether a text is read as other characters than it was typed with.

    `folds` says that full-width digits are read as plain ones. Outer white space and the ends of
    lines, which nobody sees, do not count.
    """
    text = clean(raw)
    if folds:
        text = fold_forms(text)
    return text != raw.strip() and text != _lines(raw).strip()


def _lines(text: str) -> str:
    if "\r" not in text:
        return text
    return text.replace("\r\n", "\n").replace("\r", "\n")


#: two letters at least: one is a drive of Windows
_URL = r"(?:[A-Za-z][A-Za-z0-9+.-]+::)*[A-Za-z][A-Za-z0-9+.-]+://"
#: who logs in to a URL, and what its query holds
_SECRETS = r"(?<=://)[^/\s'\"]*@|\?[^\s'\":]*"


def is_url(path: object) -> bool:
    """Whether a path is a URL, and none in the file system."""
    return isinstance(path, str) and re.match(_URL, path) is not None


def without_secrets(text: object) -> str:
    """A URL, or a text with URLs, without users, passwords and queries."""
    return re.sub(_SECRETS, "", str(text))


def path_shown(path: str) -> str:
    """A path as given, or a URL without its secrets."""
    return without_secrets(path) if is_url(path) else path
