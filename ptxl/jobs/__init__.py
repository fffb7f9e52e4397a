"""What is done with one returned file: bytes in, plain values out. Runs inside a worker."""

from typing import TYPE_CHECKING

from ptxl.doors import door

if TYPE_CHECKING:
    from ptxl.jobs.looking import Beside as Beside
    from ptxl.jobs.looking import Look as Look
    from ptxl.jobs.looking import Marked as Marked
    from ptxl.jobs.looking import check as check
    from ptxl.jobs.looking import check_form as check_form
    from ptxl.jobs.looking import open_file as open_file
    from ptxl.jobs.looking import read as read
    from ptxl.jobs.marking import mark as mark
    from ptxl.jobs.merging import remember as remember
    from ptxl.jobs.merging import summarise as summarise
    from ptxl.jobs.renewing import fill as fill
    from ptxl.jobs.renewing import repair as repair
    from ptxl.jobs.renewing import upgrade as upgrade
    from ptxl.jobs.reporting import Report as Report
    from ptxl.jobs.reporting import report as report

#: what is here, by the module that it comes from
_HOMES = {
    "ptxl.jobs.looking": ("Beside", "Look", "Marked", "check", "check_form", "open_file", "read"),
    "ptxl.jobs.marking": ("mark",),
    "ptxl.jobs.merging": ("remember", "summarise"),
    "ptxl.jobs.renewing": ("fill", "repair", "upgrade"),
    "ptxl.jobs.reporting": ("Report", "report"),
}  # fmt: skip
__getattr__, __all__ = door(__name__, _HOMES)
