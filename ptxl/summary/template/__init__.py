"""summary.yaml → which sheets a summary has, and what stands in them. The door of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ptxl.model.errors import Fault, TemplateError
from ptxl.model.layout import Layout
from ptxl.summary.template.check import SummaryCheck
from ptxl.summary.template.names import STANDARD, Known, names_of
from ptxl.summary.template.specs import SummarySpec, decode_summary
from ptxl.template import find_templates, load_template, shipped
from ptxl.template.source import Faults, read_source

FILE_NAME = "summary.yaml"
#: the folder of the summary template that counts where there is no other
_BUILT_IN = "_summary"


def built_in() -> Path:
    """The summary template that ships with ptxl, for forms of every template."""
    return shipped("templates") / _BUILT_IN / FILE_NAME


def beside(template: Path) -> Path | None:
    """The summary template beside the file of a form's template, if there is one."""
    path = template.with_name(FILE_NAME)
    return path if path.is_file() else None


def is_summary_file(path: Path) -> bool:
    """Whether a file is a summary template, by its name, or else by what stands in it.

    A form's template has an `id` and an `edition`; a summary template has `sheets` alone.
    """
    if not path.is_file() or path.suffix not in (".yaml", ".yml"):
        return False
    if path.name == FILE_NAME:
        return True
    faults, keys = Faults(), frozenset[str]()
    with faults.survived(path):
        keys = frozenset(read_source(path, faults).map)
    return "sheets" in keys and {"id", "edition"}.isdisjoint(keys)


def load_summary(path: Path) -> SummarySpec:
    """Read a summary template. Raises TemplateError with every fault of its shape."""
    faults, found = Faults(), list[SummarySpec]()
    with faults.raised(path):
        found.append(decode_summary(read_source(path, faults), faults))
    return found[0]


def lint_summary(path: Path) -> tuple[Fault, ...]:
    """Every fault of a summary template, in order of line.

    Names are looked up in what the form's template beside it asks; where there is none, in what
    any template asks that can be found.
    """
    faults = Faults()
    with faults.survived(path):
        spec = decode_summary(read_source(path, faults), faults)
        SummaryCheck(STANDARD, _known_at(path), faults).check(spec)
    return faults.sorted()


def _known_at(path: Path) -> Known:
    own = path.with_name("template.yaml")
    templates = [own] if own.is_file() else find_templates()
    return names_of(layout for template in templates for layout in _layouts(template))


def _layouts(template: Path) -> Iterator[Layout]:
    """Yield the forms of a template; a faulty one is told of by its own check."""
    try:
        yield from load_template(template).layouts()
    except TemplateError:
        return
