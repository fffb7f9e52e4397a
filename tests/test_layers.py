"""The house: imports go down, in folders too, and each library has one owner."""

from __future__ import annotations

import ast
import graphlib
from pathlib import Path

import ptxl

PACKAGE = Path(ptxl.__file__).parent
#: from the ground up; a module may import from its own floor and from those before it
FLOORS = (
    ("errors", "findings", "form", "refusals", "cage"),
    ("layout", "target"),
    ("submission", "identity", "guide"),
    ("values", "split", "rules", "live", "patch", "guard"),
    ("ruleset",),
    ("selfcheck",),
    ("template",),
    ("documents", "outputs", "roster", "carry"),
    ("check", "schema", "waivers"),
    ("write", "read", "merge", "mark"),
    ("across",),
    ("fill", "summary", "workers"),
    ("repair",),
    ("report",),
    ("desk",),
    ("api",),
    ("demo",),
    ("cli",),
)
PURE = (
    "form", "layout", "values", "target", "split", "rules", "check", "merge", "across",
)  # fmt: skip
OWNERS = {
    "click": {"cli"},
    "jinja2": {"template", "rules"},
    "lxml": {"patch", "mark", "read"},
    "msoffcrypto": {"read"},
    "olefile": {"read"},
    "openpyxl": {"roster"},
    "python_calamine": {"read"},
    "rich": {"cli"},
    "ruamel": {"template"},
    "simplejson": {"documents"},
    "xlrd": {"read"},
    "xlsxwriter": {"write", "summary"},
}


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
    """Pairs of importing room and imported module, folders counting as one room."""
    return [
        (path.relative_to(PACKAGE).parts[0].removesuffix(".py"), module)
        for path in PACKAGE.rglob("*.py")
        for module in imported(path)
    ]


def test_every_room_has_its_floor() -> None:
    rooms = {p.stem if p.is_file() else p.name for p in PACKAGE.iterdir()}
    rooms -= {"__init__", "__pycache__", "py", "shipped"}
    assert rooms == {room for floor in FLOORS for room in floor}


def test_imports_go_down() -> None:
    level = {room: number for number, floor in enumerate(FLOORS) for room in floor}
    for room, module in imports():
        top, _, rest = module.partition(".")
        target = rest.partition(".")[0]
        if top == "ptxl" and target in level and room != "__init__":
            assert level[target] <= level[room], f"{room} imports {target}"


def test_inside_a_folder_imports_go_one_way_too() -> None:
    for door in PACKAGE.glob("*/__init__.py"):
        folder = f"ptxl.{door.parent.name}."
        needs = {
            room.stem: {m.removeprefix(folder) for m in imported(room) if m.startswith(folder)}
            for room in door.parent.glob("*.py")
        }
        assert set().union(*needs.values()) <= set(needs), f"a room of {folder} asks at its door"
        graphlib.TopologicalSorter(needs).prepare()  # raises on a circle


def test_each_library_has_one_owner() -> None:
    for room, module in imports():
        top = module.partition(".")[0]
        if top in OWNERS:
            assert room in OWNERS[top], f"{room} imports {top}"


def test_the_pure_middle_touches_no_file() -> None:
    for room, module in imports():
        if room in PURE:
            assert module.partition(".")[0] not in ("os", "pathlib", "io", "time", "sys"), room
