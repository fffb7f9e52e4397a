"""What goes back to people (退回): letters to departments, marked forms, texts for units."""

from ptxl.rounds.letters.notices import cover_note
from ptxl.rounds.letters.occasion import Occasion
from ptxl.rounds.letters.outgoing import MarkedFile, Outgoing, letters
from ptxl.rounds.letters.replies import marked_forms

__all__ = ["MarkedFile", "Occasion", "Outgoing", "cover_note", "letters", "marked_forms"]
