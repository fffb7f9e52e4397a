"""Where the sheets, rows and fields of a returned workbook are now."""
