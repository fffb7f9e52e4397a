"""summary.yaml → which sheets a summary has, and what stands in them. The door of this folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ptxl.cache import kept, key_of
from ptxl.model.errors import Fault, TemplateError
from ptxl.model.layout import Layout
from ptxl.model.path import TOP
from ptxl.summary.sheets import DataSheet
from ptxl.summary.template.check import NAMES, SummaryCheck
from ptxl.summary.template.names import Known, names_of
from ptxl.summary.template.plan import SummaryPlan
from ptxl.summary.template.specs import SummarySpec, decode_summary
from ptxl.template import FILE_NAME as TEMPLATE_NAME
from ptxl.template import Templates, find_templates, load_template, shipped
from ptxl.template.faults import Faults, Stop, bytes_of
from ptxl.template.leaves import Scope
from ptxl.template.source import read_source
from ptxl.words import Speaker

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


@dataclass(frozen=True, slots=True)
class SummaryTemplate:
    """Which sheets a summary has, as a file says; `built_in` says it of all others."""

    spec: SummarySpec
    built_in: SummarySpec

    def title(self, names: Mapping[str, object]) -> str:
        """The title of the summary; "" where the template says none."""
        return self.spec.title.of(Scope(TOP, {**NAMES, **names}, Faults()))

    def plan(
        self, standard: Iterable[DataSheet], names: Mapping[str, object], speaker: Speaker
    ) -> SummaryPlan:
        """Plan the sheets of a summary, of which `standard` are all data sheets that there are.

        `names` are what its texts may show: the title, the county, the year.
        """
        scope = Scope(TOP, {**NAMES, **names}, Faults())
        return SummaryPlan(self.spec, self.built_in, standard, scope, speaker)


def load_summary(path: Path) -> SummaryTemplate:
    """Read a summary template. Raises TemplateError with every fault.

    Where it stands beside the form's template, against which it is checked, it is kept.
    """
    try:
        form = load_template(path.with_name(TEMPLATE_NAME))
        key = key_of("summary", form.digest, bytes_of(path, Faults()))
    except (TemplateError, Stop):  # told when it is checked
        spec = _checked(path)
    else:
        spec = kept(key, lambda: _checked(path))
    return SummaryTemplate(spec, built_in_template().spec)


def _checked(path: Path) -> SummarySpec:
    faults = lint_summary(path)
    if faults:
        raise TemplateError(faults)
    return _decoded(path, Faults())


@lru_cache(maxsize=1)
def built_in_template() -> SummaryTemplate:
    """The summary template that ships with ptxl, read once."""
    path = built_in()
    spec = kept(key_of(str(path), path.read_bytes()), lambda: _decoded(path, Faults()))
    return SummaryTemplate(spec, spec)


def summary_template(forms: Iterable[tuple[str, str]], templates: Templates) -> SummaryTemplate:
    """The summary template of forms: that beside their template where they all have the same one.

    `forms` are ids and editions of templates, of which none needs to be here: summaries of others
    tell of forms too. Raises TemplateError where that one is faulty.
    """
    ids = {template for template, _ in forms}
    if len(ids) != 1:
        return built_in_template()
    try:
        found = beside(templates.get(ids.pop()).path)
    except TemplateError:
        found = None
    return load_summary(found) if found else built_in_template()


def lint_summary(path: Path) -> tuple[Fault, ...]:
    """Every fault of a summary template, in order of line.

    Names are looked up in what the form's template beside it asks; where there is none, in what
    any template asks that can be found.
    """
    faults = Faults()
    with faults.survived(path):
        SummaryCheck(_known_at(path), faults).check(_decoded(path, faults))
    return faults.sorted()


def _decoded(path: Path, faults: Faults) -> SummarySpec:
    return decode_summary(read_source(path, faults), faults)


def _known_at(path: Path) -> Known:
    own = path.with_name(TEMPLATE_NAME)
    templates = [own] if own.is_file() else find_templates()
    return names_of(layout for template in templates for layout in _layouts(template))


def _layouts(template: Path) -> Iterator[Layout]:
    """Yield the forms of a template; a faulty one is told of by its own check."""
    try:
        yield from load_template(template).layouts()
    except TemplateError:
        return
