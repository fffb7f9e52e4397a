"""Reads local.yaml and checks it against the templates that it is for → all its faults, by line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path as FilePath

from ptxl.check.waivers import WAIVABLE, is_waivable
from ptxl.model.errors import Fault, Origin, TemplateError
from ptxl.template.cells import Asked
from ptxl.template.check_rules import with_local_rules
from ptxl.template.decode import leaves_in, names_in, origin_of, walk
from ptxl.template.expand import Expanded
from ptxl.template.faults import Faults
from ptxl.template.folders import find_templates, local_file, template_file
from ptxl.template.include import RuleFiles, words_in_tables
from ptxl.template.lint import check_rules, expand_all
from ptxl.template.local import Local
from ptxl.template.local_rules import LocalRules, decoded
from ptxl.template.source import read_source
from ptxl.template.specs import ConstantSpec, InclusionSpec, RuleSpec, TemplateSpec, decode_template


def lint_local(path: str | FilePath, templates: Iterable[str | FilePath] = ()) -> tuple[Fault, ...]:
    """Every fault of a county's own rules, tried in these templates and those found by id."""
    files = (*map(template_file, templates), *find_templates())
    return lint_local_file(local_file(path), tuple(dict.fromkeys(files)))


def read_local(path: str | FilePath, templates: Iterable[str | FilePath] = ()) -> Local:
    """A county's own rules, in a file or in the `local.yaml` of a folder.

    Raises TemplateError with every fault: a rule that is misspelt must not be silent.
    """
    path = local_file(path)
    stat = path.stat() if path.is_file() else None
    changed = (stat.st_mtime_ns, stat.st_size) if stat else ()
    return _read_local(path, changed, tuple(map(str, templates)))


@lru_cache(maxsize=8)  # of a round that is watched, every two seconds
def _read_local(path: FilePath, changed: tuple[int, ...], templates: tuple[str, ...]) -> Local:
    faults = lint_local(path, templates)
    if faults:
        raise TemplateError(faults)
    return decoded(path, Faults())


def lint_local_file(path: FilePath, templates: Iterable[FilePath]) -> tuple[Fault, ...]:
    """Every fault of a county's own rules, tried in some templates, in order of line.

    What is wrong with the templates themselves is not its fault.
    """
    faults = Faults()
    with faults.survived(path):
        local = decoded(path, faults)
        _Against(path, local).check(templates, faults)
    return faults.sorted()


class _Against:
    """A county's own rules against the templates that they are for."""

    def __init__(self, path: FilePath, local: Local) -> None:
        self._path, self._local, self._own = path, local, LocalRules.of(local)
        self._asked = Asked()
        self._ids: set[str] = set()
        #: the rules of templates, and in files of rules the words of their constants
        self._rules: set[str] = set()
        self._constants: dict[str, set[str]] = {}
        #: of each of its own rules, by its place: why it fits no form, or nothing where it fits one
        self._misfits: dict[Origin, tuple[Fault, ...]] = {}

    def check(self, templates: Iterable[FilePath], faults: Faults) -> None:
        """Note every fault of the file."""
        inside, forms = Faults(), list[Expanded]()
        for path in templates:
            with inside.survived(path):
                template = decode_template(read_source(path, inside), inside)
                files = RuleFiles(path)
                self._take_names(template, files)
                forms += map(self._fitted, expand_all(
                    template, files, inside, self._asked, self._local
                ))  # fmt: skip
        check_rules({str(self._path)}, forms, self._asked, inside)
        faults.extend(fault for fault in inside.sorted() if fault.place == str(self._path))
        self._check_names(faults)
        self._check_rules(faults)

    def _take_names(self, template: TemplateSpec, files: RuleFiles) -> None:
        self._ids.add(template.id.written)
        inclusions = [spec for spec in walk(template) if isinstance(spec, InclusionSpec)]
        included = (files.find(one.include.written, Faults()) for one in inclusions)
        for spec in walk((template, *filter(None, included))):
            if isinstance(spec, RuleSpec):
                self._rules.add(spec.id.written)
        for file in files.every(Faults()):
            self._take_constants(file.constants)
            for name, words in words_in_tables(file, Faults()).items():
                self._constants.setdefault(name, set()).update(words)
        for one in inclusions:
            self._take_constants(one.with_)

    def _take_constants(self, constants: Mapping[str, ConstantSpec]) -> None:
        for name, constant in constants.items():
            words = self._constants.setdefault(name, set())
            words.update(leaf.written for leaf in leaves_in(constant))

    def _fitted(self, expanded: Expanded) -> Expanded:
        """A form with the rules that fit it; of the others it is noted why they do not."""
        tried = {made.spec.origin for made in expanded.local_rules}
        fitted, faults = with_local_rules(expanded)
        fits = {made.spec.origin for made in fitted.rules}
        for origin in tried:
            own = tuple(each for each in faults if each.key.startswith(f"{origin.key}."))
            before = self._misfits.get(origin, own)
            self._misfits[origin] = () if origin in fits else min(before, own, key=len)
        return fitted

    def _check_names(self, faults: Faults) -> None:
        """Fault what is changed, left out or excepted, and is nowhere."""
        spec, own = self._own.spec, {rule.id.written for rule in self._own.rules}
        for leaf in spec.without:
            faults.known(leaf.written, self._rules, leaf.origin, "no_rule")
        for name, severity in spec.severity.items():
            faults.known(name, self._rules, severity.origin, "no_rule")
        for one in spec.exceptions:
            if is_waivable(one.rule.written):
                known = self._rules | own | set(WAIVABLE)
                faults.known(one.rule.written, known, one.rule.origin, "no_rule")
        used = names_in(spec.rules)
        for name, constant in spec.constants.items():
            known = self._constants.keys() | used
            faults.known(name, known, origin_of(constant, spec.origin), "no_constant")
        for name, change in spec.words.items():
            faults.known(name, self._constants, change.origin, "no_constant")
            for word in change.remove if name in self._constants else ():
                faults.known(word.written, self._constants[name], word.origin, "no_word")

    def _check_rules(self, faults: Faults) -> None:
        """Fault the rules that no form has the fields for."""
        for rule in self._own.rules:
            for leaf in rule.templates:
                faults.known(leaf.written, self._ids, leaf.origin, "no_local_template")
            faults.extend(self._misfits.get(rule.origin, ()))
            told = any(each.key.startswith(f"{rule.origin.key}.") for each in faults.sorted())
            faults.expect(told or rule.origin in self._misfits, rule.origin, "fits_no_form")
