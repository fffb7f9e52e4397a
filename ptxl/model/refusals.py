"""Why a file is refused: a closed list of codes; their sentences stand in `ptxl/words/`."""

from __future__ import annotations

from typing import Literal

from ptxl.model.errors import WorkbookError

RefusalCode = Literal[
    # before it is opened
    "empty", "not_a_file", "not_fetched", "too_large",
    # something else than a workbook
    "html", "text", "xml_2003", "document", "not_a_workbook", "archive", "xlsb", "encrypted",
    "macros",
    # not whole
    "cut_short", "damaged", "broken_xml", "part_missing", "unreadable",
    # meant to harm, or as good as
    "bomb", "duplicate_parts", "dtd", "too_many_cells",
    # an archive or a mail, or a file in it, that cannot be opened
    "archive_encrypted", "archive_split", "archive_overlaps", "archive_needs_program",
    "archive_not_opened", "archive_too_deep", "archive_too_large", "too_many_files",
    "attachment_broken",
    # while it was read
    "timed_out", "out_of_memory", "killed", "internal",
    # a workbook, but not to be used
    "not_a_form", "own_output", "problem_list", "identity_lost", "not_xlsx", "not_inspected",
    "changed_too_much",
    "template_unknown", "edition_missing", "identity_doubtful", "parameters_unfit",
]  # fmt: skip
#: of workbooks that ptxl wrote and nobody returns: in a folder they are passed over
OWN_WORKBOOKS: tuple[RefusalCode, ...] = ("own_output", "problem_list")
#: characters of a name or text out of a file: what makes it known, and no more
_LONGEST = 100


def refusal(code: RefusalCode, **facts: object) -> WorkbookError:
    """Make the error that tells why a file is refused, and what to do; long texts are cut."""
    return WorkbookError(code, **{name: _shortened(fact) for name, fact in facts.items()})


def _shortened(fact: object) -> object:
    if isinstance(fact, str) and len(fact) > _LONGEST:
        return f"{fact[:_LONGEST]}…"
    return fact
