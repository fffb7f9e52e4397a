"""A summary ↔ its JSON, submission by submission, so that no more than one is held.

The submissions stand last, one in a line: whoever reads knows by then what their forms ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path as FilePath
from typing import Any, TextIO

from ptxl.documents.document import Json, dump, parse_answers
from ptxl.merge.alike import CrossFinding, Place
from ptxl.merge.rows import County, DueForm, UnitSummary
from ptxl.model.errors import InputError
from ptxl.summary.unit_json import (
    Forms,
    asked_from_json,
    asked_json,
    left_out_from_json,
    left_out_json,
    unit_from_json,
)
from ptxl.text import encodable

#: what the key `format` says of a document that this module reads
FORMAT = "ptxl-summary-2"
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
        """Yield the submissions. Raises InputError where one is none."""
        for line in _unit_lines(self.path):
            try:
                yield unit_from_json(parse_answers(line, str(self.path)), self.forms)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise InputError("no_summary", path=self.path, detail=str(error)) from None


def read_summary(path: FilePath) -> ReadSummary:
    """Read the head of a summary. Raises InputError for other files, AnswersError for no JSON."""
    try:
        head = parse_answers(_head_of(path), str(path))
        if head["format"] != FORMAT:
            raise ValueError(head["format"])
        forms = Forms({name: asked_from_json(one) for name, one in head["forms"].items()})
        counties = tuple(map(county_from_json, head["counties"]))
        return ReadSummary(path, counties, head, forms)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError("no_summary", path=path, detail=str(error)) from None


def _head_of(path: FilePath) -> str:
    """Everything before the submissions, as a document of its own."""
    lines: list[str] = []
    with path.open(encoding="utf-8-sig") as text:
        for line in text:
            if line.startswith(_UNITS):
                return "".join(lines) + '"units": []}'
            lines.append(line)
    return "".join(lines)


def _unit_lines(path: FilePath) -> Iterator[str]:
    with path.open(encoding="utf-8-sig") as text:
        for line in text:
            if line.startswith(_UNITS):
                break
        for line in text:
            if line.startswith("]"):
                return
            yield line.rstrip().removesuffix(",")
