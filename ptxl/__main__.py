"""`python -m ptxl` is the command `ptxl`."""

from ptxl.cli.commands import main

main()
