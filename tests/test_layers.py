"""The house: imports go down, in folders too, and each library has one owner."""

from __future__ import annotations

import ast
import graphlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import ptxl

PACKAGE = Path(ptxl.__file__).parent
#: from the ground up; a module may import from its own floor and from those before it
FLOORS = (
    ("doors", "cells", "text", "markup", "outputs", "words", "cache", "kept_code"),
    ("model",),
    ("layout", "values", "ooxml"),
    ("urls",),
    ("inputs",),
    ("rules", "documents", "mark", "inspection"),
    ("write", "check", "template"),
    ("merge",),
    ("summary",),
    ("receive",),
    ("batch", "cluster"),
    ("read",),
    ("roster",),
    ("renew",),
    ("report",),
    ("jobs",),
    ("merging", "last_year"),
    ("api",),
    ("rounds",),
    ("demo",),
    ("cli",),
    ("__main__",),
)
PURE = (
    "cells", "text", "markup", "model", "layout", "values", "rules", "check", "merge", "inspection",
    "rounds/records", "rounds/board", "rounds/sorting", "rounds/compare", "rounds/names",
    "rounds/reports/board_text", "rounds/reports/counts", "rounds/reports/sheets",
    "rounds/letters",
    "rounds/copies", "rounds/counting", "rounds/opinions",
)  # fmt: skip
#: the folders or modules that may import a library, as paths below the package
OWNERS = {
    "click": {"cli"},
    "distributed": {"cluster"},
    "fsspec": {"urls"},
    "imap_tools": {"rounds/mailbox"},
    "jinja2": {"template/texts", "rules/parse"},
    "keyring": {"rounds/mailbox"},
    "lxml": {"ooxml", "read/formats", "read/looks"},
    "msoffcrypto": {"read"},
    "olefile": {"read"},
    "openpyxl": {"read/table_files"},
    "python_calamine": {"read"},
    "rich": {"cli"},
    "ruamel": {"template/source"},
    "simplejson": {"documents"},
    "sqlite3": {"rounds/ledger", "summary/database"},
    "tomllib": {"words"},
    "xlrd": {"read"},
    "xlsxwriter": {"write", "summary", "rounds/reports/workbook"},
}


@cache
def imported(path: Path) -> list[str]:
    """The modules that a file imports; of the package and its folders, what is taken from them."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module in ("ptxl", f"ptxl.{path.parent.name}"):
                found += [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                found.append(node.module)
    return found


def imports() -> list[tuple[str, str]]:
    """Pairs of importing module (`read/locate/sheets`) and imported module (`ptxl.cells`)."""
    return [
        (path.relative_to(PACKAGE).with_suffix("").as_posix(), module)
        for path in PACKAGE.rglob("*.py")
        for module in imported(path)
    ]


def within(module: str, rooms: Iterable[str]) -> bool:
    """Whether a module is one of the rooms, or lies in one of them."""
    return any(module == room or module.startswith(f"{room}/") for room in rooms)


def test_every_room_has_its_floor() -> None:
    rooms = {p.stem if p.is_file() else p.name for p in PACKAGE.iterdir()}
    rooms -= {"__init__", "__pycache__", "py", "shipped"}
    assert rooms == {room for floor in FLOORS for room in floor}


def test_imports_go_down() -> None:
    level = {room: number for number, floor in enumerate(FLOORS) for room in floor}
    for module, wanted in imports():
        room = module.partition("/")[0]
        top, _, rest = wanted.partition(".")
        target = rest.partition(".")[0]
        if top == "ptxl" and target in level and room != "__init__":
            assert level[target] <= level[room], f"{module} imports {target}"


def test_inside_a_folder_imports_go_one_way_too() -> None:
    for door in PACKAGE.rglob("*/__init__.py"):
        folder = ".".join(("ptxl", *door.parent.relative_to(PACKAGE).parts))
        needs: dict[str, set[str]] = {}
        for path in door.parent.rglob("*.py"):
            room = path.relative_to(door.parent).parts[0].removesuffix(".py")
            asked = {m for m in imported(path) if m == folder or m.startswith(f"{folder}.")}
            assert folder not in asked, f"{path} asks at the door of its own folder"
            rooms = {m.removeprefix(f"{folder}.").partition(".")[0] for m in asked}
            needs.setdefault(room, set()).update(rooms - {room})
        graphlib.TopologicalSorter(needs).prepare()  # raises on a circle


def test_each_library_has_one_owner() -> None:
    for module, wanted in imports():
        library = wanted.partition(".")[0]
        if library in OWNERS:
            assert within(module, OWNERS[library]), f"{module} imports {library}"


def test_the_pure_middle_touches_no_file() -> None:
    for module, wanted in imports():
        if within(module, PURE):
            assert wanted.partition(".")[0] not in ("os", "pathlib", "io", "time", "sys"), module
