"""Rows of the county summary → the county workbook and its JSON."""
