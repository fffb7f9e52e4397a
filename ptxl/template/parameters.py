"""Parameters of a template: declared in YAML, given by the user → typed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ptxl.model.errors import Origin
from ptxl.template.leaves import top_scope
from ptxl.template.source import Faults, did_you_mean
from ptxl.template.specs import ParameterSpec

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
    #: all forms of one summary have the same value
    shared: bool
    origin: Origin

    @property
    def choices(self) -> tuple[object, ...]:
        """The values worth trying when a template is examined: all choices, both flags."""
        return (True, False) if self.kind == "flag" else self.among

    @property
    def example(self) -> object:
        """A value to examine a template with."""
        if self.default is not None:
            return self.default
        if self.kind == "integer":
            return max(self.minimum, 1)
        return self.choices[0] if self.choices else "文字"

    def parse(self, value: object) -> object:
        """A typed value from what a user or a file gave; ValueError says why it is none."""
        text = str(value).strip()
        if self.kind == "integer":
            return self._integer(text)
        if self.kind == "flag" and text.lower() not in _FLAGS:
            raise ValueError(f'"{text}" is neither true nor false')
        if self.kind == "choice" and text not in self.among:
            raise ValueError(f'"{text}" is none of {", ".join(self.among)}')
        return _FLAGS[text.lower()] if self.kind == "flag" else text

    def _integer(self, text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise ValueError(f'"{text}" is not a whole number') from None
        if not self.minimum <= number <= self.maximum:
            raise ValueError(f"{number} is not between {self.minimum} and {self.maximum}")
        return number


def read_parameters(declared: Mapping[str, ParameterSpec], faults: Faults) -> dict[str, Parameter]:
    """The parameters that a template declares, in their order."""
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
        shared=spec.shared.of(scope),
        origin=spec.origin,
    )
    if not name.isidentifier():
        faults.add(spec.origin, f'"{name}" is no name for a parameter: letters, digits and _ only')
    if parameter.kind == "choice" and not parameter.among:
        faults.add(spec.origin, "a choice needs its words under the key among")
        return replace(parameter, kind="text", default="")
    if not spec.default.given:
        return parameter
    try:
        return replace(parameter, default=parameter.parse(spec.default.raw))
    except ValueError as error:
        faults.add(spec.default.origin, f"the default does not fit: {error}")
    return replace(parameter, default=parameter.example)


def settle(
    declared: Mapping[str, Parameter], given: Mapping[str, object], origin: Origin, faults: Faults
) -> dict[str, object]:
    """The value of every parameter: what was given, else its default. What does not fit is a fault.

    `origin` is the template, for parameters that it does not declare.
    """
    for name in sorted(set(given).difference(declared)):
        hint = did_you_mean(name, declared)
        faults.add(origin, f'there is no parameter "{name}"{hint}')
    settled: dict[str, object] = {}
    for name, parameter in declared.items():
        value = given.get(name, parameter.default)
        if value is None:
            faults.add(parameter.origin, f'the parameter "{name}" has no default and was not given')
            continue
        try:
            settled[name] = parameter.parse(value)
        except ValueError as error:
            faults.add(parameter.origin, f'parameter "{name}": {error}')
    return settled
