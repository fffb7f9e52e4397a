"""What Python compiles at every start is kept: the same methods and expressions, made once."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ptxl import cache, kept_code
from ptxl.kept_code import compiled_once
from ptxl.template import shipped

EXPRESSIONS: tuple[tuple[Any, int], ...] = (
    ("(?P<year>[0-9]{4})年(?P<month>[0-9]+)?|第(.)季度", 0),
    ("[一-龥]{2,6}[，、](?!完)", 0),
    ("(?i:a)b*", int(re.IGNORECASE | re.DOTALL)),
    (b"<(?P<tag>[a-z]+)[^>]*+>", int(re.ASCII)),
    ("", 0),
)
TEXTS = ("2026年12", "2026年", "第三季度", "修缮校舍、完", "aB", "<row r='1'>", "")

needs_hooks = pytest.mark.skipif(
    sys.implementation.name != "cpython" or sys.version_info[:2] not in kept_code._PYTHONS,
    reason="this Python compiles in a way of its own",
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the test's own, in which everything is kept."""
    path = tmp_path / "kept"
    monkeypatch.setenv(cache.VARIABLE, str(path))
    return path


def made() -> Any:
    """A dataclass, made now."""

    @dataclass(frozen=True, slots=True)
    class Row:
        name: str
        amounts: tuple[int, ...] = ()
        notes: list[str] = field(default_factory=list, compare=False)

    return Row


def compiled(*expressions: tuple[Any, int]) -> list[re.Pattern[Any]]:
    """Expressions, compiled now, as a module does while it is loaded."""
    re.purge()
    loading = SimpleNamespace(_initializing=True)
    space: dict[str, Any] = {"re": re, "made": [], "__spec__": loading}
    for text, flags in expressions or EXPRESSIONS:
        exec(f"made.append(re.compile({text!r}, {flags!r}))", space)
    made: list[re.Pattern[Any]] = space["made"]
    return made


def found(expression: re.Pattern[Any]) -> list[object]:
    """What an expression finds, and all that it says of itself."""
    texts = [text.encode() if isinstance(expression.pattern, bytes) else text for text in TEXTS]
    matches = [match for text in texts for match in expression.finditer(text)]
    about = [expression.pattern, expression.flags, expression.groups, dict(expression.groupindex)]
    return about + [(m.span(), m.groups(), m.lastgroup, m.lastindex) for m in matches]


def again(make: Callable[[], Any]) -> Any:
    """What is made of code that an earlier run has kept."""
    with compiled_once():
        make()
    with compiled_once():
        return make()


def test_kept_expressions_are_those_that_python_compiles() -> None:
    assert list(map(found, again(compiled))) == list(map(found, compiled()))


def test_dataclasses_of_kept_code_are_like_any_other() -> None:
    kept, usual = again(made), made()
    for kind in (kept, usual):
        row = kind("a", amounts=(1, 2))
        assert repr(row).endswith("Row(name='a', amounts=(1, 2), notes=[])")
        assert row == kind("a", (1, 2), ["other"])
        assert row != kind("b")
        assert hash(row) == hash(("a", (1, 2)))
        assert row.notes is not kind("a").notes
        with pytest.raises(FrozenInstanceError):
            row.name = "c"
    assert kept.__init__.__annotations__ == usual.__init__.__annotations__
    assert [one.name for one in dataclasses.fields(kept)] == ["name", "amounts", "notes"]


@needs_hooks
def test_what_is_kept_is_not_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with compiled_once():
        made(), compiled()

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr(kept_code, "compile", fail, raising=False)
    monkeypatch.setattr("re._parser.parse", fail)
    with compiled_once():
        made(), compiled()


def test_behind_it_everything_is_as_before() -> None:
    before = re.compile
    with pytest.raises(KeyError), compiled_once():
        raise KeyError
    assert re.compile is before
    assert not hasattr(dataclasses, "exec")


@needs_hooks
@pytest.mark.parametrize("damage", [b"", b"no code", b"\xe9\x05\x00\x00\x00"])
def test_what_cannot_be_read_is_compiled_anew(folder: Path, damage: bytes) -> None:
    again(compiled)
    (file,) = folder.iterdir()
    file.write_bytes(damage)
    assert list(map(found, again(compiled))) == list(map(found, compiled()))


@needs_hooks
def test_code_that_the_disk_damaged_is_compiled_anew(folder: Path) -> None:
    again(compiled)
    (file,) = folder.iterdir()
    data = file.read_bytes()
    for place in range(0, len(data), max(1, len(data) // 200)):
        file.write_bytes(data[:place] + bytes((data[place] ^ 4,)) + data[place + 1 :])
        assert list(map(found, again(compiled))) == list(map(found, compiled()))


@needs_hooks
def test_code_of_older_programs_goes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    again(compiled)
    (file,) = folder.iterdir()
    much = file.stat().st_size
    monkeypatch.setattr(kept_code, "_MOST", 1)
    again(lambda: compiled(("只有这一个", 0)))
    assert file.stat().st_size < much


@needs_hooks
def test_expressions_of_a_function_are_not_kept(folder: Path) -> None:
    """They may be made of what a unit wrote."""
    again(lambda: [*compiled(), re.compile("101001")])
    (file,) = folder.iterdir()
    assert b"101001" not in file.read_bytes()


@needs_hooks
def test_a_command_compiles_once_and_the_same_in_every_run(folder: Path) -> None:
    """Texts that are put together must be so in one order, or what is kept grows at every run."""
    file = next((shipped("samples") / "county" / "answers").glob("*.json"))
    runs = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-m", "ptxl", "check", str(file)]
        subprocess.run(command, env=environment, capture_output=True, check=False)
        (kept,) = (one for one in folder.iterdir() if one.read_bytes().startswith(b"\xfb"))
        runs.append((kept.stat().st_ino, kept.read_bytes()))
    assert runs[0] == runs[1]
