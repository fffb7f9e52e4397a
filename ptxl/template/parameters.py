"""Parameters of a template: declared in YAML, given by the user → typed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ptxl.template.source import Faults, Item, did_you_mean

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
    item: Item

    def variants(self) -> tuple[object, ...]:
        """The values worth trying when a template is examined: all choices, both flags."""
        if self.kind == "flag":
            return (True, False)
        return self.among if self.kind == "choice" else ()

    def parse(self, value: object) -> object:
        """A typed value from what a user or a file gave; ValueError says why it is none."""
        text = str(value).strip()
        if self.kind == "flag":
            if text.lower() not in _FLAGS:
                raise ValueError(f'"{text}" is neither true nor false')
            return _FLAGS[text.lower()]
        if self.kind == "choice" and text not in self.among:
            raise ValueError(f'"{text}" is none of {", ".join(self.among)}')
        return self._integer(text) if self.kind == "integer" else text

    def _integer(self, text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise ValueError(f'"{text}" is not a whole number') from None
        if not self.minimum <= number <= self.maximum:
            raise ValueError(f"{number} is not between {self.minimum} and {self.maximum}")
        return number


def read_parameters(root: Item, faults: Faults) -> dict[str, Parameter]:
    """The declared parameters of a template, in their order."""
    declared = root.map.get("parameters")
    items = declared.map if declared else {}
    return {name: _read(name, item, faults) for name, item in items.items() if item.map}


def _read(name: str, item: Item, faults: Faults) -> Parameter:
    def get(key: str, default: object = None) -> object:
        return item.map[key].scalar if key in item.map else default

    among = item.map.get("among")
    parameter = Parameter(
        name=name,
        kind=str(get("kind", "text")),
        help=str(get("help", "")),
        default=None,
        among=tuple(str(entry.scalar) for entry in among.list) if among else (),
        minimum=_bound(get("minimum"), 0),
        maximum=_bound(get("maximum"), 9999),
        shared=bool(get("shared", False)),
        item=item,
    )
    if not name.isidentifier():
        faults.add(item, f'"{name}" is no name for a parameter: letters, digits and _ only')
    if parameter.kind == "choice" and not parameter.among:
        faults.add(item, "a choice needs its words under the key among")
        return parameter
    if "default" in item.map:
        return _with_default(parameter, item.map["default"], faults)
    return parameter


def _bound(value: object, default: int) -> int:
    return int(value) if isinstance(value, int | float) and abs(value) < 10**9 else default


def _with_default(parameter: Parameter, item: Item, faults: Faults) -> Parameter:
    try:
        return replace(parameter, default=parameter.parse(item.scalar))
    except ValueError as error:
        faults.add(item, f"the default does not fit: {error}")
    return parameter


def settle(
    declared: Mapping[str, Parameter], given: Mapping[str, object], root: Item, faults: Faults
) -> dict[str, object]:
    """Every parameter's value: what was given, else its default. Faults name what does not fit."""
    for name in given:
        if name not in declared:
            hint = did_you_mean(name, set(declared))
            faults.add(root, f'there is no parameter "{name}"{hint}')
    settled: dict[str, object] = {}
    for name, parameter in declared.items():
        value = given.get(name, parameter.default)
        if parameter.kind == "choice" and not parameter.among:
            settled[name] = value or ""  # faulted where it is declared
            continue
        if value is None:
            faults.add(parameter.item, f'the parameter "{name}" has no default and was not given')
            continue
        try:
            settled[name] = parameter.parse(value)
        except ValueError as error:
            faults.add(parameter.item, f'parameter "{name}": {error}')
    return settled
