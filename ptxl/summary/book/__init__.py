"""Sheets as data → a workbook, written line by line with constant memory."""

from ptxl.summary.book.write import write_book

__all__ = ["write_book"]
