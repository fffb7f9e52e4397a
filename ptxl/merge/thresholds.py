"""The base of records of thresholds, whose values the constants of a file of rules give. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self


@dataclass(frozen=True, slots=True)
class FromConstants:
    """A record whose fields are called like the constants that they are taken from."""

    @classmethod
    def of(cls, constants: Mapping[str, object]) -> Self:
        """Take what the fields name from the constants of a file of rules."""
        return cls(**{entry.name: constants[entry.name] for entry in fields(cls)})
