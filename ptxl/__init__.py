"""ptxl: budget performance targets (预算绩效目标) from template to county summary.

The commands as functions are `ptxl.api`; the names below are what they take, give and raise. They
are loaded when they are first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from ptxl.doors import door

if TYPE_CHECKING:
    from ptxl import api as api
    from ptxl.api import Limits as Limits
    from ptxl.api import Merged as Merged
    from ptxl.api import Repaired as Repaired
    from ptxl.api import Templates as Templates
    from ptxl.api import Terms as Terms
    from ptxl.api import Unread as Unread
    from ptxl.api import Waivers as Waivers
    from ptxl.model.errors import AnswersError as AnswersError
    from ptxl.model.errors import Fault as Fault
    from ptxl.model.errors import InputError as InputError
    from ptxl.model.errors import OptionError as OptionError
    from ptxl.model.errors import OutputError as OutputError
    from ptxl.model.errors import PtxlError as PtxlError
    from ptxl.model.errors import RosterError as RosterError
    from ptxl.model.errors import SigningKeyError as SigningKeyError
    from ptxl.model.errors import TableError as TableError
    from ptxl.model.errors import TemplateError as TemplateError
    from ptxl.model.errors import WorkbookError as WorkbookError
    from ptxl.model.findings import Finding as Finding
    from ptxl.model.form import Unit as Unit
    from ptxl.model.submission import CheckedSubmission as CheckedSubmission
    from ptxl.words import LANGUAGES as LANGUAGES
    from ptxl.words import Speaker as Speaker

__version__ = "0.1.0"
#: the public names, by the module that they come from
_PUBLIC = {
    "ptxl.api": ("Limits", "Merged", "Repaired", "Templates", "Terms", "Unread", "Waivers"),
    "ptxl.model.errors": (
        "AnswersError", "Fault", "InputError", "OptionError", "OutputError", "PtxlError",
        "RosterError", "SigningKeyError", "TableError", "TemplateError", "WorkbookError",
    ),
    "ptxl.model.findings": ("Finding",),
    "ptxl.model.form": ("Unit",),
    "ptxl.model.submission": ("CheckedSubmission",),
    "ptxl.words": ("LANGUAGES", "Speaker"),
}  # fmt: skip
_find, _names = door(__name__, _PUBLIC)
__all__ = ["api", *_names]  # noqa: PLE0604 - every entry is a text


def __getattr__(name: str) -> object:
    return import_module("ptxl.api") if name == "api" else _find(name)
