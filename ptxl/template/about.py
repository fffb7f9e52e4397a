"""What a template says of itself, and which parameters it takes: all that its users ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ptxl.template.parameters import Parameter


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """The names of a form family, in words of its template; see the properties of `Template`."""

    id: str
    edition: str
    about: str
    short: str
    #: the templates of the stage before, each with what it calls otherwise, by the name here
    follows: Mapping[str, Mapping[str, str]]
    columns: frozenset[str]
    #: those of the roster that say what a unit is asked
    deciding: frozenset[str]
    parameters: Mapping[str, Parameter]
