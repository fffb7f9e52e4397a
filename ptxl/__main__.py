"""`python -m ptxl` is the command `ptxl`."""

from ptxl.cli.main import main

main()
