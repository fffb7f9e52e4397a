"""What a template prints of the stage that it follows → faults: what is not there or not fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from ptxl.model.errors import Origin
from ptxl.model.form import FORM_FACTS, Field, Form
from ptxl.model.path import Path
from ptxl.template.cells import Carries
from ptxl.template.decode import walk
from ptxl.template.faults import Faults
from ptxl.template.leaves import Leaf
from ptxl.template.specs import EarlierSpec, RepeatSpec, TableSpec, TemplateSpec
from ptxl.values.kinds import KINDS

#: kinds of parameters that say how much is printed
_HOW_MUCH = ("integer", "counts", "flag")
#: what a flag is taken from: that there is an earlier form at all
_FORM = "form"


def check_words(template: TemplateSpec, faults: Faults) -> bool:
    """Whether a template follows another one and says all that this takes; else that is a fault."""
    taken = [spec for spec in template.parameters.values() if spec.from_.given]
    if not template.follow:
        for leaf in _words(template):
            faults.add(leaf.origin, "from_without_follow")
        return False
    faults.expect(taken, template.follow[0].origin, "follow_without_parameter")
    for spec in taken:
        facts = {"kinds": _HOW_MUCH}
        fits = spec.kind.written in _HOW_MUCH
        faults.expect(fits, spec.kind.origin, "carried_parameter", **facts)
    for found in filter(_is_repeated, walk(template)):
        assert isinstance(found, RepeatSpec | TableSpec)
        both = found.from_.given == found.carried.given
        faults.expect(both, found.origin, "carried_and_from")
        if isinstance(found, TableSpec) and found.from_.given:
            free = found.layout.written == "free"
            faults.expect(free, found.layout.origin, "carried_not_free")
    return True


def _is_repeated(spec: object) -> bool:
    return isinstance(spec, RepeatSpec | TableSpec)


def _words(template: TemplateSpec) -> Iterator[Leaf]:
    """Every `from` and `carried` in a template."""
    for spec in walk(template):
        words = (getattr(spec, name, None) for name in ("from_", "carried"))
        yield from (leaf for leaf in words if isinstance(leaf, Leaf) and leaf.given)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the earlier stage asks or prints in one place."""

    kind: str
    unit: str = ""
    longest: int = 0
    #: what is printed there, in a row of a table
    texts: frozenset[str] = frozenset()


def check_follow(
    template: TemplateSpec, followed: EarlierSpec, carries: Iterable[Carries],
    earlier: Iterable[Form], faults: Faults,
) -> None:  # fmt: skip
    """Fault what is printed of the earlier stage, if the forms of a template that is `followed` do
    not have that, or have another kind of answer there."""
    asked: dict[str, _Asked] = {f"{_FORM}.{name}": _Asked("text") for name in FORM_FACTS}
    tables: set[str] = set()
    for form in earlier:
        asked |= _asked(form, asked)
        tables |= {table.path.pattern for table in form.tables}
    facts = {"template": followed.id.written}
    _check_called(followed, carries, faults)
    # A list of plain answers may stand where there is one answer here.
    asked |= {name.removesuffix("[]"): one for name, one in asked.items() if name.endswith("[]")}
    for one in carries:
        called = followed.called.get(one.earlier.below(one.earlier.row))
        name = _name_there(one.earlier, called.written if called else "")
        names = set(asked) if one.field else tables
        origin = called.origin if called else one.origin
        if faults.known(name, names, origin, "not_in_earlier", **facts) and one.field:
            _check_fit(one.field, asked[name], one.words, origin, faults, name=name)
    for spec in template.parameters.values():
        if spec.from_.given:
            known = {_FORM} if spec.kind.written == "flag" else tables
            faults.known(spec.from_.written, known, spec.from_.origin, "not_in_earlier", **facts)


def _name_there(earlier: Path, called: str) -> str:
    """Where an answer stands in the earlier stage, which may call it otherwise."""
    if not called:
        return str(earlier.pattern)
    return called if Path(called).is_under(_FORM) else str((earlier.row / called).pattern)


def _check_called(followed: EarlierSpec, carries: Iterable[Carries], faults: Faults) -> None:
    """Fault other names for what is not printed of the earlier stage at all."""
    names = {str(one.earlier.below(one.earlier.row)) for one in carries if one.field}
    for name, there in followed.called.items():
        faults.known(name, names, there.origin, "nothing_called")


def _asked(form: Form, before: Mapping[str, _Asked]) -> Mapping[str, _Asked]:
    """What a form asks and prints that is data, by path without numbers.

    What is printed adds up with that of the forms `before`, which other parameters make.
    """
    found: dict[str, _Asked] = {}
    for cell in form.cells():
        if cell.path:
            found[cell.path.pattern] = _Asked("text")
    for row in chain(*(table.rows for table in form.tables)):
        for name, text in row.given.items():
            path = (row.path / name).pattern
            known = found.get(path) or before.get(path) or _Asked("text")
            found[path] = _Asked("text", texts=known.texts | {text})
    for field in form.fields():
        found[field.path.pattern] = _Asked(field.kind, field.unit, field.longest)
        if field.tick:
            found[field.answer.pattern] = _Asked("choice")
        if field.part:
            found[Path(field.path).parent.pattern] = _Asked("target")
    return found


def _check_fit(
    field: Field, asked: _Asked, words: Sequence[str], origin: Origin, faults: Faults, name: str
) -> None:
    """Fault a field that cannot hold what the earlier stage answered."""
    # A category that one form prints may be chosen in the next, if it stands in the list there.
    kind = "choice" if field.tick else field.kind
    listed = asked.texts and kind == "choice" and asked.texts <= set(words)
    if not listed and not _fits(asked.kind, kind):
        facts = {"name": name, "wanted": kind, "found": asked.kind}
        faults.add(origin, "kind_unfit", **facts)
    elif KINDS[field.kind].is_money and asked.unit != field.unit:
        faults.add(origin, "unit_unfit", name=name, wanted=field.unit, found=asked.unit)
    elif field.longest and asked.longest > field.longest:
        faults.add(origin, "longer_in_earlier", name=name, longest=asked.longest)


def _fits(earlier: str, kind: str) -> bool:
    """Whether a field of a kind can hold the answers to one of another kind."""
    if kind in ("text", "long_text"):
        return KINDS[earlier].type == "text"
    return earlier == kind or (earlier, kind) == ("integer", "number")
