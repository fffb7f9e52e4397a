"""What a file is that is no workbook: told from its content, so that the sender knows."""

from __future__ import annotations

from collections.abc import Mapping

from ptxl.refusals import refusal


def refuse_others(data: bytes) -> None:
    """Raise for content that is neither a package nor a compound file."""
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not data.strip():
        raise refusal("empty")
    if head.startswith((b"<", b"mime-version")):
        raise refusal("html")
    raise refusal("damaged")


def refuse_other_package(parts: Mapping[str, bytes]) -> None:
    """Raise for a package that is no xlsx."""
    if "word/document.xml" in parts:
        raise refusal("document")
    if "xl/workbook.bin" in parts:
        raise refusal("xlsb")
    if not any(name.startswith("xl/") for name in parts):
        raise refusal("archive")
