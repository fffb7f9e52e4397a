"""What is wrong in a template and the files that it includes, collected; and what may be meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from itertools import chain
from pathlib import Path
from typing import NoReturn

from ptxl.model.errors import Fault, Origin, TemplateError, system_reason
from ptxl.model.path import Path as ModelPath
from ptxl.words import Phrase, phrase

#: ten times what the largest templates of real forms take, in bytes
_LARGEST_FILE = 512 * 1024
#: how deep entries may stand in one another
DEEPEST = 60
#: how many faults come with a hint, and how many names are looked through for one
_MOST_HINTS, _MOST_NAMES, _LONGEST_NAMED = 20, 500, 40


def problem(code: str, **facts: object) -> Phrase:
    """What is wrong, wherever it stands: a code of [faults.template] and its facts."""
    return Phrase(f"faults.template.{code}", facts)


class ProblemError(Exception):
    """Something that a template, or a parameter, cannot hold: `problem` says why."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.problem = problem(code, **facts)


class Stop(Exception):  # noqa: N818 - says nothing: what is wrong is among the faults
    """Something is so wrong that there is no going on."""


class Faults:
    """Collects what is wrong in a template and the files that it includes, each fault once."""

    def __init__(self) -> None:
        self._found: dict[Fault, None] = {}

    def add(self, origin: Origin, code: str, **facts: object) -> None:
        """Note what is wrong with that which stands at `origin`: a code of [faults.template]."""
        place, line, key = origin.place, origin.line, origin.key
        fault = Fault(place=place, line=line, key=key, code=f"template.{code}", facts=facts)
        self._found[fault] = None

    def report(self, origin: Origin, found: Phrase) -> None:
        """Note a problem that was found with that which stands at `origin`."""
        self.add(origin, found.code.removeprefix("faults.template."), **found.facts)

    def expect(self, holds: object, origin: Origin, code: str, **facts: object) -> None:
        """Note what is wrong at `origin`, unless something holds."""
        if not holds:
            self.add(origin, code, **facts)

    def stop(self, origin: Origin, code: str, **facts: object) -> NoReturn:
        """Note what is wrong at `origin`. Raises Stop."""
        self.add(origin, code, **facts)
        raise Stop

    def demand(self, holds: object, origin: Origin, code: str, **facts: object) -> None:
        """Note what is wrong at `origin`, unless something holds. Raises Stop then."""
        if not holds:
            self.stop(origin, code, **facts)

    @contextmanager
    def raised(self, place: object) -> Iterator[None]:
        """Raise TemplateError with all that was noted inside, whatever ended it."""
        with self.survived(place):
            yield
        if self._found:
            raise TemplateError(self.sorted())

    @contextmanager
    def survived(self, place: object) -> Iterator[None]:
        """Go on behind what raised Stop, or what was nested too deep after all."""
        try:
            yield
        except Stop:
            pass
        except RecursionError:
            self.add(Origin(str(place), 1), "nested_too_deep", most=DEEPEST)

    def known(
        self, name: str, names: Iterable[str], origin: Origin, code: str, **facts: object
    ) -> bool:
        """Whether a name is one of some; else it is a fault that says what may have been meant."""
        if name in names:
            return True
        self.add(origin, code, name=name, hint=self.hint(name, names), **facts)
        return False

    def hint(self, name: str, known: Iterable[str]) -> Phrase | str:
        """What may have been meant; nothing once there are many faults, since it takes time."""
        return did_you_mean(name, known) if len(self._found) < _MOST_HINTS else ""

    def leave_out_what_follows(self, others: Faults) -> None:
        """Take over what was found later, but for what only follows from what was found before."""
        left_out = frozenset(chain(*map(_following, self._found)))
        for fault in (*self._found, *others.sorted()):
            problem = fault.facts.get("problem")  # of a rule that is included
            code = problem.code if isinstance(problem, Phrase) else f"faults.{fault.code}"
            if code.removeprefix("faults.template.") in left_out:
                self._found.pop(fault, None)
            else:
                self._found[fault] = None

    def extend(self, faults: Iterable[Fault]) -> None:
        """Take over what was found elsewhere."""
        self._found.update(dict.fromkeys(faults))

    def sorted(self) -> tuple[Fault, ...]:
        """All faults, by file and line."""
        return tuple(sorted(self._found, key=lambda fault: (fault.place, fault.line, fault.key)))


#: keys by which names and types come to be → what only follows where one of them is wrong
_MAKE = {
    **dict.fromkeys(
        ("sheets", "scope", "table", "layout", "columns", "rows", "cells", "field", "as", "count",
         "for_each", "levels"), ("no_field", "no_table", "in_no_form", "over_columns")),
    "kind": ("type_differs", "not_comparable", "in_no_form"),
    "parameters": ("no_field", "unknown_name", "unused_list"),
    "lists": ("no_list",),
}  # fmt: skip
_UNUSED = ("unused_parameter", "unused_list")


def _following(fault: Fault) -> tuple[str, ...]:
    """The codes of faults that may only follow from a fault."""
    code, hint = fault.code.removeprefix("template."), fault.facts.get("hint")
    steps = ModelPath(fault.key).steps
    if code in ("unknown_key", "key_missing"):
        meant = hint.facts["name"] if isinstance(hint, Phrase) else fault.facts["name"]
        follows = _MAKE.get(str(meant), ())
        return (*follows, *_UNUSED) if follows else ()
    match steps:
        case ["parameters", *_, "kind" | "among"]:
            return _UNUSED
        case [*_, str(key)] if code == "unknown_name" and key in ("among", *_MAKE):
            return (*_MAKE.get(key, ()), *_UNUSED)
        case [*_, str(key)]:
            return _MAKE.get(key, ())
    return ()


def did_you_mean(name: str, known: Iterable[str]) -> Phrase | str:
    """A hint for a misspelt name, to stand behind the sentence that refuses it."""
    names = [each for each in sorted(known) if len(each) <= _LONGEST_NAMED][:_MOST_NAMES]
    for close in get_close_matches(name[:_LONGEST_NAMED], names, n=1, cutoff=0.6):
        return phrase("faults.did_you_mean", name=close)
    return ""


def bytes_of(path: Path, faults: Faults) -> bytes:
    """What a file of the folder that it seems to stand in holds, if it is of a size.

    Raises Stop, and notes why, where it is no such file.
    """
    origin = Origin(str(path), 1)
    try:
        own = path.resolve().is_relative_to(path.parent.resolve())
        faults.demand(own, origin, "linked_away")
        faults.demand(path.is_file(), origin, "no_file")
        faults.demand(
            path.stat().st_size <= _LARGEST_FILE,
            origin,
            "file_too_large",
            most=_LARGEST_FILE // 1024,
        )
        return path.read_bytes()
    except OSError as error:
        faults.stop(origin, "unreadable", detail=system_reason(error))
