"""A round on disk (填报批次): forms issued, files collected and kept, what counts, letters."""
