"""Answers that forms are issued with ← JSON, a folder of it, or a table that an office keeps."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ptxl.documents.document import Json, load_answers, load_lines
from ptxl.inputs import AnyPath
from ptxl.model.errors import AnswersError, Fault
from ptxl.model.form import Unit
from ptxl.model.layout import Layout
from ptxl.renew.prefill_table import read_prefill_table

_JSON = (".json", ".jsonl")


def read_prefill(path: AnyPath, layout: Layout, units: Iterable[Unit]) -> dict[str, Json]:
    """Answers for the forms of units, by code: from a spreadsheet or CSV, or as `load_prefill`.

    Raises AnswersError with every fault.
    """
    source = Path(path)
    if source.is_dir() or source.suffix.casefold() in _JSON or _begins_like_json(source):
        return load_prefill(source)
    return read_prefill_table(source, layout, {unit.code for unit in units})


def _begins_like_json(path: Path) -> bool:
    """Whether a file of another name is JSON: no table begins with a bracket."""
    with suppress(OSError), path.open("rb") as file:
        return file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
    return False


def load_prefill(path: AnyPath) -> dict[str, Json]:
    """Answers by unit code in JSON: from an object of them, a list of documents, or a folder.

    A file `.jsonl` has a document in each line.
    """
    loaded = _loaded(Path(path))
    if isinstance(loaded, dict) and "unit" not in loaded:
        return {str(code): answers for code, answers in loaded.items()}
    found: dict[str, Json] = {}
    for document in loaded if isinstance(loaded, list) else [loaded]:
        code = _code_of(document)
        if not code or code in found:
            kind = "answers.same_unit" if code else "answers.no_unit"
            raise AnswersError([Fault(place=str(path), code=kind, facts={"code": code})])
        found[code] = document
    return found


def _loaded(source: Path) -> Json:
    """What a file holds, or a list of what all files in a folder do."""
    if source.is_dir():
        return list(map(load_answers, sorted(source.glob("*.json"))))
    if source.suffix.casefold() == ".jsonl":
        return load_lines(source)
    return load_answers(source)


def _code_of(document: Json) -> str:
    """The code of the unit that a document is about; "" where it names none."""
    unit = document.get("unit") if isinstance(document, dict) else None
    return str(unit.get("code", "")) if isinstance(unit, dict) else ""
