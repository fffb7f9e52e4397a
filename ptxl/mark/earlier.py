"""What people wrote on the review of a marked copy, in whatever format it comes back.

The sender answers findings; the reviewer gives a name, a day and a conclusion. All of it stands on
a sheet that comes from outside, so it is carried along as text, and nothing is judged by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import islice

from ptxl.cells import EPOCH
from ptxl.text import label_of
from ptxl.words import LANGUAGES, Speaker

HEADS = ("number", "severity", "sheet", "cell", "item", "message", "done")
#: the columns of what a reviewer concludes, in a row of its own above the list
LABEL, CONCLUSION, REVIEWER_LABEL, REVIEWER, DAY = 0, 2, 4, 5, 6
CONCLUSIONS = ("passed", "again", "failed")
#: row and column, on the hidden sheet of marks, of the conclusion that was suggested
SUGGESTED_AT = (1, 2)
_SHEET, _CELL, _MESSAGE, _DONE = map(HEADS.index, ("sheet", "cell", "message", "done"))
_ROWS_ABOVE = 60  # of a sheet into which somebody inserted rows
_MOST_KEPT = 9
_NUMBER_OF_DAY = re.compile(r"[34567][0-9]{4}(?:\.[0-9]+)?")
#: a row by its columns, whatever its cells hold
Row = Mapping[int, object]
#: what the sender wrote about a finding, by its sheet, cell and message; also by what its message
#: says without the answers that it quotes
Answers = Mapping[tuple[str, str, str], str]
#: what messages quote: answers in quotation marks, and numbers
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|[0-9][0-9.,]*")


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a reviewer concluded: texts as they were typed, the day without its label."""

    conclusion: str
    reviewer: str
    day: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is carried into the next review: the name that its reviewer's cell takes, earlier
    opinions with the newest first, and the sender's answers."""

    reviewer: str
    opinions: tuple[Opinion, ...]
    answers: Answers


NOTHING = Earlier("", (), {})


def is_review(rows: Iterable[Row]) -> bool:
    """Whether these are the rows of a review, whatever its sheet is called now."""
    return any(
        label_of(_text(row.get(LABEL, ""))) in _said("conclusion")
        and label_of(_text(row.get(REVIEWER_LABEL, ""))) in _said("reviewer")
        for row in islice(rows, _ROWS_ABOVE)
    )


def read_earlier(sheets: Iterable[Iterable[Row]], suggested: str) -> Earlier:
    """Read what stands on the reviews among some sheets.

    `suggested` is the code of the conclusion with which they were made, "" where nobody knows: then
    any conclusion may be a person's, and is kept.
    """
    reviewers: list[str] = []
    opinions: list[Opinion] = []
    answers: dict[tuple[str, str, str], str] = {}
    for sheet in sheets:
        rows = [{column: _text(value) for column, value in row.items()} for row in sheet]
        for opinion, is_last in _opinions(rows):
            if is_last:
                reviewers.append(opinion.reviewer)
            if not is_last or _by_a_person(opinion, suggested):
                opinions.append(opinion)
        answers.update(_answers(rows))
    reviewer = next(filter(None, reviewers), "")
    return Earlier(reviewer, tuple(dict.fromkeys(opinions))[:_MOST_KEPT], answers)


def _opinions(rows: Sequence[Mapping[int, str]]) -> Iterator[tuple[Opinion, bool]]:
    """What is concluded in the rows of a review, and whether it is what its reviewer gave last."""
    last, before = _said("conclusion"), _said("earlier")
    for row in islice(rows, _ROWS_ABOVE):
        label = label_of(row.get(LABEL, ""))
        if label in last or label in before:
            conclusion, reviewer = row.get(CONCLUSION, ""), row.get(REVIEWER, "")
            yield Opinion(conclusion, reviewer, _day(row.get(DAY, ""))), label in last


def _by_a_person(opinion: Opinion, suggested: str) -> bool:
    """Whether an opinion says more than ptxl suggested.

    A name alone does not: it may have been carried along, and is once more.
    """
    offered = _said(f"conclusions.{suggested}") if suggested in CONCLUSIONS else frozenset()
    chosen = bool(opinion.conclusion) and opinion.conclusion not in offered
    return chosen or bool(opinion.day)


def _answers(rows: Iterable[Mapping[int, str]]) -> Iterator[tuple[tuple[str, str, str], str]]:
    for row in rows:
        if answer := row.get(_DONE):
            sheet, cell, message = (row.get(at, "") for at in (_SHEET, _CELL, _MESSAGE))
            yield (sheet, cell, without_quotes(message)), answer
            yield (sheet, cell, message), answer


def answer_to(answers: Answers, sheet: str, cell: str, message: str) -> str:
    """What the sender wrote about a finding, maybe when it quoted another answer; "" if nothing."""
    found = answers.get((sheet, cell, message))
    return found or answers.get((sheet, cell, without_quotes(message)), "")


def without_quotes(message: str) -> str:
    """What a message says whatever stands in the cells."""
    return _QUOTED.sub("…", message)


def _text(value: object) -> str:
    """A cell as text; a day as people write it in tables."""
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _day(text: str) -> str:
    """The day in the cell that was issued with its label alone, whatever was done to the label.

    A day that was pasted there is a number to some programs.
    """
    labels = "|".join(map(re.escape, sorted(_said("day"))))
    day = re.sub(f"^(?:{labels}) ?[:：]?", "", text).strip()
    if _NUMBER_OF_DAY.fullmatch(day):
        return (EPOCH + timedelta(days=int(float(day)))).isoformat()
    return day


@cache
def _said(name: str) -> frozenset[str]:
    """What a review says under this name, in every language, without a colon."""
    return frozenset(label_of(Speaker(each).say(f"review.{name}")) for each in LANGUAGES)
