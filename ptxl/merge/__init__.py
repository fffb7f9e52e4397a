"""Checked submissions → rows of the county summary; units compared with each other."""
