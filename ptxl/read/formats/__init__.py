"""Second readers, one a format: formulas, formats, hidden rows and what calamine leaves out."""
