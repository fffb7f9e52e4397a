"""Keeps what Python compiles anew at every start: methods of dataclasses, regular expressions.

Python writes the methods of each dataclass as a text, which it compiles and forgets, and takes each
expression apart again: of a command on one file that is two fifths. Both follow from their text and
the Python that runs alone, so nothing kept is ever stale.
"""

from __future__ import annotations

import dataclasses
import marshal
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib import import_module
from typing import Any

from ptxl import cache

#: those that compile in the way that is known here; any other does it as ever
_PYTHONS = ((3, 11), (3, 12), (3, 13))
#: texts whose code is kept: beyond twice what all commands have, those of older programs go
_MOST = 6_000

_Key = str | tuple[str | bytes, int]


class _Code:
    """Code by its text, marshalled: what a command does not ask for is not made."""

    def __init__(self, kept: dict[_Key, bytes]) -> None:
        self._kept = kept
        self.new: dict[_Key, bytes] = {}

    def of(self, key: _Key, make: Callable[[], Any]) -> Any:
        """What was kept by a key, else what is made."""
        data = self._kept.get(key)
        if data is not None:
            return marshal.loads(data)
        made = make()
        self._kept[key] = self.new[key] = marshal.dumps(made)
        return made

    def all(self) -> dict[_Key, bytes]:
        """All of it, or what is new where that would be too much."""
        return self._kept if len(self._kept) <= _MOST else self.new


@contextmanager
def compiled_once() -> Iterator[None]:
    """Within this, whatever was compiled in an earlier run is not compiled again."""
    if sys.implementation.name != "cpython" or sys.version_info[:2] not in _PYTHONS:
        yield
        return
    name = sha256(sys.version.encode()).hexdigest()[:40]
    code = _read(name)
    with (
        _instead(dataclasses, "exec", _run_of(code)),
        _instead(re, "compile", _compile_of(code)),
    ):
        try:
            yield
        finally:
            if code.new:
                cache.keep(name, marshal.dumps(code.all()))


def _read(name: str) -> _Code:
    try:
        kept = marshal.loads(cache.read_kept(name))
    except (EOFError, ValueError, TypeError):  # nothing is kept, or what something else wrote
        kept = None
    return _Code(kept if isinstance(kept, dict) else {})


@contextmanager
def _instead(module: Any, name: str, function: Callable[..., Any]) -> Iterator[None]:
    """Put a function in the place of what a module has, or takes of the built-in ones."""
    before = vars(module).get(name)
    setattr(module, name, function)
    try:
        yield
    finally:
        if before is None:
            delattr(module, name)
        else:
            setattr(module, name, before)


def _run_of(code: _Code) -> Callable[..., None]:
    """What `dataclasses` runs the text of a method with."""

    def run(text: str, *spaces: dict[str, Any]) -> None:
        exec(code.of(text, lambda: compile(text, "<string>", "exec", dont_inherit=True)), *spaces)

    return run


def _compile_of(code: _Code) -> Callable[..., Any]:
    """What modules compile their expressions with while they are loaded; others are not kept, since
    functions make them of texts that may be a unit's own."""
    usual, compiler = re.compile, import_module("re._compiler")

    def taken_apart(text: str | bytes, flags: int) -> tuple[object, ...]:
        tree = compiler._parser.parse(text, flags)
        state = tree.state
        groups = [None] * state.groups
        for group, number in state.groupdict.items():
            groups[number] = group
        steps = list(map(int, compiler._code(tree, flags)))  # those have a class of their own
        return flags | state.flags, steps, state.groups - 1, state.groupdict, tuple(groups)

    def compile_expression(text: Any, flags: int = 0) -> Any:
        module = sys._getframe(1).f_globals.get("__spec__")
        if not getattr(module, "_initializing", False) or not isinstance(text, str | bytes):
            return usual(text, flags)
        flags = int(flags)
        parts = code.of((text, flags), lambda: taken_apart(text, flags))
        return compiler._sre.compile(text, *parts)

    return compile_expression
