"""Files of rules that several templates include: found by name, read once.

A file `NAME.yaml` stands in a folder `_rules` beside the templates, or ships with ptxl.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from ptxl.model.errors import TemplateError
from ptxl.template.shape import check_rule_file
from ptxl.template.source import Faults, Item, read_source

FOLDER = "_rules"


def rule_files(template: Path) -> Callable[[str], Item | None]:
    """What finds the files of rules for a template: beside its folder first, then those shipped."""
    folders = (template.resolve().parent.parent / FOLDER, shipped("templates") / FOLDER)

    def find(name: str) -> Item | None:
        if not re.fullmatch("[a-z0-9-]+", name):
            return None
        paths = (folder / f"{name}.yaml" for folder in folders)
        return next((_read(path) for path in paths if path.is_file()), None)

    return find


def find_constants(name: str, folders: Iterable[Path]) -> dict[str, object]:
    """The constants of the file of that name that ships, and over them those of the first found.

    Raises TemplateError when one of its own has no counterpart, or is of another type.
    """
    default = constants_of(_read(shipped("templates") / FOLDER / f"{name}.yaml"))
    paths = (folder / FOLDER / f"{name}.yaml" for folder in folders)
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        return default
    file = _read(path)
    own, faults = constants_of(file), Faults(str(path))
    for key, value in own.items():
        if type(value) is not type(default.get(key)):
            faults.add(file.map["constants"].map[key], f'"{key}" is no such constant')
    if faults:
        raise TemplateError(faults.sorted())
    return {**default, **own}


def constants_of(file: Item) -> dict[str, object]:
    """The constants of a file of rules: numbers, texts, or lists of texts."""
    constants = file.map.get("constants")
    return {key: plain(value) for key, value in constants.map.items()} if constants else {}


def plain(item: Item) -> object:
    """A constant: a number, a text, or a list of texts."""
    return tuple(str(entry.scalar) for entry in item.list) if item.list else item.scalar


@cache
def _read(path: Path) -> Item:
    """A file of rules. Raises TemplateError with all its faults."""
    faults = Faults(str(path))
    root = read_source(path, faults)
    check_rule_file(root, faults)
    if faults:
        raise TemplateError(faults.sorted())
    return root


def shipped(name: str) -> Path:
    """A folder that ships with ptxl: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "shipped" / name
    return inside if inside.is_dir() else package.parent / name
