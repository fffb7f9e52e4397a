"""Form → blank workbooks, one stamped for each unit."""
