"""What returned workbooks are laid beside: approved exceptions, the approved budget."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from ptxl.check.waivers import HEADINGS, Waivers, waivers_of
from ptxl.inputs import AnyPath
from ptxl.merge.against_budget import AgainstBudget
from ptxl.read.table_files import Headings, read_table
from ptxl.roster.budget import read_budget


def read_waivers(path: AnyPath, on: date) -> Waivers:
    """Read a table of approved exceptions (spreadsheet or CSV), to be applied on a day.

    Raises TableError with every fault, each with its line.
    """
    table = read_table(Path(path), Headings(HEADINGS, tuple(HEADINGS)))
    return waivers_of(table.place, table.rows, on)


def read_approved_budget(path: AnyPath, unit: str = "") -> AgainstBudget:
    """A table of the approved budget, to check forms against; `unit` where it does not say its own.

    Raises TableError with every fault of the table.
    """
    return AgainstBudget(read_budget(Path(path), unit))
