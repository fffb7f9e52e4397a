"""Files of rules that several templates include: found by name, read once.

A file `NAME.yaml` stands in a folder `_rules` beside the templates, or ships with ptxl.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from ptxl.errors import TemplateError
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
