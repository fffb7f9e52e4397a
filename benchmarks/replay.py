"""The reference for `generate`: the bare XlsxWriter calls that write one form, with constants only.

The calls are recorded once while ptxl writes a form, and then replayed: what is left is what the
leanest hand-written script for this one form would do, and it writes the same workbook.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from xlsxwriter import Workbook

from ptxl.model.layout import Layout
from ptxl.write.generic_workbook import FormWriter, workbook_options

_RETURNS_OBJECTS = ("add_worksheet", "add_format")


class _Ref:
    """Stands in a recorded argument for an object that a recorded call returned."""

    def __init__(self, number: int) -> None:
        self.number = number


class _Recorder:
    """Looks like an XlsxWriter object, passes every call on, and notes it."""

    def __init__(self, real: Any, number: int, calls: list[tuple[Any, ...]], count: list[int]):
        self._real, self._number, self._calls, self._count = real, number, calls, count

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._real, name)

        def call(*arguments: Any, **named: Any) -> Any:
            plain = [a._real if isinstance(a, _Recorder) else _bare(a) for a in arguments]
            kept = [_kept(a) for a in arguments]
            result = method(*plain, **named)
            number = -1
            if name in _RETURNS_OBJECTS:
                self._count[0] += 1
                number = self._count[0]
                result = _Recorder(result, number, self._calls, self._count)
            self._calls.append((self._number, name, kept, named, number))
            return result

        return call


def _bare(argument: Any) -> Any:
    if isinstance(argument, dict):
        return {k: v._real if isinstance(v, _Recorder) else v for k, v in argument.items()}
    return argument


def _kept(argument: Any) -> Any:
    if isinstance(argument, _Recorder):
        return _Ref(argument._number)
    if isinstance(argument, dict):
        return {k: _kept(v) for k, v in argument.items()}
    return argument


def record(layout: Layout) -> list[tuple[Any, ...]]:
    """The XlsxWriter calls that write the form."""
    calls: list[tuple[Any, ...]] = []
    workbook = Workbook(io.BytesIO(), workbook_options())
    FormWriter(_Recorder(workbook, 0, calls, [0]), layout, "").write()
    workbook.close()
    return calls


def replay(calls: list[tuple[Any, ...]]) -> bytes:
    """Write the workbook by the recorded calls alone."""
    target = io.BytesIO()
    objects: dict[int, Any] = {0: Workbook(target, workbook_options())}
    for number, name, arguments, named, result in calls:
        plain = [_given(argument, objects) for argument in arguments]
        returned = getattr(objects[number], name)(*plain, **named)
        if result >= 0:
            objects[result] = returned
    objects[0].close()
    return target.getvalue()


def _given(argument: Any, objects: dict[int, Any]) -> Any:
    if isinstance(argument, _Ref):
        return objects[argument.number]
    if isinstance(argument, dict):
        return {k: objects[v.number] if isinstance(v, _Ref) else v for k, v in argument.items()}
    return argument
