"""A template, or a file of rules → all its faults at once, each at its own line.

A template is expanded once for each choice and flag among its parameters, so that what only one of
them brings to light is found as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from itertools import chain
from pathlib import Path as FilePath

from ptxl.layout.places import misplaced
from ptxl.model.errors import Fault, TemplateError
from ptxl.model.form import Field, Form, Table
from ptxl.template.cells import Asked
from ptxl.template.check_computed import check_computed
from ptxl.template.check_follow import check_follow, check_words
from ptxl.template.check_rules import RuleCheck
from ptxl.template.declared import read_parameters
from ptxl.template.decode import Spec, walk
from ptxl.template.expand import Expanded, expand
from ptxl.template.faults import Faults
from ptxl.template.folders import file_beside, is_rule_file, template_file
from ptxl.template.include import RuleFiles, names_used, read_rule_file, words_in_tables
from ptxl.template.leaves import top_scope
from ptxl.template.lists import every
from ptxl.template.local import NO_LOCAL, Local
from ptxl.template.parameters import settle, variants
from ptxl.template.source import read_source
from ptxl.template.specs import InclusionSpec, NodeSpec, RuleSpec, TemplateSpec, decode_template

_MOST_CHOICES = 200
#: from 0 to 1, how alike a name is to another for which it may stand
_NEARLY = 0.9


def lint_template(name: str | FilePath) -> tuple[Fault, ...]:
    """Every fault of a template, or of a file of rules; empty when there is none.

    Each has its file, line and key path.
    """
    return lint(template_file(name))


def lint(path: FilePath) -> tuple[Fault, ...]:
    """Every fault of one template, or of one file of rules, in order of line."""
    if is_rule_file(path):
        return lint_rule_files([path])
    faults = Faults()
    with faults.survived(path):
        _lint_template(path, faults)
    return faults.sorted()


def lint_rule_files(paths: Sequence[FilePath]) -> tuple[Fault, ...]:
    """Every fault of some files of rules, for which the templates beside them are expanded once."""
    faults = Faults()
    with faults.survived(paths[0]):
        _lint_rule_files(paths, faults)
    return faults.sorted()


def check_form(expanded: Expanded, faults: Faults) -> None:
    """Fault every cell that has no room, every rule that cannot be asked, and every cell that
    cannot be computed."""
    for found in misplaced(expanded.form):
        faults.add(found.cell.origin, found.code, **found.facts)
    RuleCheck(expanded, faults).check()
    check_computed(expanded.form, faults)


# -- templates and files of rules


def _lint_template(path: FilePath, faults: Faults) -> None:
    template = decode_template(read_source(path, faults), faults)
    files, asked, following = RuleFiles(path), Asked(), Faults()
    forms = expand_all(template, files, faults, asked)
    for expanded in forms:
        check_form(expanded, following)
    _fault_absent({str(path)}, forms, asked, following)
    _check_follow(template, forms, path, following)
    _fault_unused("unused_parameter", template.parameters, names_used(template, files), following)
    used = frozenset(chain(*(expanded.form.lists for expanded in forms)))
    _fault_unused("unused_list", template.lists, used, following)
    _fault_idle_least(template, forms, following)
    _fault_never_asked(template, following)
    _fault_misspelt(forms, asked, path, following)
    faults.leave_out_what_follows(following)


def _lint_rule_files(paths: Iterable[FilePath], faults: Faults) -> None:
    """The files themselves, and their rules in all templates beside them.

    What a rule needs may be missing where the file is included, as long as some template has it.
    """
    beside: dict[FilePath, set[str]] = {}
    for path in map(FilePath.resolve, paths):
        file = read_rule_file(path, faults)
        words_in_tables(file, faults)
        _fault_never_asked(file, faults)
        beside.setdefault(path.parent.parent, set()).add(str(path))
    for folder, places in beside.items():
        _try_in_templates(places, folder, faults)


def _try_in_templates(places: Collection[str], folder: FilePath, faults: Faults) -> None:
    """Fault what is wrong with rules that are written at some places, in the templates there."""
    forms: list[Expanded] = []
    in_templates, asked = Faults(), Asked()
    for path in sorted(folder.glob("*/template.yaml")):
        with in_templates.survived(path):
            template = decode_template(read_source(path, in_templates), in_templates)
            forms += expand_all(template, RuleFiles(path), in_templates, asked)
    there = frozenset(chain(*(_all_names(expanded.form) for expanded in forms)))
    check_rules(places, forms, asked, in_templates, there)
    faults.extend(fault for fault in in_templates.sorted() if fault.place in places)


def expand_all(
    template: TemplateSpec, files: RuleFiles, faults: Faults, asked: Asked,
    local: Local = NO_LOCAL,
) -> list[Expanded]:  # fmt: skip
    """The form of a template for each choice among its parameters."""
    parameters = read_parameters(template.parameters, faults)
    count = sum(len(parameter.choices) for parameter in parameters.values())
    faults.demand(count <= _MOST_CHOICES, template.origin, "too_many_choices", most=_MOST_CHOICES)
    settled = (settle(parameters, given, faults) for given in variants(parameters))
    return [expand(template, each, files, faults, asked, local) for each in settled]


def check_rules(
    places: Collection[str], forms: list[Expanded], asked: Asked, faults: Faults,
    there: frozenset[str] = frozenset(),
) -> None:  # fmt: skip
    """Fault the rules written at some places that cannot be asked, or name what no form has.

    Names that are known to be `there` somewhere are not missing.
    """
    for expanded in forms:
        RuleCheck(expanded, faults).check(places)
    _fault_absent(places, forms, asked, faults, there)


def _fault_absent(
    places: Collection[str], forms: list[Expanded], asked: Asked, faults: Faults,
    there: frozenset[str] = frozenset(),
) -> None:  # fmt: skip
    """Fault names and words that are written at some places and that none of the forms has."""
    known = there.union(*(_all_names(expanded.form) for expanded in forms))
    words = [(leaf, word) for leaf, word in asked.missing_words() if leaf.origin.place in places]
    missing = [(leaf, name) for leaf, name in asked.missing() if name not in there]
    for leaf, name in (*missing, *words):
        if leaf.origin.place in places:
            hint = faults.hint(name, known.difference({name}))
            faults.add(leaf.origin, "in_no_form", name=name, hint=hint)
    # Where a word is in no list, it may only follow that a rule never speaks.
    wrong = {leaf.origin.place for leaf, _ in words}
    for leaf in asked.silent():
        if leaf.origin.place in places and leaf.origin.place not in wrong:
            faults.add(leaf.origin, "never_broken")


def _check_follow(
    template: TemplateSpec, forms: list[Expanded], path: FilePath, faults: Faults
) -> None:
    """Fault what is printed of an earlier stage and is not there, or does not fit."""
    if not check_words(template, faults):
        return
    carries = {(one.earlier.pattern, one.origin): one for form in forms for one in form.carries}
    for followed in template.follow:
        name = followed.id.written
        try:
            found = file_beside(path, name)
        except TemplateError as error:
            facts = {"name": name, **error.faults[0].facts}
            faults.add(followed.origin, "no_earlier_template", **facts)
            continue
        of_earlier = Faults()
        with of_earlier.survived(found):
            spec = decode_template(read_source(found, of_earlier), of_earlier)
            earlier = [one.form for one in expand_all(spec, RuleFiles(found), of_earlier, Asked())]
            check_follow(template, followed, carries.values(), earlier, faults)


def _fault_misspelt(forms: list[Expanded], asked: Asked, path: FilePath, faults: Faults) -> None:
    """Fault the files of rules that need what no template has, and this one nearly has.

    Where a template only lacks what others have, or has it in another scope, the file is right, and
    nothing is looked up.
    """
    known = frozenset(chain(*(_all_names(expanded.form) for expanded in forms)))
    missing = [(leaf.origin.place, name) for leaf, name in asked.missing()]
    elsewhere = {name for place, name in missing if place != str(path)}
    near = {name for name in elsewhere if _nearly_known(name, known)}
    files = {FilePath(place): None for place, name in missing if name in near}
    _lint_rule_files(filter(is_rule_file, files), faults)


def _nearly_known(name: str, known: frozenset[str]) -> bool:
    """Whether a name is none of those known, but so alike to one that it may be meant."""
    return name not in known and bool(get_close_matches(name, known, n=1, cutoff=_NEARLY))


def _fault_never_asked(root: object, faults: Faults) -> None:
    """Fault what is left out whatever the parameters and constants are."""
    for spec in walk(root):
        if isinstance(spec, RuleSpec | InclusionSpec) and not spec.when.names():
            used = spec.when.of(top_scope({}, Faults()))
            faults.expect(used, spec.when.origin, "never_asked")


def _all_names(form: Form) -> set[str]:
    """What may have been meant by a misspelt name: fields, from any scope, and words of lists."""
    found = set(form.parameters)
    for tree in form.lists.values():
        found.update(node.name for node in every(tree))
    asked: chain[Field | Table] = chain(form.fields(), form.tables)
    for each in asked:
        for top in ("", *each.path.rows):
            name = each.path.below(top)
            found.update((name, name.pattern))
    return found


def _fault_unused(
    code: str, declared: Mapping[str, Spec], used: frozenset[str], faults: Faults
) -> None:
    for name, spec in declared.items():
        faults.expect(name in used, spec.origin, code, name=name)


def _fault_idle_least(template: TemplateSpec, forms: list[Expanded], faults: Faults) -> None:
    """Fault a `least` in a list of which nothing counts rows."""
    grouped = frozenset(chain(*(expanded.grouped_lists for expanded in forms)))
    idle = [spec for name, spec in template.lists.items() if name not in grouped]
    for node in walk(tuple(idle)):
        if isinstance(node, NodeSpec) and node.least.given:
            faults.add(node.least.origin, "idle_least")
