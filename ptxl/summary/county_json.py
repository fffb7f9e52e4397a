"""A summary ↔ its JSON, line by line, so that no more than one submission is held.

What grows with the number of units stands behind the head, one in a line; submissions stand last:
whoever reads knows by then what their forms ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path as FilePath
from typing import TextIO, TypeVar

from ptxl.documents.document import Json, dump
from ptxl.merge.alike import CrossFinding, Place
from ptxl.merge.rows import County, DueForm, LeftOut, UnitSummary
from ptxl.model.errors import InputError
from ptxl.summary.schema import FORMAT, LINES, of_head, of_line
from ptxl.summary.summary_file import SummaryFile, no_summary, refusing
from ptxl.summary.unit_json import (
    Forms,
    asked_from_json,
    asked_json,
    known,
    left_out_from_json,
    unit_from_json,
)
from ptxl.text import encodable
from ptxl.words import phrase

#: how the formats of all versions begin, but that of the first, which had these keys
_FAMILY = "ptxl-summary-"
_OF_FIRST_FORMAT = frozenset({"units", "totals", "unmerged"})
_DAYS = ("made", "deadline")
T = TypeVar("T")


def write_summary(
    target: TextIO, head: Mapping[str, Json], forms: Forms, lines: Mapping[str, Iterable[str]]
) -> None:
    """Write a summary: what `head` holds, what forms ask, then each of `LINES` as JSON texts."""
    asked = {name: asked_json(forms.by_name[name]) for name in sorted(forms.by_name)}
    text = dump({"format": FORMAT, **head, "forms": asked})
    target.write(encodable(text.rstrip().removesuffix("}").rstrip()))
    for name in LINES:
        target.write(f",\n{_start(name)}")
        separator = "\n"
        for line in lines[name]:
            target.write(separator + encodable(line))
            separator = ",\n"
        target.write("\n]")
    target.write("\n}\n")


def _start(name: str) -> str:
    """The line with which a list begins."""
    return f'"{name}": ['


#: what makes a document of a head alone
_NO_LINES = ", ".join(f"{_start(name)}]" for name in LINES) + "}"


def county_json(county: County) -> dict[str, Json]:
    """What is said of a county as a whole."""
    entry = asdict(replace(county, dues=(), left_out=()))
    del entry["dues"], entry["left_out"]
    return entry | {key: entry[key].isoformat() if entry[key] else None for key in _DAYS}


def county_from_json(document: Json) -> County:
    """A county of its JSON, as a whole."""
    days = {key: document[key] and date.fromisoformat(document[key]) for key in _DAYS}
    return County(**{**document, **days})


def due_json(due: DueForm) -> dict[str, Json]:
    """A form that was due."""
    return known(asdict(due)) | ({} if due.late is None else {"late": due.late})


def due_from_json(document: Json) -> DueForm:
    """A form that was due, of its JSON."""
    blank = dict.fromkeys(("name", "department", "template", "title"), "")
    return DueForm(**{**blank, "place": 0, **document})


def cross_json(one: CrossFinding) -> dict[str, Json]:
    """Something that shows between units, with the places that it is about."""
    usual = {"usual": _place(one.usual)} if one.usual else {}
    return {
        "code": one.code, "severity": one.severity, "about": one.about, "units": one.units,
        "projects": one.projects, "facts": dict(one.facts),
        "places": list(map(_place, one.places)), **usual,
    }  # fmt: skip


def _place(place: Place) -> dict[str, Json]:
    county: dict[str, Json] = {"county": place.form.county} if place.form.county else {}
    return {
        **county, "unit": {"code": place.form.code, "name": place.form.name},
        "project": place.project, "label": place.label, "text": place.text,
        **asdict(place.source),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReadSummary:
    """A summary that was read: counties and what was due at once, all else one after the other."""

    path: FilePath
    counties: tuple[County, ...]
    head: Mapping[str, Json]
    forms: Forms
    #: whether all of it stands in the head, as other programs write it
    whole: bool

    def left_out(self) -> Iterator[LeftOut]:
        """Yield what does not count. Raises InputError or AnswersError where one is none."""
        return self._each("left_out", left_out_from_json)

    def units(self) -> Iterator[UnitSummary]:
        """Yield the submissions. Raises InputError or AnswersError where one is none."""
        return self._each("units", lambda document: unit_from_json(document, self.forms))

    def _each(self, name: str, made: Callable[[Json], T]) -> Iterator[T]:
        for line, document in self._documents(name):
            with refusing(self.path, line):
                of_line(name)(document)
                one = made(document)
            yield one

    def _documents(self, name: str) -> Iterator[tuple[int, Json]]:
        if self.whole:
            yield from ((0, one) for one in self.head[name])
            return
        with SummaryFile(self.path) as file:
            for line, text in _lines_of(file, _start(name)):
                yield line, file.parsed(text, line)

    def with_dues(self) -> ReadSummary:
        """The same, with what was due in its counties; what shows between units is only checked."""
        for _ in self._each("across", lambda document: document):
            pass
        known = {county.name: county for county in self.counties}
        dues: dict[str, list[DueForm]] = {name: [] for name in known}
        for due in self._each("dues", due_from_json):
            dues.setdefault(due.county, []).append(due)
        counties = (
            replace(known.get(name) or County(name=name), dues=tuple(own))
            for name, own in dues.items()
        )
        return replace(self, counties=tuple(counties))


def read_summary(path: FilePath) -> ReadSummary:
    """Read the head of a summary, and what was due.

    Raises InputError for other files and those of another version, AnswersError for no JSON.
    """
    with SummaryFile(path) as file:
        text = file.before(_start(LINES[0]))
        whole = _is_whole(text)
        head = file.parsed(text if whole else text + _NO_LINES, 1)
    _require_format(path, head)
    with refusing(path, 0):
        of_head()(head)
        forms = Forms({name: asked_from_json(one) for name, one in head["forms"].items()})
        counties = tuple(map(county_from_json, head["counties"]))
    return ReadSummary(path, counties, head, forms, whole).with_dues()


def _is_whole(text: str) -> bool:
    """Whether a text ends as documents do: nothing stands in lines of its own."""
    return text.rstrip().endswith(("}", "]"))


def _require_format(path: FilePath, head: Json) -> None:
    """Raise InputError unless this version of ptxl reads the document."""
    found = head.get("format") if isinstance(head, dict) else None
    if found == FORMAT:
        return
    if isinstance(found, str) and found.startswith(_FAMILY):
        raise InputError("summary_newer", path=path, found=found)
    if isinstance(head, dict) and head.keys() >= _OF_FIRST_FORMAT:
        raise InputError("summary_older", path=path)
    raise no_summary(path, 0, phrase("summary_json.other"))


def _lines_of(file: SummaryFile, start: str) -> Iterator[tuple[int, str]]:
    """Yield each line of a list with its number. Raises InputError where it has no end."""
    line, inside = 0, False
    for line, text in file:
        if inside and text.startswith("]"):
            return
        if inside:
            yield line, text.rstrip().removesuffix(",")
        inside = inside or text.startswith(start)
    raise no_summary(file.path, line, phrase("summary_json.cut_short"))
