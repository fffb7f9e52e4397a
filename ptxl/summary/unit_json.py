"""UnitSummary ↔ its JSON in a summary: the answers in the vocabulary of all templates, and cells.

What a form asks is the same for many units, and is written once, under a name.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

from ptxl.documents.document import Json, dump
from ptxl.merge.figures import Asks, project_sums
from ptxl.merge.rows import (
    TABLE,
    Answer,
    Asked,
    FormOf,
    LeftOut,
    Noted,
    ProjectMoney,
    Sum,
    UnitSummary,
)
from ptxl.merge.views import View
from ptxl.model.path import TOP, Path
from ptxl.values.kinds import KINDS
from ptxl.values.money import YUAN
from ptxl.values.target_value import TargetValue, target_json

_DATES = ("date_from", "date_to")
_NUMBERS = ("number", "upper")
#: what JSON holds of the kinds whose values are no texts
_JSON_OF: Mapping[str, Any] = {
    "target": dict, TABLE: (),
    **{name: (int, Decimal) for name, kind in KINDS.items() if kind.type == "number"},
}  # fmt: skip
_EXCEPTION = ("reason", "approver", "expiry")


@dataclass(slots=True)
class Forms:
    """What forms ask, each under a name of its own."""

    by_name: dict[str, Mapping[Path, Asked]] = field(default_factory=dict)
    #: by template and all that is asked: making a name puts it into words
    _names: dict[tuple[str, Asks], str] = field(default_factory=dict)

    def name_of(self, template: str, asked: Mapping[Path, Asked]) -> str:
        """Return the name under which this is kept, and keep it if it is new."""
        key = template, tuple(asked.items())
        if key in self._names:
            return self._names[key]
        text = dump(asked_json(asked), indent=None)
        name = f"{template}-{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
        self.by_name.setdefault(name, asked)
        self._names[key] = name
        return name


def asked_json(asked: Mapping[Path, Asked]) -> dict[str, Json]:
    """What a form asks: label, kind and unit by name."""
    return {str(name): known(asdict(one)) for name, one in asked.items()}


def asked_from_json(document: Mapping[str, Any]) -> dict[Path, Asked]:
    """What a form asks, of its JSON."""
    return {Path(name): Asked(**{"label": "", **one}) for name, one in document.items()}


def unit_json(view: View, forms: Forms) -> dict[str, Json]:
    """The JSON of one submission in a summary."""
    unit = view.unit
    tree: dict[str | int, Any] = {}
    cells, unread = {}, []
    for path, text in unit.given.items():
        _put(tree, path, text)
    for answer in unit.answers:
        _put(tree, answer.path, _value_json(answer.value))
        cells[str(answer.path)] = f"{answer.sheet}!{answer.cell}"
        if answer.value is None:
            unread.append(str(answer.path))
    return {
        **form_json(unit.form),
        "file": unit.file,
        "asked": forms.name_of(unit.form.template, unit.asked),
        "shared": {name: list(pair) for name, pair in unit.shared.items()},
        "signed": unit.signed,
        "answers": _listed(tree),
        "sums": {str(name): one.value for name, one in project_sums(unit, view).items()},
        "cells": cells,
        "unread": unread,
        "findings": [noted_json(one) for one in unit.found],
        **({"not_asked": sorted(unit.not_asked)} if unit.not_asked else {}),
    }


def unit_from_json(document: Json, forms: Forms) -> UnitSummary:
    """The submission of its JSON, which obeys the schema.

    Raises KeyError or ValueError where answers, cells and what the form asks do not fit together.
    """
    asked = forms.by_name[document["asked"]]
    leaves: dict[str, Json] = {}
    _leaves(document["answers"], "", leaves)
    cells, unread = document["cells"], set(document["unread"])
    answers = []
    for text, place in cells.items():
        path = Path(text)
        name = _name(path, asked)
        sheet, _, cell = place.rpartition("!")
        kind, leaf = asked[name].kind, leaves[text]
        value = None if text in unread else _value(leaf, kind)
        answers.append(Answer(path=path, name=name, value=value, sheet=sheet, cell=cell))
    return UnitSummary(
        file=document["file"],
        form=form_from_json(document),
        asked=asked,
        answers=tuple(answers),
        given=dict(_given(leaves, cells)),
        found=tuple(map(noted_from_json, document["findings"])),
        shared={name: (str(pair[0]), str(pair[1])) for name, pair in document["shared"].items()},
        signed=document["signed"],
        not_asked=frozenset(map(Path, document.get("not_asked", ()))),
    )


def form_json(form: FormOf) -> dict[str, Json]:
    """Whose form it is, and which."""
    county: dict[str, Json] = {"county": form.county} if form.county else {}
    return {
        **county,
        "unit": {"code": form.code, "name": form.name, "department": form.department},
        "form": {
            "template": form.template,
            "edition": form.edition,
            "serial": form.serial,
            "title": form.title,
        },
        "place": form.place,
    }


def form_from_json(document: Json) -> FormOf:
    """Whose form it is, of its JSON."""
    return FormOf(
        **document["unit"],
        **document["form"],
        county=document.get("county", ""),
        place=document["place"],
    )


def noted_json(one: Noted) -> dict[str, Json]:
    """A finding as in every document, with its title; an exception says why and until when."""
    entry = asdict(one)
    exception = known({key: entry.pop(key) for key in _EXCEPTION})
    return known({**entry, "exception": exception})


def noted_from_json(document: Json) -> Noted:
    """A finding of its JSON."""
    entry = {key: value for key, value in document.items() if key != "exception"}
    exception = document.get("exception", {})
    return Noted(**{"title": "", "message": "", **entry, **exception})


def left_out_json(left: LeftOut) -> dict[str, Json]:
    """A file that is not in the summary, and why."""
    county = {"county": left.county} if left.county else {}
    return {
        **county,
        **(form_json(left.form) if left.form else {}),
        "file": left.file,
        "projects": left.projects,
        "amount": {
            "value": left.amount.value, "count": left.amount.count, "unread": left.amount.unread,
        },
        "signed": left.signed,
        "findings": [noted_json(one) for one in left.found],
        **({"money": [asdict(one) for one in left.money]} if left.money else {}),
        **({"currency": left.currency} if left.currency != YUAN else {}),
    }  # fmt: skip


def left_out_from_json(document: Json) -> LeftOut:
    """A file that is not in the summary, of its JSON."""
    amount = document["amount"]
    return LeftOut(
        file=document["file"],
        found=tuple(map(noted_from_json, document["findings"])),
        form=form_from_json(document) if "form" in document else None,
        projects=document["projects"],
        amount=Sum(Decimal(amount["value"]), amount["count"], amount["unread"]),
        signed=document["signed"],
        county=document.get("county", ""),
        money=tuple(map(_money_from_json, document.get("money", ()))),
        currency=document.get("currency", YUAN),
    )


def _money_from_json(document: Json) -> ProjectMoney:
    return ProjectMoney(**{**document, "amount": _exact(document["amount"])})


def known(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An object without the keys that have no value."""
    return {key: value for key, value in entry.items() if value}


