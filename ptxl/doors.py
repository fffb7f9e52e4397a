"""The door of a package whose names are loaded when they are first asked for."""

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module


def door(
    package: str, names: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], object], list[str]]:
    """Return the `__getattr__` and `__all__` of a package, of names by the modules of their own."""
    homes = {name: module for module, own in names.items() for name in own}

    def find(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(import_module(homes[name]), name)
        setattr(sys.modules[package], name, found)
        return found

    return find, list(homes)
