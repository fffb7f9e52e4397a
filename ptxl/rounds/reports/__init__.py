"""What a round shows to the officer: the board as lines and as a workbook, the list of problems."""
