"""A summary ↔ its JSON, submission by submission, so that no more than one is held.

The submissions stand last, one in a line: whoever reads knows by then what their forms ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path as FilePath
from typing import Any, TextIO

from ptxl.documents.document import Json, dump
from ptxl.merge.alike import CrossFinding, Place
from ptxl.merge.rows import County, DueForm, UnitSummary
from ptxl.model.errors import InputError
from ptxl.summary.schema import FORMAT, of_head, of_unit
from ptxl.summary.summary_file import SummaryFile, no_summary, refusing
from ptxl.summary.unit_json import (
    Forms,
    asked_from_json,
    asked_json,
    left_out_from_json,
    left_out_json,
    unit_from_json,
)
from ptxl.text import encodable
from ptxl.words import phrase

#: how the formats of all versions begin, but that of the first, which had these keys
_FAMILY = "ptxl-summary-"
_OF_FIRST_FORMAT = frozenset({"units", "totals", "left_out"})
_UNITS = '"units": ['
_DAYS = ("made", "deadline")


def write_summary(
    target: TextIO, head: Mapping[str, Json], forms: Forms, units: Iterable[str]
) -> None:
    """Write a summary: what `head` holds, what forms ask, then each submission as JSON text."""
    asked = {name: asked_json(forms.by_name[name]) for name in sorted(forms.by_name)}
    text = dump({"format": FORMAT, **head, "forms": asked})
    target.write(encodable(text.rstrip().removesuffix("}").rstrip()) + f",\n{_UNITS}")
    separator = "\n"
    for unit in units:
        target.write(separator + encodable(unit))
        separator = ",\n"
    target.write("\n]\n}\n")


def county_json(county: County) -> dict[str, Json]:
    """What is said of a county beside its forms."""
    entry = asdict(replace(county, dues=(), left_out=()))
    days = {key: entry[key].isoformat() if entry[key] else None for key in _DAYS}
    return {
        **entry, **days,
        "dues": [_known(asdict(due)) for due in county.dues],
        "left_out": [left_out_json(left) for left in county.left_out],
    }  # fmt: skip


def county_from_json(document: Json) -> County:
    """A county of its JSON."""
    days = {key: document[key] and date.fromisoformat(document[key]) for key in _DAYS}
    name = document["name"]
    return County(**{
        **document, **days,
        "dues": tuple(_due(due) for due in document["dues"]),
        "left_out": tuple(left_out_from_json(left, name) for left in document["left_out"]),
    })  # fmt: skip


def _due(document: Json) -> DueForm:
    return DueForm(**{"department": "", "place": 0, "name": "", "title": "", **document})


def _known(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if value}


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
    """A summary that was read: its counties at once, its submissions one after the other."""

    path: FilePath
    counties: tuple[County, ...]
    head: Mapping[str, Json]
    forms: Forms

    def units(self) -> Iterator[UnitSummary]:
        """Yield the submissions. Raises InputError or AnswersError where one is none."""
        for one in self.head["units"]:  # of a file that another program wrote anew
            yield self._unit(one, 0)
        with SummaryFile(self.path) as file:
            for line, text in _unit_lines(file):
                yield self._unit(file.parsed(text, line), line)

    def _unit(self, document: Json, line: int) -> UnitSummary:
        with refusing(self.path, line):
            of_unit()(document)
            return unit_from_json(document, self.forms)


def read_summary(path: FilePath) -> ReadSummary:
    """Read the head of a summary, all before its submissions.

    Raises InputError for other files and those of another version, AnswersError for no JSON.
    """
    with SummaryFile(path) as file:
        text = file.before(_UNITS)
        head = file.parsed(text if _is_whole(text) else text + _UNITS + "]}", 1)
    _require_format(path, head)
    with refusing(path, 0):
        of_head()(head)
        forms = Forms({name: asked_from_json(one) for name, one in head["forms"].items()})
        counties = tuple(map(county_from_json, head["counties"]))
    return ReadSummary(path, counties, head, forms)


def _is_whole(text: str) -> bool:
    """Whether a text ends as documents do: submissions stand in no lines of their own."""
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


def _unit_lines(file: SummaryFile) -> Iterator[tuple[int, str]]:
    """Yield each submission with the number of its line. Raises InputError without an end."""
    line, inside = 0, False
    for line, text in file:
        if inside and text.startswith("]"):
            return
        if inside:
            yield line, text.rstrip().removesuffix(",")
        inside = inside or text.startswith(_UNITS)
    if inside:
        raise no_summary(file.path, line, phrase("summary_json.cut_short"))
