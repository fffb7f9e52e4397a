"""The parts of an ods: macros, declarations, how far its sheets reach."""

from __future__ import annotations

from collections.abc import Mapping

from ptxl.guard.limits import Limits


def check(parts: Mapping[str, bytes], limits: Limits) -> None:
    """Raise WorkbookError for what no form holds, or what costs more than its limits."""