# -- paths and trees


def _name(path: Path, asked: Mapping[Path, Asked]) -> Path:
    """The path without the numbers of rows of tables, as `asked` calls it."""
    name = path.pattern
    if name in asked:
        return name
    name = TOP
    for step in path.steps:
        table = Path(f"{name}[]")
        name = table if isinstance(step, int) and table in asked else name / step
    return name


def _put(tree: dict[str | int, Any], path: Path, value: Json) -> None:
    *outer, last = path.steps
    for step in outer:
        tree = tree.setdefault(step, {})
    tree[last] = value


def _listed(tree: Any) -> Json:
    """A tree with its numbered branches as lists; null stands where nothing was answered."""
    if not isinstance(tree, dict):
        return tree
    if tree and all(isinstance(key, int) for key in tree):
        return [_listed(tree.get(number)) for number in range(max(tree) + 1)]
    return {str(key): _listed(value) for key, value in tree.items()}


def _leaves(document: Json, path: str, found: dict[str, Json]) -> None:
    """Find every answer and printed text by its path; null where there is none."""
    if isinstance(document, list):
        for number, one in enumerate(document):
            _leaves(one, f"{path}[{number}]", found)
    elif isinstance(document, dict) and "raw" not in document:
        joint = f"{path}." if path else ""
        for name, one in document.items():
            _leaves(one, joint + name, found)
    else:
        found[path] = document


def _value_json(value: object) -> Json:
    if isinstance(value, TargetValue):
        return target_json(value)
    return value.isoformat() if isinstance(value, date) else value


def _given(leaves: Mapping[str, Json], cells: Container[str]) -> Iterator[tuple[Path, str]]:
    for path, text in leaves.items():
        if path not in cells and text is not None:
            if not isinstance(text, str):
                raise ValueError(path)
            yield Path(path), text


def _value(document: Any, kind: str) -> str | Decimal | date | TargetValue:
    """The value of a kind. Raises ValueError for JSON of another."""
    own = _JSON_OF.get(kind, str)
    if not isinstance(document, own):
        raise ValueError(kind)
    if own is dict:
        days = {key: date.fromisoformat(document[key]) for key in _DATES if key in document}
        numbers = {key: _exact(document.get(key)) for key in _NUMBERS}
        return TargetValue(**document | days | numbers)
    return date.fromisoformat(document) if kind == "date" else _exact(document)


def _exact(value: Any) -> Any:
    """A whole number as a Decimal too, as all numbers are."""
    return Decimal(value) if isinstance(value, int) else value
