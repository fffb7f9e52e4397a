"""The streams of an xls: macros, passwords, how far its sheets reach."""

from __future__ import annotations

from ptxl.guard.limits import Limits
from ptxl.refusals import refusal

MAGIC = b"\xd0\xcf\x11\xe0"


def check(data: bytes, limits: Limits) -> None:
    """Raise WorkbookError for what no form holds, or what costs more than its limits."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise refusal("encrypted")
