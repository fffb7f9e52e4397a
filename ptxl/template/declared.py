"""Parameters as a template declares them → parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ptxl.template.faults import Faults, ProblemError
from ptxl.template.leaves import top_scope
from ptxl.template.parameters import Parameter
from ptxl.template.specs import ParameterSpec


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
