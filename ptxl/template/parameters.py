"""Parameters of a template (参数), and what a user gives for them → typed values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ptxl.model.errors import Origin
from ptxl.template.faults import Faults, ProblemError, did_you_mean

#: where values are given
_GIVEN = Origin("--set")
_COMMA = re.compile("[,，、]")
_FLAGS = {"true": True, "yes": True, "是": True, "false": False, "no": False, "否": False}


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """A value that a template takes (参数); `default` None means that it must be given."""

    name: str
    kind: str
    help: str
    default: object
    among: tuple[str, ...]
    minimum: int
    maximum: int
    #: whether the template itself says what the maximum is
    bounded: bool
    #: all forms of one summary have the same value
    shared: bool
    #: what people call it, as the heading of a column (项目数)
    label: str
    #: of what of the earlier stage it is the number (a table), or that there is one (`form`)
    earlier: str
    origin: Origin

    @property
    def choices(self) -> tuple[object, ...]:
        """The values worth trying when a template is examined: all choices, both flags."""
        return (True, False) if self.kind == "flag" else self.among

    @property
    def carrying(self) -> object:
        """A value with which a form prints something of the earlier stage."""
        return {"flag": True, "counts": (1,)}.get(self.kind, max(self.minimum, 1))

    @property
    def example(self) -> object:
        """A value to examine a template with."""
        if self.default is not None:
            return self.default
        if self.kind == "integer":
            return max(self.minimum, 1)
        if self.kind == "counts":
            return ()
        return self.choices[0] if self.choices else "文字"

    def parse(self, value: object) -> object:
        """A typed value from what a user or a file gave.

        Raises ProblemError, which says why, when it is none.
        """
        text = str(value).strip()
        match self.kind:
            case "integer":
                return self._integer(text)
            case "counts":
                return self._counts(value)
            case "flag" if text.lower() not in _FLAGS:
                raise ProblemError("must_be_flag_not", value=text)
            case "flag":
                return _FLAGS[text.lower()]
            case "choice" if text not in self.among:
                hint = did_you_mean(text, self.among)
                raise ProblemError("none_of", value=text, words=self.among, hint=hint)
        return text

    def _counts(self, value: object) -> tuple[int, ...]:
        """Several whole numbers, as a list or a text: 6,4."""
        several = value if isinstance(value, list | tuple) else _COMMA.split(str(value))
        return tuple(self._integer(text) for one in several if (text := str(one).strip()))

    def _integer(self, text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise ProblemError("not_whole", value=text) from None
        if not self.minimum <= number <= self.maximum:
            facts = {"number": number, "least": self.minimum, "most": self.maximum}
            raise ProblemError("not_between" if self.bounded else "not_within_usual", **facts)
        return number


def settle(
    declared: Mapping[str, Parameter], given: Mapping[str, object], faults: Faults
) -> dict[str, object]:
    """The value of every parameter: what was given, else its default. What does not fit is a fault.

    It stands where values are given, which is not in the template.
    """
    for name in given:
        faults.known(name, declared, _GIVEN, "no_parameter")
    settled: dict[str, object] = {}
    for name, parameter in declared.items():
        value = given.get(name, parameter.default)
        if value is None:
            faults.add(_GIVEN, "parameter_missing", name=name)
            continue
        try:
            settled[name] = parameter.parse(value)
        except ProblemError as error:
            faults.add(_GIVEN, "parameter_unfit", name=name, problem=error.problem)
    return settled


def variants(parameters: Mapping[str, Parameter]) -> Iterator[dict[str, object]]:
    """Yield parameters to examine a template with: examples, those with which it prints something
    of an earlier stage, then each other choice with examples."""
    base = {name: parameter.example for name, parameter in parameters.items()}
    yield base
    taken = {name: one.carrying for name, one in parameters.items() if one.earlier}
    if taken:
        yield {**base, **taken}
    for name, parameter in parameters.items():
        for value in parameter.choices:
            if value != base[name]:
                yield {**base, name: value}
