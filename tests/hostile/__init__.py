"""Hostile and odd files, made from a real form: `python -m tests.hostile FOLDER` writes them all.

What each must come to stands in `data/hostile.tsv`: the code of a refusal; `same`, when what is
read is what is read from the whole form; `form`, when it is a form that says something else; and
after `same` or `form` the codes of findings that the whole form of that format has not.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.handmade import unzipped
from tests.hostile.cells import cells
from tests.hostile.compounds import compounds
from tests.hostile.containers import containers
from tests.hostile.markup import markup
from tests.hostile.opendocuments import opendocuments
from tests.hostile.others import other_files
from tests.hostile.package import package
from tests.hostile.sheets import sheets
from tests.hostile.whole import Case, Form, filled_form, whole_forms
from tests.shared import made_once

__all__ = ["TABLE", "cases", "filled_form", "shared_files", "whole_forms", "write"]

TABLE = ROOT / "tests" / "data" / "hostile.tsv"


def cases(data: bytes) -> Iterator[Case]:
    """All of them, by name."""
    form = Form(unzipped(data))
    yield from other_files(form)
    yield from containers(data, form)
    yield from markup(form)
    yield from package(form)
    yield from sheets(form)
    yield from cells(form)
    yield from compounds(data)
    yield from opendocuments(data)


def shared_files(folders: pytest.TempPathFactory) -> Path:
    """The folder with all of them, written once in a run; nobody may change it."""
    return made_once("hostile", folders, _written)


def _written(folder: Path) -> Path:
    write(folder)
    return folder


def write(folder: Path) -> list[str]:
    """Write all of them, and the whole forms; their names."""
    data = filled_form()
    for kind, whole in whole_forms(data).items():
        (folder / f"whole.{kind}").write_bytes(whole)
    names = []
    for name, content in cases(data):
        assert name not in names, name
        (folder / name).write_bytes(content)
        names.append(name)
    return names
