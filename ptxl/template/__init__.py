"""template.yaml + parameters → Form. The door of this folder.

template = load_template("hebei-department")
form = template.form(year=2026, projects=5)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from ptxl.cache import kept, key_of
from ptxl.layout.places import lay_out
from ptxl.model.errors import Fault, TemplateError
from ptxl.model.form import Form
from ptxl.model.layout import Layout
from ptxl.rules.ruleset import ParsedRules, parse_rules, take_parsed
from ptxl.template.check_rules import with_local_rules
from ptxl.template.decode import leaves_in
from ptxl.template.expand import expand
from ptxl.template.folders import (
    FILE_NAME,
    find_templates,
    template_file,
    template_files,
    template_folders,
)
from ptxl.template.include import (
    TABLES,
    RuleFiles,
    find_constants,
    is_rule_file,
    names_used,
    shipped,
)
from ptxl.template.leaves import Evaluated, top_scope
from ptxl.template.lint import check_form, lint, variants
from ptxl.template.lint_local import lint_local_file
from ptxl.template.local import FILE_NAME as LOCAL
from ptxl.template.local import NO_LOCAL, Local, decoded, is_local_file, local_file
from ptxl.template.parameters import Parameter, read_parameters, settle
from ptxl.template.source import Faults, bytes_of, read_source
from ptxl.template.specs import TemplateSpec, decode_template

__all__ = [
    "FILE_NAME",
    "LOCAL",
    "NO_LOCAL",
    "FormName",
    "Local",
    "Template",
    "Templates",
    "find_templates",
    "is_local_file",
    "is_rule_file",
    "lint_local",
    "lint_template",
    "load_template",
    "read_local",
    "shared_constants",
    "shipped",
    "template_file",
]

#: laid out and kept of one template: files of strangers may name ever other parameters
_MOST_LAYOUTS = 32


class Template:
    """A form family as data (模板), loaded once; `form` compiles it with parameters."""

    def __init__(
        self, path: Path, key: str, spec: TemplateSpec, parameters: Mapping[str, Parameter],
        local: Local = NO_LOCAL,
    ) -> None:  # fmt: skip
        self.path = path
        self.parameters = parameters
        self._key = key
        self._local = local
        self._spec = spec
        self._files = RuleFiles(path)
        self._layouts: dict[str, Layout] = {}
        #: the parameters of the forms that had to be compiled here
        self.compiled: list[Mapping[str, object]] = []

    @property
    def digest(self) -> str:
        """By which all is known again that its forms are made of."""
        return key_of(self._key, self._files.digest(), self._local.digest)

    @property
    def id(self) -> str:
        """The stable name of the form family."""
        return self._spec.id.written

    @property
    def edition(self) -> str:
        """Which edition of the form family this is, as written."""
        return self._spec.edition.written

    @property
    def about(self) -> str:
        """What the template is for and which official document it follows."""
        return self._spec.about.written

    @property
    def short(self) -> str:
        """What people call the form, in a few words; "" where the template does not say."""
        return self._spec.short.written

    @property
    def follows(self) -> str:
        """The id of the template of the stage before it; "" where it follows none."""
        return self._spec.follow.written

    @property
    def columns(self) -> frozenset[str]:
        """The columns of the roster that the form prints, by their headings."""
        texts = (leaf for leaf in leaves_in(self._spec) if isinstance(leaf, Evaluated))
        return frozenset().union(*(text.columns() for text in texts))

    def form(self, **given: object) -> Form:
        """The form for these parameters; those not given take their default.

        Raises TemplateError, with every fault, when template and parameters make no form.
        """
        return self.layout(given).form

    def layout(self, given: Mapping[str, object]) -> Layout:
        """The form for these parameters, laid out. Compiled once for equal parameters.

        Raises TemplateError when they make no form, or one too large to be one.
        """
        # A returned form names all its parameters, as they were settled when it was issued.
        known = self._layouts.get(repr(sorted(given.items())))
        if known:
            return known
        faults = Faults()
        with faults.raised(self.path):
            settled = settle(self.parameters, given, faults)
        key = repr(sorted(settled.items()))
        if key not in self._layouts:
            if len(self._layouts) >= _MOST_LAYOUTS:
                del self._layouts[next(iter(self._layouts))]
            self._layouts[key] = self._laid_out(settled)
        return self._layouts[key]

    def _laid_out(self, settled: Mapping[str, object]) -> Layout:
        """The form for all its parameters, compiled or as it was kept, with its rules parsed."""
        key = key_of(self.digest, repr(settled))
        layout, rules = kept(key, lambda: self._compile(settled, key))
        take_parsed(layout, rules)
        return layout

    def _compile(self, settled: Mapping[str, object], key: str) -> tuple[Layout, ParsedRules]:
        faults = Faults()
        with faults.raised(self.path):
            expanded = expand(self._spec, settled, self._files, faults, local=self._local)
            expanded, _ = with_local_rules(expanded)
            check_form(expanded, faults)
        self.compiled.append(settled)
        shared = {name: p.help for name, p in self.parameters.items() if p.shared}
        layout = lay_out(replace(expanded.form, shared=shared, short=self.short))
        return replace(layout, key=key), parse_rules(layout)

    def layouts(self) -> Iterator[Layout]:
        """Yield its form for each choice among its parameters, laid out.

        Raises TemplateError when one of them makes no form.
        """
        yield from map(self.layout, variants(self.parameters))

    def check_used(self, given: Mapping[str, object]) -> None:
        """Refuse parameters that are given and change nothing.

        Raises TemplateError naming each that neither a text nor a rule of the template asks for.
        """
        own = set(given).intersection(self.parameters)
        if not own:
            return
        key = key_of("names used", self.digest)
        used = kept(key, lambda: names_used(self._spec, self._files))
        faults = Faults()
        with faults.raised(self.path):
            for name in own:
                origin = self.parameters[name].origin
                faults.expect(name in used, origin, "idle_parameter", name=name)


def load_template(name: str | Path, local: Local = NO_LOCAL) -> Template:
    """A template by its id, or by the path of its folder or file, with a county's own rules.

    Raises TemplateError when there is none of that name, or when it is faulty.
    """
    path = template_file(name)
    faults = Faults()
    with faults.raised(path):
        key = key_of(str(path), bytes_of(path, faults))
    spec, parameters = kept(key, lambda: _decoded(path))
    return Template(path, key, spec, parameters, local)


def _decoded(path: Path) -> tuple[TemplateSpec, Mapping[str, Parameter]]:
    faults = Faults()
    with faults.raised(path):
        spec = decode_template(read_source(path, faults), faults)
        return spec, read_parameters(spec.parameters, faults)


#: what a form is made of: the id of its template, the edition, and all parameters
FormName = tuple[str, str, Mapping[str, object]]


class Templates:
    """Templates by id and edition, each loaded once: those at the given paths, then all others.

    Several editions of one template may be there, so that each form is read with its own. Of two
    that share id and edition the later path counts, and any path before what is found by id. The
    county's own rules hold in all of them.
    """

    def __init__(self, paths: Iterable[str | Path] = (), local: Local = NO_LOCAL) -> None:
        self.local = local
        self.paths = tuple(paths)
        self._given: list[Template] = []
        self._found: dict[Path, Template] = {}
        self._chosen: dict[tuple[str, str], Template] = {}
        for path in self.paths:
            for found in [path] if _is_template(Path(path)) else sorted(Path(path).glob("*/")):
                self._given.insert(0, load_template(found, local))

    def __reduce__(self) -> tuple[type[Templates], tuple[tuple[str | Path, ...], Local]]:
        return Templates, (self.paths, self.local)

    def with_local(self, local: Local) -> Templates:
        """The same templates, with a county's own rules."""
        return Templates(self.paths, local)

    def get(self, template_id: str, edition: str = "") -> Template:
        """The template of that id, in that edition if it is there, else the first one.

        Raises TemplateError when there is none.
        """
        wanted = (template_id, edition)
        if wanted in self._chosen:
            return self._chosen[wanted]
        other: Template | None = None
        for template in self._known(template_id):
            if edition in ("", template.edition):
                self._chosen[wanted] = template
                return template
            other = other or template
        if other is None:
            raise TemplateError([Fault(place=template_id, code="template.no_template_id")])
        return other

    def compiled(self) -> tuple[FormName, ...]:
        """The forms that had to be compiled here, since none was kept."""
        known = (*self._given, *self._found.values())
        return tuple((each.id, each.edition, given) for each in known for given in each.compiled)

    def fingerprint(self) -> str:
        """A digest of every file that a template of ours may be made of."""
        digest = hashlib.sha256(self.local.digest.encode())
        given = (path.parent if path.is_file() else path for path in map(Path, self.paths))
        for folder in filter(Path.is_dir, (*given, *template_folders())):
            files = (*sorted(folder.rglob("*.yaml")), *sorted(folder.rglob(f"{TABLES}/*.txt")))
            for path in filter(Path.is_file, files):
                digest.update(path.read_bytes())
        return digest.hexdigest()

    def _known(self, template_id: str) -> Iterator[Template]:
        yield from (template for template in self._given if template.id == template_id)
        for path in template_files():
            if path.parent.name == template_id:  # an id is no path: a file must not choose one
                if path not in self._found:
                    self._found[path] = load_template(path, self.local)
                yield self._found[path]


