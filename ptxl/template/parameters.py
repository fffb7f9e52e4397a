"""Parameters of a template: declared in YAML, given by the user → typed values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ptxl.model.errors import Origin
from ptxl.template.leaves import top_scope
from ptxl.template.source import Faults, ProblemError, did_you_mean
from ptxl.template.specs import ParameterSpec

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


def read_parameters(declared: Mapping[str, ParameterSpec], faults: Faults) -> dict[str, Parameter]:
    """The parameters that a template declares, in their order."""
    first: dict[str, str] = {}
    for name, spec in declared.items():
        for word in filter(None, (name, spec.label.written)):
            if first.setdefault(word.casefold(), name) != name:
                other = first[word.casefold()]
                faults.add(spec.origin, "label_taken", label=word, name=other)
    return {name: _read(name, spec, faults) for name, spec in declared.items()}


def _read(name: str, spec: ParameterSpec, faults: Faults) -> Parameter:
    scope = top_scope({}, faults)
    parameter = Parameter(
        name=name,
        kind=spec.kind.written or "text",
        help=spec.help.written,
        default=None,
        among=tuple(word.written for word in spec.among) if spec.kind.raw == "choice" else (),
        minimum=spec.minimum.whole(scope),
        maximum=spec.maximum.whole(scope),
        bounded=spec.maximum.given,
        shared=spec.shared.of(scope),
        label=spec.label.written,
        earlier=spec.from_.written,
        origin=spec.origin,
    )
    faults.expect(name.isidentifier(), spec.origin, "no_parameter_name", name=name)
    if parameter.kind == "choice" and not parameter.among:
        faults.add(spec.origin, "choice_without_words")
        return replace(parameter, kind="text", default="")
    if not spec.default.given:
        return parameter
    try:
        return replace(parameter, default=parameter.parse(spec.default.raw))
    except ProblemError as error:
        faults.add(spec.default.origin, "default_unfit", problem=error.problem)
    return replace(parameter, default=parameter.example)


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
