"""A table that an office keeps → units, and for a round which forms each fills in. The door."""

from ptxl.roster.round_units import read_round_roster
from ptxl.roster.units import check_units, read_roster

__all__ = ["check_units", "read_roster", "read_round_roster"]