def lint_template(name: str | Path) -> tuple[Fault, ...]:
    """Every fault of a template, or of a file of rules; empty when there is none.

    Each has its file, line and key path.
    """
    return lint(template_file(name))


def lint_local(path: str | Path, templates: Iterable[str | Path] = ()) -> tuple[Fault, ...]:
    """Every fault of a county's own rules, tried in these templates and those found by id."""
    files = (*map(template_file, templates), *find_templates())
    return lint_local_file(local_file(path), tuple(dict.fromkeys(files)))


def read_local(path: str | Path, templates: Iterable[str | Path] = ()) -> Local:
    """A county's own rules, in a file or in the `local.yaml` of a folder.

    Raises TemplateError with every fault: a rule that is misspelt must not be silent.
    """
    path = local_file(path)
    stat = path.stat() if path.is_file() else None
    changed = (stat.st_mtime_ns, stat.st_size) if stat else ()
    return _read_local(path, changed, tuple(map(str, templates)))


@lru_cache(maxsize=8)  # of a round that is watched, every two seconds
def _read_local(path: Path, changed: tuple[int, ...], templates: tuple[str, ...]) -> Local:
    faults = lint_local(path, templates)
    if faults:
        raise TemplateError(faults)
    return decoded(path, Faults())


def shared_constants(name: str, local: Local = NO_LOCAL) -> Mapping[str, object]:
    """The constants of a file of rules that no template includes: those that ship, over them those
    of the first folder of templates that has a file of that name, and then the county's own."""
    constants, faults = find_constants(name, template_folders()), Faults()
    with faults.raised(name):
        return local.changed(constants, top_scope({}, faults))


def _is_template(path: Path) -> bool:
    """Whether a path names one template; else it may be a folder of them."""
    inside = path.is_dir() and any(path.glob(f"*/{FILE_NAME}"))
    return (path / FILE_NAME).is_file() or not inside
