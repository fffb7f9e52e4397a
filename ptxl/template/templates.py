"""Templates by id and edition, and the forms that are made of them, compiled once and kept.

What a template says of itself is kept apart from what its forms are made of: to read a form that
was compiled before, nothing of `compiling` is loaded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ptxl.cache import kept, key_of
from ptxl.model.errors import Fault, TemplateError
from ptxl.model.form import Form
from ptxl.model.layout import Layout
from ptxl.rules.ruleset import take_parsed
from ptxl.rules.trees import ParsedRules
from ptxl.template.about import About
from ptxl.template.faults import Faults, bytes_of
from ptxl.template.folders import (
    FILE_NAME,
    PICTURE_NAME,
    TABLES,
    picture_files,
    rules_digest,
    template_file,
    template_files,
    template_folders,
)
from ptxl.template.local import NO_LOCAL, Local
from ptxl.template.parameters import Parameter, settle, variants

#: laid out and kept of one template: files of strangers may name ever other parameters
_MOST_LAYOUTS = 32


class Template:
    """A form family as data (模板), loaded once; `form` compiles it with parameters."""

    def __init__(self, path: Path, key: str, about: About, local: Local = NO_LOCAL) -> None:
        self.path = path
        self._about = about
        self._key = key
        self._local = local
        self._layouts: dict[str, Layout] = {}
        #: the parameters of the forms that had to be compiled here
        self.compiled: list[Mapping[str, object]] = []

    @property
    def digest(self) -> str:
        """By which all is known again that its forms are made of."""
        pictures = (path.read_bytes() for path in picture_files(self.path.parent))
        return key_of(self._key, rules_digest(self.path), self._local.digest, *pictures)

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """What it takes, by name."""
        return self._about.parameters

    @property
    def id(self) -> str:
        """The stable name of the form family."""
        return self._about.id

    @property
    def edition(self) -> str:
        """Which edition of the form family this is, as written."""
        return self._about.edition

    @property
    def about(self) -> str:
        """What the template is for and which official document it follows."""
        return self._about.about

    @property
    def short(self) -> str:
        """What people call the form, in a few words; "" where the template does not say."""
        return self._about.short

    @property
    def follows(self) -> Mapping[str, Mapping[str, str]]:
        """The ids of the templates of the stage before it, if it follows any; with each what it
        calls otherwise, by the name in this one."""
        return self._about.follows

    @property
    def columns(self) -> frozenset[str]:
        """The columns of the roster that the form prints or looks at, by their headings."""
        return self._about.columns

    @property
    def deciding(self) -> frozenset[str]:
        """The columns of the roster that say what a unit is asked."""
        return self._about.deciding

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
        from ptxl.template.compiling import compile_form  # not compiled before

        made = compile_form(self.path, self._key, settled, self._local, key)
        self.compiled.append(settled)
        return made

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
        used = kept(key, self._names_used)
        faults = Faults()
        with faults.raised(self.path):
            for name in own:
                origin = self.parameters[name].origin
                faults.expect(name in used, origin, "idle_parameter", name=name)

    def _names_used(self) -> frozenset[str]:
        from ptxl.template.compiling import names_in_template  # not asked before

        return names_in_template(self.path, self._key)


def load_template(name: str | Path, local: Local = NO_LOCAL) -> Template:
    """A template by its id, or by the path of its folder or file, with a county's own rules.

    Raises TemplateError when there is none of that name, or when it is faulty.
    """
    path = template_file(name)
    faults = Faults()
    with faults.raised(path):
        key = key_of(str(path), bytes_of(path, faults))
    return Template(path, key, kept(key_of("about", key), lambda: _about(path, key)), local)


def _about(path: Path, key: str) -> About:
    from ptxl.template.compiling import about_template  # not loaded before

    return about_template(path, key)


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
            pictures = (path for path in folder.rglob("*") if PICTURE_NAME.fullmatch(path.name))
            texts = (*sorted(folder.rglob("*.yaml")), *sorted(folder.rglob(f"{TABLES}/*.txt")))
            files = (*texts, *sorted(pictures))
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


def _is_template(path: Path) -> bool:
    """Whether a path names one template; else it may be a folder of them."""
    inside = path.is_dir() and any(path.glob(f"*/{FILE_NAME}"))
    return (path / FILE_NAME).is_file() or not inside
