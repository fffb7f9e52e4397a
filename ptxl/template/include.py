"""Files of rules that several templates include: found by name, decoded once; their constants.

A file `NAME.yaml` stands in a folder `_rules` beside the templates, or ships with ptxl.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from ptxl.cache import kept, key_of
from ptxl.model.errors import Fault, Origin
from ptxl.template.decode import One, names_in, origin_of
from ptxl.template.faults import Faults, Stop, bytes_of
from ptxl.template.folders import RULES, TABLES, rule_folders, shipped
from ptxl.template.leaves import Scope, Written, top_scope
from ptxl.template.source import read_source, read_table
from ptxl.template.specs import (
    ConstantSpec,
    InclusionSpec,
    RuleFileSpec,
    TemplateSpec,
    decode_rule_file,
)

#: what the constant with the second column of a table is called by, behind the name of the first
INSTEAD = "_instead"


def read_rule_file(path: Path, faults: Faults) -> RuleFileSpec:
    """A file of rules; what is wrong with its shape is noted, at its own lines."""
    stat = path.stat()
    spec, found = _read(path, stat.st_mtime_ns, stat.st_size)
    faults.extend(found)
    return spec


#: a file of rules as far as it can be read, and its faults
_RuleFile = tuple[RuleFileSpec, tuple[Fault, ...]]


@lru_cache(maxsize=64)
def _read(path: Path, changed: int, size: int) -> _RuleFile:
    """A file as it is now; kept for the next run, since YAML takes longer to read than all else."""
    try:
        data = bytes_of(path, Faults())
    except Stop:
        return _decoded(path)
    return kept(key_of("rules", str(path), data), lambda: _decoded(path))


def _decoded(path: Path) -> _RuleFile:
    faults = Faults()
    spec = One(RuleFileSpec).absent(Origin(str(path), 1))
    with faults.survived(path):
        spec = decode_rule_file(read_source(path, faults), faults)
    return spec, faults.sorted()


class RuleFiles:
    """The files of rules that a template may include: those beside it, then those shipped."""

    def __init__(self, template: Path) -> None:
        self._folders = rule_folders(template)

    def find(self, name: str, faults: Faults) -> RuleFileSpec | None:
        """The file of that name; None when there is none."""
        if not re.fullmatch("[a-z0-9-]{1,100}", name):
            return None
        for folder in self._folders:
            path = folder / f"{name}.yaml"
            if path.is_file():
                return read_rule_file(path, faults)
        return None

    def every(self, faults: Faults) -> Iterator[RuleFileSpec]:
        """All files of rules that a template may include."""
        for folder in dict.fromkeys(self._folders):
            for path in sorted(folder.glob("*.yaml")):
                yield read_rule_file(path, faults)


def inclusions(template: TemplateSpec) -> Iterator[InclusionSpec]:
    """Every place where a template includes a file of rules."""
    for rules in (template.rules, *(sheet.rules for sheet in template.sheets)):
        yield from (spec for spec in rules if isinstance(spec, InclusionSpec))


def names_used(template: TemplateSpec, files: RuleFiles) -> frozenset[str]:
    """The names that a template asks for, in its own texts and in the rules that it includes."""
    names = set(names_in(template))
    for inclusion in inclusions(template):
        file = files.find(inclusion.include.written, Faults())
        names |= names_in(file)
    return frozenset(names)


def constant_value(spec: ConstantSpec, scope: Scope) -> object:
    """A constant: a number, a text, or the texts of a list."""
    if isinstance(spec, tuple):
        return tuple(leaf.of(scope) for leaf in spec)
    return spec.value(scope)


def constants_of(file: RuleFileSpec, scope: Scope) -> dict[str, object]:
    """The constants of a file of rules, those from its tables included."""
    constants = {key: constant_value(spec, scope) for key, spec in file.constants.items()}
    return {**constants, **words_in_tables(file, scope.faults)}


def words_in_tables(file: RuleFileSpec, faults: Faults) -> Mapping[str, tuple[str, ...]]:
    """The constants that a file of rules makes of its tables."""
    found: dict[str, tuple[str, ...]] = {}
    for name, leaf in file.tables.items():
        found.update(_table(name, leaf, faults))
    return found


def _table(name: str, leaf: Written, faults: Faults) -> Mapping[str, tuple[str, ...]]:
    """The words of a table, and beside each what is to be written instead, or ""."""
    origin = leaf.origin
    if not re.fullmatch(f"{TABLES}/[a-z0-9-]{{1,100}}.txt", leaf.written):
        faults.add(origin, "no_table_name", name=leaf.written)
        return {name: ()}
    path = Path(origin.place).parent / leaf.written
    changed = path.stat().st_mtime_ns if path.is_file() else 0
    lines, found = _lines(path, changed)
    faults.extend(found)
    return {
        name: tuple(line[0] for line in lines),
        f"{name}{INSTEAD}": tuple(line[1] if len(line) > 1 else "" for line in lines),
    }


@lru_cache(maxsize=64)
def _lines(path: Path, changed: int) -> tuple[Sequence[Sequence[str]], tuple[Fault, ...]]:
    faults = Faults()
    lines: Sequence[Sequence[str]] = ()
    with faults.survived(path):
        lines = read_table(path, faults)
    return lines, faults.sorted()


def find_constants(name: str, folders: Iterable[Path]) -> Mapping[str, object]:
    """The constants of the file of that name that ships, and over them those of the first found.

    Raises TemplateError when one of its own has no counterpart, or is of another type.
    """
    faults = Faults()
    with faults.raised(name):
        return _constants(name, folders, top_scope({}, faults))


def _constants(name: str, folders: Iterable[Path], scope: Scope) -> Mapping[str, object]:
    faults = scope.faults
    default = read_rule_file(shipped("templates") / RULES / f"{name}.yaml", faults)
    constants = constants_of(default, scope)
    paths = [folder / RULES / f"{name}.yaml" for folder in folders]
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        return constants
    own = read_rule_file(path, faults)
    for key, spec in own.constants.items():
        value = constant_value(spec, scope)
        alike = type(value) is type(constants.get(key))
        faults.expect(alike, origin_of(spec, own.origin), "constant_differs", name=key)
        constants[key] = value
    return constants
