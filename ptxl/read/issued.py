"""Which form a workbook says it is, and whether that is true."""

from __future__ import annotations

from collections.abc import Iterator

from ptxl.errors import TemplateError
from ptxl.findings import Finding, finding
from ptxl.identity import identify, read_identity
from ptxl.layout import IDENTITY_SHEET, Layout
from ptxl.read.book import Workbook
from ptxl.refusals import refusal
from ptxl.submission import Identity
from ptxl.template import Templates


def read_issued(workbook: Workbook) -> Identity:
    """Which form a workbook says it is. Raises WorkbookError when it says nothing."""
    there = IDENTITY_SHEET in workbook.names
    identity = read_identity(workbook.grid(IDENTITY_SHEET)) if there else None
    if identity is None:
        raise refusal("not_a_form")
    return identity


def layout_of(identity: Identity, templates: Templates) -> Layout:
    """The form of that identity, laid out. Raises WorkbookError when there is no such template."""
    try:
        template = templates.get(identity.template, identity.edition)
    except TemplateError:
        raise refusal("template_unknown", template=identity.template) from None
    try:
        return template.layout(identity.parameters)
    except TemplateError:
        raise refusal("parameters_unfit", template=identity.template) from None


def issued_findings(identity: Identity, layout: Layout) -> Iterator[Finding]:
    """Where an identity does not vouch for itself, or the template is another one now."""
    expected = identify(layout, identity.unit, identity.edition)
    found, now = identity.edition, layout.form.edition
    if identity.serial != expected.serial:
        yield finding("identity_changed", what=f"{identity.serial} ≠ {expected.serial}")
    elif identity.digest != expected.digest:
        # Where the form was laid out differently, a value may be read for another.
        yield finding("template_changed", found=found, expected=now)
    elif found != now:
        yield finding("edition_differs", found=found, expected=now)
