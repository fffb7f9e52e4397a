"""The linter of written workbooks: a workbook → what its readers would stumble over."""
