"""A table that an office keeps → units, and for a round which forms each fills in. The door."""

from ptxl.roster.round_units import UnitsOfForm, due_from, read_round_roster, read_units_of_form
from ptxl.roster.units import check_units, read_roster

__all__ = [
    "UnitsOfForm",
    "check_units",
    "due_from",
    "read_roster",
    "read_round_roster",
    "read_units_of_form",
]
