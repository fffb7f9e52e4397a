"""The path of a field, row or table: `projects[0].funds.total` as a value with a structure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Self

#: paths whose parts are kept
_KEPT = 1 << 14
_END_OF_ROW = re.compile(r"\](?![^.\[])")
_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")


class Path(str):
    """A dotted path through the answers of a form; "" is the top of the form.

    It is a `str`, so that it is a key of every mapping and prints as people write it. Whoever wants
    to know its structure asks one of the methods below, and never cuts the text.
    """

    __slots__ = ()

    @property
    def steps(self) -> tuple[str | int, ...]:
        """`("projects", 0, "funds", "total")`: names as str, numbers of rows as int."""
        return _steps(self)

    @classmethod
    def of(cls, *steps: str | int) -> Self:
        """The path with these steps."""
        text = ""
        for step in steps:
            text += f"[{step}]" if isinstance(step, int) else f".{step}"
        return cls(text.removeprefix("."))

    def __truediv__(self, step: str | int) -> Path:
        """One step (or, given a text with dots or brackets, several) further down."""
        if isinstance(step, int):
            return Path(f"{self}[{step}]")
        joint = "." if self and not step.startswith("[") else ""
        return Path(f"{self}{joint}{step}")

    @property
    def parent(self) -> Path:
        """One step up: the table of a row, the row or group of a field; "" at the top."""
        end = max(self.rfind("["), self.rfind("."), 0)
        return Path(self[:end])

    @property
    def name(self) -> str:
        """The last step as written: `total`, or `[0]` of a row."""
        return self[max(self.rfind("["), self.rfind(".") + 1) :]

    @property
    def is_row(self) -> bool:
        """Whether the path is that of a row or repeat: `projects[0]`."""
        return self.endswith("]")

    @property
    def rows(self) -> tuple[Path, ...]:
        """Every row and repeat that the path is or lies in, the outermost first."""
        return _rows(self)

    @property
    def row(self) -> Path:
        """The nearest row or repeat that the path is or lies in; "" when there is none."""
        return Path(self[: self.rfind("]") + 1])

    @property
    def pattern(self) -> Path:
        """The path with its numbers left out: `projects[].funds.total`."""
        return _pattern(self)

    @property
    def column(self) -> tuple[Path, Path] | None:
        """Of the path of a column, `indicators[].value`, its table and its name in a row."""
        table, joint, name = self.rpartition("[].")
        return (Path(table), Path(name)) if joint else None

    def is_under(self, other: str) -> bool:
        """Whether the path is `other` or lies below it; everything lies below the top."""
        if not other or self == other:
            return True
        return self.startswith(other) and self[len(other)] in ".["

    def below(self, other: str) -> Path:
        """The rest of the path from `other` on, which it must lie under."""
        if not self.is_under(other):
            raise ValueError(f"{self} does not lie under {other}")
        return Path(self[len(other) :].removeprefix("."))


# The same paths are asked about again for every form.


@lru_cache(maxsize=_KEPT)
def _steps(path: str) -> tuple[str | int, ...]:
    return tuple(name or int(number) for name, number in _STEP.findall(path))


@lru_cache(maxsize=_KEPT)
def _pattern(path: str) -> Path:
    return Path(re.sub(r"\[[0-9]+\]", "[]", path))


@lru_cache(maxsize=_KEPT)
def _rows(path: str) -> tuple[Path, ...]:
    return tuple(Path(path[: found.end()]) for found in _END_OF_ROW.finditer(path))


#: the path of the form itself, under which all others are
TOP = Path()
