"""A template, or a file of rules → all its faults at once, each at its own line.

A template is expanded once for each choice and flag among its parameters, so that what only one of
them brings to light is found as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path as FilePath

from ptxl.layout.places import misplaced
from ptxl.model.errors import Fault, Origin
from ptxl.model.form import Form
from ptxl.model.path import Path
from ptxl.template.cells import Asked, note
from ptxl.template.check_rules import RuleCheck
from ptxl.template.decode import walk
from ptxl.template.expand import Expanded, expand
from ptxl.template.include import RuleFiles, is_rule_file, names_used, read_rule_file
from ptxl.template.lists import every
from ptxl.template.parameters import Parameter, read_parameters, settle
from ptxl.template.source import Faults, did_you_mean, read_source
from ptxl.template.specs import NodeSpec, TemplateSpec, decode_template


def lint(path: FilePath) -> tuple[Fault, ...]:
    """Every fault of one template, or of one file of rules, in order of line."""
    faults = Faults()
    if is_rule_file(path):
        _lint_rule_file(path, faults)
    else:
        _lint_template(path, faults)
    return faults.sorted()


def check_form(expanded: Expanded, faults: Faults) -> None:
    """Fault every cell that has no room, and every rule that cannot be asked."""
    for found in misplaced(expanded.form):
        faults.add(found.cell.origin, found.code, **found.facts)
    RuleCheck(expanded, faults).check()


# -- templates and files of rules


def _lint_template(path: FilePath, faults: Faults) -> None:
    root = read_source(path, faults)
    if not root.map:
        return
    template = decode_template(root, faults)
    files = RuleFiles(path)
    forms = _expand_all(template, files, faults)
    _fault_missing(forms, str(path), faults)
    declared = {name: spec.origin for name, spec in template.parameters.items()}
    _fault_unused("unused_parameter", declared, names_used(template, files), faults)
    declared = {name: spec.origin for name, spec in template.lists.items()}
    used = {name for expanded in forms for name in expanded.form.lists}
    _fault_unused("unused_list", declared, used, faults)
    _fault_idle_least(template, forms, faults)


def _lint_rule_file(path: FilePath, faults: Faults) -> None:
    """The file itself, and its rules in all templates beside it.

    What a rule needs may be missing where the file is included, as long as some template has it.
    """
    path = path.resolve()
    read_rule_file(path, faults)
    forms: list[Expanded] = []
    in_templates = Faults()
    for neighbour in sorted(path.parent.parent.glob("*/template.yaml")):
        template = decode_template(read_source(neighbour, in_templates), in_templates)
        forms += _expand_all(template, RuleFiles(neighbour), in_templates)
    faults.extend(fault for fault in in_templates.sorted() if fault.place == str(path))
    there = {name for expanded in forms for name in _all_names(expanded.form)}
    _fault_missing(forms, str(path), faults, there)


def _expand_all(template: TemplateSpec, files: RuleFiles, faults: Faults) -> list[Expanded]:
    """The form of a template for each choice among its parameters."""
    parameters = read_parameters(template.parameters, faults)
    forms = []
    for given in _variants(parameters):
        settled = settle(parameters, given, faults)
        forms.append(expand(template, settled, files, faults))
        check_form(forms[-1], faults)
    return forms


def _variants(parameters: Mapping[str, Parameter]) -> Iterator[dict[str, object]]:
    base = {name: parameter.example for name, parameter in parameters.items()}
    yield base
    for name, parameter in parameters.items():
        for value in parameter.choices:
            yield {**base, name: value}


def _fault_missing(
    forms: Iterable[Expanded], place: str, faults: Faults, there: Collection[str] = ()
) -> None:
    """Fault each name, written in a file, that none of the forms has where it is asked for.

    Names that are known to be `there` somewhere are none.
    """
    asked: Asked = {}
    known = set(there)
    for expanded in forms:
        known |= _all_names(expanded.form)
        for (leaf, name), found in expanded.asked.items():
            note(asked, leaf, name, found=found)
    for (leaf, name), found in asked.items():
        if leaf.origin.place == place and not found and name not in there:
            faults.add(leaf.origin, "in_no_form", name=name, hint=did_you_mean(name, known))


def _all_names(form: Form) -> set[str]:
    """What may have been meant by a misspelt name: fields, from any scope, and words of lists."""
    found = set(form.parameters)
    for tree in form.lists.values():
        found.update(node.name for node in every(tree))
    for path in (
        *(Path(each.path) for each in form.fields()),
        *(Path(t.path) for t in form.tables),
    ):
        for top in ("", *path.rows):
            name = path.below(top)
            found.update((name, name.pattern))
    return found


def _fault_unused(
    code: str, declared: Mapping[str, Origin], used: Collection[str], faults: Faults
) -> None:
    for name, origin in declared.items():
        faults.expect(name in used, origin, code, name=name)


def _fault_idle_least(template: TemplateSpec, forms: list[Expanded], faults: Faults) -> None:
    """Fault a `least` in a list of which nothing counts rows."""
    grouped = {name for expanded in forms for name in expanded.grouped_lists}
    for name in set(template.lists).difference(grouped):
        for node in walk(template.lists[name]):
            if isinstance(node, NodeSpec) and node.least.given:
                faults.add(node.least.origin, "idle_least")
