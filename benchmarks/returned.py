"""Filled forms as they come back, for measuring: some units of one template, half of the files
saved by LibreOffice where that is installed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

from ptxl.documents.document import load_answers
from ptxl.model.form import Unit
from ptxl.renew.fill import fill_form
from ptxl.template import Templates, load_template, shipped
from ptxl.write.stencil import Stencil

TEMPLATE, PARAMETERS = "hebei-department", {"projects": 2}
#: files that LibreOffice is given at a time
_LOT = 50


def units(count: int) -> list[Unit]:
    """Schools of one department."""
    return [
        Unit(code=f"{101001 + n}", name=f"清源县第{n}中学", department="清源县教育局")
        for n in range(count)
    ]


def write_roster(path: Path, count: int) -> Path:
    """Write a roster of units as CSV."""
    lines = [f"{one.code},{one.name},{one.department}" for one in units(count)]
    path.write_text("\n".join(["单位编码,单位名称,主管部门", *lines]), encoding="utf-8")
    return path


def write_returned(folder: Path, count: int, *, by_office: bool = False) -> list[Path]:
    """Write the filled forms of so many units; every other one is saved `by_office` again."""
    folder.mkdir(parents=True)
    paths = [folder / f"{one.code}_{one.name}.xlsx" for one in units(count)]
    with ProcessPoolExecutor() as pool:
        for path, data in zip(paths, pool.map(_filled, units(count), chunksize=20), strict=True):
            path.write_bytes(data)
    if by_office:
        _save_by_office(paths[::2], folder.with_name(f"{folder.name}-saved"))
    return paths


def has_office() -> bool:
    """Whether LibreOffice is installed."""
    return shutil.which("soffice") is not None


@cache
def _stencil() -> Stencil:
    return Stencil(load_template(TEMPLATE).layout(PARAMETERS))


@cache
def _templates() -> Templates:
    return Templates()


def _filled(unit: Unit) -> bytes:
    answers = load_answers(shipped("samples") / "county" / "answers" / "101001.json")
    own = {**answers, "projects": answers["projects"][:2]}
    own["unit"] = {**answers["unit"], "code": unit.code, "name": unit.name}
    return fill_form(_stencil().stamp(unit), own, _templates())


def _save_by_office(paths: Sequence[Path], folder: Path) -> None:
    for start in range(0, len(paths), _LOT):
        lot: Iterable[str] = map(str, paths[start : start + _LOT])
        command = ["soffice", "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML"]
        subprocess.run(
            [*command, "--outdir", str(folder), *lot], check=True, capture_output=True, timeout=600
        )
    for path in paths:
        (folder / path.name).replace(path)
