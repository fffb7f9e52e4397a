"""Forms as functions: issue them to units, sign them, and say which one a unit was issued."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ptxl.documents.document import Json
from ptxl.inputs import AnyPath
from ptxl.layout.identity import identify
from ptxl.model.errors import (
    AnswersError,
    Fault,
    OptionError,
    OutputError,
    RosterError,
    SigningKeyError,
    system_reason,
)
from ptxl.model.form import Form, Unit, fill_text
from ptxl.model.layout import Layout
from ptxl.model.submission import Identity
from ptxl.outputs import (
    file_name,
    one_file,
    write_each,
)
from ptxl.renew.fill import prefill_form
from ptxl.renew.follow import Approved, Following, parameters_of
from ptxl.renew.prefill import read_prefill
from ptxl.roster import UnitsOfForm, check_units, read_units_of_form
from ptxl.template import NO_LOCAL, Local, Template, Templates, load_template
from ptxl.write.stencil import Stencil

_SHORTEST_KEY = 16


def generate(
    template: AnyPath,
    roster: AnyPath | Iterable[Unit],
    folder: AnyPath,
    *,
    parameters: Mapping[str, object] | None = None,
    prefill: Mapping[str, Json] | AnyPath | None = None,
    approved: Mapping[str, Approved] | None = None,
    password: str = "",
    key: bytes = b"",
    overwrite: bool = False,
    local: Local = NO_LOCAL,
) -> list[Path]:
    """Write one locked workbook per unit, named by code, name and title; return their paths.

    Where the roster has a column for kinds of form, units that fill in others are left out.
    `prefill` holds answers by unit code (JSON in our vocabulary), or is the path of a table or of
    JSON that does. `approved` is what an earlier stage came to (`read_approved`): each form prints
    what was approved of its unit, and units without any get none. With the `key` of a round
    (`load_key`) each form is signed. A county's own rules (`read_local`) stand on the self-check
    like those of the template. Raises TemplateError, RosterError or AnswersError before the first
    file is written, or when an answer has no place; OptionError for a password that is not ASCII;
    OutputError rather than replace a file that differs, unless told to `overwrite`.
    """
    if not password.isascii():
        raise OptionError("password_not_ascii")
    loaded = load_template(template, local)
    loaded.check_used(parameters or {})
    layout = _layout(loaded, parameters or {}, approved)
    units = _units(roster, loaded, approved)
    paths = _form_paths(Path(folder), units, layout.form)
    if isinstance(prefill, str | Path):
        prefill = read_prefill(prefill, layout, units)
    given = prefill or {}
    _require_units(given, units)
    templates = Templates([template], local)
    if approved is None:
        forms = _forms(Stencil(layout, password, key), units, given, templates)
    else:
        following = Following(loaded, parameters or {}, templates, password=password, key=key)
        forms = (following.form(unit, approved[unit.code]) for unit in units)
    write_each(_to_write(zip(paths, forms, strict=True), overwrite=overwrite))
    return paths


def _layout(
    template: Template, parameters: Mapping[str, object], approved: Mapping[str, Approved] | None
) -> Layout:
    """The form by which files are named: any of those that print what was approved will do."""
    first = next(iter((approved or {}).values()), None)
    return template.layout({**(parameters_of(template, first) if first else {}), **parameters})


def _units(
    roster: AnyPath | Iterable[Unit], template: Template, approved: Mapping[str, Approved] | None
) -> tuple[Unit, ...]:
    """The units that get a form: where a stage is followed, those of which something was approved.

    Raises RosterError.
    """
    if isinstance(roster, str | Path):
        units = read_units_of_form(Path(roster), template).units
    else:
        units = check_units(tuple(roster))
    return tuple(unit for unit in units if approved is None or unit.code in approved)


def _forms(
    stencil: Stencil, units: Iterable[Unit], given: Mapping[str, Json], templates: Templates
) -> Iterator[bytes]:
    """Make the form of each unit, with the answers that are given for it."""
    for unit in units:
        if answers := given.get(unit.code):
            yield prefill_form(stencil, unit, answers, templates, f"prefill {unit.code}")
        else:
            yield stencil.stamp(unit)


def units_of_form(template: AnyPath, roster: AnyPath) -> UnitsOfForm:
    """The units of a roster that fill in the form of a template, and how many others there are.

    They are all, where the roster has no column for kinds of form.
    """
    return read_units_of_form(Path(roster), load_template(template))


def form_file_name(unit: Unit, form: Form, beside: Iterable[Form] = ()) -> str:
    """The name of the form of a unit: code, name and title.

    Where one of the forms `beside` it has the same title, what the form is called for short stands
    in it too, or the id of its template.
    """
    title = fill_text(form.title, {})
    others = [each for each in beside if each.template != form.template]
    if any(fill_text(each.title, {}) == title for each in others):
        short = form.short
        if any(each.short == short for each in others):
            short = form.template
        title = f"{title}_{short or form.template}"
    return f"{file_name(unit.code, unit.name, title)}.xlsx"


def _form_paths(folder: Path, units: Iterable[Unit], form: Form) -> list[Path]:
    """Name each form by its unit and its title, so that two forms of a unit lie side by side."""
    names = [form_file_name(unit, form) for unit in units]
    uses = Counter(map(one_file, names))
    twice = sorted({name for name in names if uses[one_file(name)] > 1})
    if twice:
        facts = {"names": tuple(twice)}
        raise RosterError([Fault(place="roster", code="roster.same_file", facts=facts)])
    return [folder / name for name in names]


def _require_units(prefill: Mapping[str, Json], units: Iterable[Unit]) -> None:
    """Raise AnswersError when there are answers of a unit that the roster does not name."""
    unknown = sorted(set(prefill) - {unit.code for unit in units})
    if unknown:
        facts = {"codes": tuple(unknown)}
        raise AnswersError([Fault(place="prefill", code="roster.no_such_units", facts=facts)])


def _to_write(
    forms: Iterable[tuple[Path, bytes]], *, overwrite: bool
) -> Iterator[tuple[Path, bytes]]:
    """Pass forms on. Raises OutputError rather than replace a file that differs."""
    for path, data in forms:
        if path.exists() and not overwrite and path.read_bytes() != data:
            raise OutputError("exists_and_differs", path=path)
        yield path, data


def load_key(path: AnyPath) -> bytes:
    """The key of a round: all that a file holds, white space around it aside.

    Raises SigningKeyError when that is less than 16 bytes: who can guess a key can sign.
    """
    try:
        key = Path(path).read_bytes().strip()
    except OSError as error:
        raise SigningKeyError("unreadable_file", path=path, detail=system_reason(error)) from None
    if len(key) < _SHORTEST_KEY:
        raise SigningKeyError("key_too_short", path=path, least=_SHORTEST_KEY)
    return key


def identity(
    template: AnyPath,
    roster: AnyPath,
    code: str,
    *,
    parameters: Mapping[str, object] | None = None,
    round: str = "",
) -> Identity:
    """The identity of the form that was issued to one unit of a roster, in a round if it was."""
    loaded = load_template(template)
    units = {unit.code: unit for unit in read_units_of_form(Path(roster), loaded).units}
    if code not in units:
        facts = {"codes": (code,)}
        raise RosterError([Fault(place=str(roster), code="roster.no_such_units", facts=facts)])
    layout = loaded.layout(parameters or {})
    return identify(layout, units[code], round=round)
