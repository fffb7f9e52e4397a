"""Form → where every cell stands, and what the sheets that ptxl adds hold."""
