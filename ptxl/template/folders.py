"""Where templates are, and which file is meant by a name."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ptxl.model.errors import Fault, TemplateError
from ptxl.template.faults import Faults, Stop, bytes_of, did_you_mean

FILE_NAME, LOCAL = "template.yaml", "local.yaml"
#: the folder of editions that are issued no more
_FORMER = "_editions"
#: the folder of files of rules that several templates include, and in it their tables of words
RULES, TABLES = "_rules", "tables"
#: what a picture beside a template is called, and its most bytes: every form carries it
PICTURE_NAME = re.compile(r"[\w-]{1,60}\.(png|jpg|jpeg)", re.IGNORECASE)
LARGEST_PICTURE = 200 * 1024


def shipped(name: str) -> Path:
    """A folder that ships with ptxl: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "shipped" / name
    return inside if inside.is_dir() else package.parent / name


def template_folders() -> tuple[Path, ...]:
    """Where templates are looked for by id: `PTXL_TEMPLATES`, what ships with ptxl, and here.

    What ships comes before the current folder: a stray folder must not stand in for it. Editions
    that shipped before come after it, so that their forms are read with their own.
    """
    own = [Path(entry) for entry in os.environ.get("PTXL_TEMPLATES", "").split(os.pathsep) if entry]
    return (*own, shipped("templates"), shipped("templates") / _FORMER, Path("templates"))


def find_templates() -> list[Path]:
    """The template files that can be named by id, which is the name of their folder."""
    found: dict[str, Path] = {}
    for path in template_files():
        found.setdefault(path.parent.name, path)
    return list(found.values())


def template_files() -> list[Path]:
    """Every template file that can be named by id; of one id the first is meant."""
    folders = dict.fromkeys(folder.resolve() for folder in template_folders())
    return [path for folder in folders for path in sorted(folder.glob(f"*/{FILE_NAME}"))]


def template_file(name: str | Path) -> Path:
    """Find the file of a template by its id, or by the path of its folder or file.

    Raises TemplateError when there is none.
    """
    known = {found.parent.name: found for found in find_templates()}
    if str(name) in known:
        return known[str(name)]
    path = Path(name)
    if path.is_file():
        return path
    if (path / FILE_NAME).is_file():
        return path / FILE_NAME
    facts = {"known": tuple(sorted(known)), "hint": did_you_mean(str(name), known)}
    raise TemplateError([Fault(place=str(name), code="template.no_template", facts=facts)])


def file_beside(path: Path, template_id: str) -> Path:
    """Find the file of a template that another one names: in a folder beside that of its own file,
    or else by id.

    Raises TemplateError when there is none.
    """
    beside = path.resolve().parent.parent / template_id / FILE_NAME
    return beside if beside.is_file() else template_file(template_id)


def is_rule_file(path: str | Path) -> bool:
    """Whether a file stands where templates look for files of rules."""
    return Path(path).parent.resolve().name == RULES


def rule_folders(template: Path) -> tuple[Path, Path]:
    """Where the files of rules are that a template may include: beside it, then those shipped."""
    return template.resolve().parent.parent / RULES, shipped("templates") / RULES


def rules_digest(template: Path) -> str:
    """A digest of all files of rules that a template may include, and of their tables."""
    digest = hashlib.sha256()
    for folder in dict.fromkeys(rule_folders(template)):  # of what ships they are one
        files = (*sorted(folder.glob("*.yaml")), *sorted(folder.glob(f"{TABLES}/*.txt")))
        for path in files:
            with suppress(Stop):  # what is wrong with a file is told where it is included
                data = bytes_of(path, Faults())
                digest.update(f"{path} {len(data)}\n".encode())
                digest.update(data)
    return digest.hexdigest()


def local_file(path: str | Path) -> Path:
    """The file of a county's own rules: a path names it, or the folder that it lies in."""
    path = Path(path)
    return path / LOCAL if path.is_dir() else path


def picture_files(folder: Path) -> Iterator[Path]:
    """The pictures in the folder of a template, which it may print."""
    for path in sorted(folder.iterdir()):
        named = PICTURE_NAME.fullmatch(path.name)
        if named and path.is_file() and path.stat().st_size <= LARGEST_PICTURE:
            yield path
