"""Keys by which projects, values and units are the same in several files and years. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from ptxl.merge.rows import FormOf
from ptxl.text import squeeze, without_invisible

_YEAR = r"(?:(?:19|20)[0-9]{2}|[二2][〇○零0][0-9〇○零一二三四五六七八九]{2})"
#: a year, or one to another: 2026年, 2025-2026年度, （2026）, 二〇二六年
_YEARS = re.compile(f"(?<![0-9]){_YEAR}(?:年度?)?(?:[-—–~至到]{_YEAR})?(?:年度?)?(?![0-9])")
_MONTH = r"(?:0?[1-9]|1[0-2])"
#: a year in a target value: before 年 or another such year, in a day or month (2026-8-31, 2026.8),
#: or where English has one (31 August 2026, by 2026)
_YEAR_OF_VALUE = re.compile(
    r"(?P<before>(?<![0-9.])|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[.,]?\s"
    r"|\b(?:by|of|in)\s)(?P<year>(?:19|20)[0-9]{2})"
    rf"(?:(?=年|[-—–~至到](?:19|20)[0-9]{{2}}年|[-/]{_MONTH}(?![0-9])"
    rf"|\.{_MONTH}(?![0-9])(?:[.日前底至~-]|$))"
    r"|(?<=[a-z.,]\s[0-9]{4})(?!\s*[0-9a-z%]))",
    re.IGNORECASE,
)
_EMPTY_BRACKETS = re.compile(r"\(\)|\[\]|【】|〔〕")


def project_key(name: str) -> str:
    """What a project is called in every year: its name without years, white space, wide forms."""
    plain = _YEARS.sub("", code_key(name))
    return _EMPTY_BRACKETS.sub("", plain)


def value_key(raw: str, year: int = 0) -> str:
    """What a target value means in every year: what it says of a year is told from `year`.

    Without one, no year counts. A number such as 2000人 is none.
    """

    def told(found: re.Match[str]) -> str:
        distance = f"{int(found['year']) - year:+d}" if year else ""
        return f"{found['before']}{distance}"

    return code_key(_YEAR_OF_VALUE.sub(told, unicodedata.normalize("NFKC", raw)))


def code_key(code: str) -> str:
    """A code or name as meant: without white space, unseen marks, wide forms and capitals."""
    return squeeze(without_invisible(unicodedata.normalize("NFKC", code))).casefold()


@dataclass(frozen=True, slots=True, order=True)
class RosterPlace:
    """Where a form stands in a summary: as in the roster, and by code where there is none."""

    county: str
    unlisted: bool
    place: int
    code: str
    template: str

    @classmethod
    def of(cls, form: FormOf) -> RosterPlace:
        """The place of a form."""
        return cls(form.county, not form.place, form.place, form.code, form.template)

    @property
    def key(self) -> tuple[str, str, str]:
        """What counts once in a summary."""
        return self.county, self.template, self.code

    @property
    def unit(self) -> tuple[str, str]:
        """The county and code of the unit."""
        return self.county, self.code
