"""The commands as functions: paths and plain values in, files and values out.

from ptxl import api
forms = api.generate("hebei-department", "roster.csv", "forms", parameters={"year": 2026})
api.read(forms[0])                                  # a submission with typed values
api.merge(["returned"], "county.xlsx", json="county.json")

Returned files are opened in worker processes, on `Terms`: templates known, limits, a round's key.
Where there is no fork, or other threads run, a program that calls these needs the usual
`if __name__ == "__main__":`.
"""

from typing import TYPE_CHECKING

from ptxl.doors import door

if TYPE_CHECKING:
    from ptxl.api.beside import read_approved_budget as read_approved_budget
    from ptxl.api.beside import read_waivers as read_waivers
    from ptxl.api.finished import inspect as inspect
    from ptxl.api.forms import form_file_name as form_file_name
    from ptxl.api.forms import generate as generate
    from ptxl.api.forms import identity as identity
    from ptxl.api.forms import load_key as load_key
    from ptxl.api.forms import units_of_form as units_of_form
    from ptxl.api.renewing import fill as fill
    from ptxl.api.renewing import repair as repair
    from ptxl.api.renewing import upgrade as upgrade
    from ptxl.api.returned import all_waivers as all_waivers
    from ptxl.api.returned import check as check
    from ptxl.api.returned import document as document
    from ptxl.api.returned import mark as mark
    from ptxl.api.returned import read as read
    from ptxl.api.returned import save_marked as save_marked
    from ptxl.api.stages import read_approved as read_approved
    from ptxl.api.stages import read_year as read_year
    from ptxl.api.stages import write_year as write_year
    from ptxl.batch import Progress as Progress
    from ptxl.batch import each as each
    from ptxl.batch import keep_apart as keep_apart
    from ptxl.check.waivers import Waivers as Waivers
    from ptxl.inputs import FileName as FileName
    from ptxl.inputs import Inputs as Inputs
    from ptxl.inputs import find_files as find_files
    from ptxl.inputs import find_inputs as find_inputs
    from ptxl.inspection.flaws import Flaw as Flaw
    from ptxl.last_year import LastYear as LastYear
    from ptxl.last_year import read_last_year as read_last_year
    from ptxl.merge.against_budget import AgainstBudget as AgainstBudget
    from ptxl.merging import Merged as Merged
    from ptxl.merging import merge as merge
    from ptxl.merging import read_comparisons as read_comparisons
    from ptxl.model.errors import PtxlError as PtxlError
    from ptxl.receive.sniff import Limits as Limits
    from ptxl.receive.workers import Terms as Terms
    from ptxl.receive.workers import Unread as Unread
    from ptxl.renew.prefill import load_prefill as load_prefill
    from ptxl.renew.prefill import read_prefill as read_prefill
    from ptxl.renew.repair import Repaired as Repaired
    from ptxl.summary.comparisons import Comparisons as Comparisons
    from ptxl.template import NO_LOCAL as NO_LOCAL
    from ptxl.template import Local as Local
    from ptxl.template import Templates as Templates
    from ptxl.template import read_local as read_local

#: what is here, by the module that it comes from
_HOMES = {
    "ptxl.api.beside": ("read_approved_budget", "read_waivers"),
    "ptxl.api.finished": ("inspect",),
    "ptxl.api.forms": ("form_file_name", "generate", "identity", "load_key", "units_of_form"),
    "ptxl.api.renewing": ("fill", "repair", "upgrade"),
    "ptxl.api.returned": ("all_waivers", "check", "document", "mark", "read", "save_marked"),
    "ptxl.api.stages": ("read_approved", "read_year", "write_year"),
    "ptxl.batch": ("Progress", "each", "keep_apart"),
    "ptxl.check.waivers": ("Waivers",),
    "ptxl.inputs": ("FileName", "Inputs", "find_files", "find_inputs"),
    "ptxl.inspection.flaws": ("Flaw",),
    "ptxl.last_year": ("LastYear", "read_last_year"),
    "ptxl.merge.against_budget": ("AgainstBudget",),
    "ptxl.merging": ("Merged", "merge", "read_comparisons"),
    "ptxl.model.errors": ("PtxlError",),
    "ptxl.receive.sniff": ("Limits",),
    "ptxl.receive.workers": ("Terms", "Unread"),
    "ptxl.renew.prefill": ("load_prefill", "read_prefill"),
    "ptxl.renew.repair": ("Repaired",),
    "ptxl.summary.comparisons": ("Comparisons",),
    "ptxl.template": ("NO_LOCAL", "Local", "Templates", "read_local"),
}  # fmt: skip
__getattr__, __all__ = door(__name__, _HOMES)
