"""template.yaml → what it says of itself, and with parameters → its form, laid out, rules parsed.

Only what was not kept is made here: all that reads YAML and evaluates texts is loaded with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ptxl.cache import kept
from ptxl.layout.places import lay_out
from ptxl.model.layout import Layout
from ptxl.rules.parse_form import parse_rules
from ptxl.rules.trees import ParsedRules
from ptxl.template.about import About
from ptxl.template.check_rules import with_local_rules
from ptxl.template.declared import read_parameters
from ptxl.template.decode import leaves_in
from ptxl.template.expand import expand
from ptxl.template.faults import Faults
from ptxl.template.include import RuleFiles, names_used
from ptxl.template.leaves import Asking, Evaluated, Expression
from ptxl.template.lint import check_form
from ptxl.template.local import Local
from ptxl.template.parameters import Parameter
from ptxl.template.source import read_source
from ptxl.template.specs import TemplateSpec, decode_template

_Decoded = tuple[TemplateSpec, Mapping[str, Parameter]]


def about_template(path: Path, key: str) -> About:
    """What a template says of itself. Raises TemplateError when it is faulty."""
    spec, parameters = _spec(path, key)
    texts = [leaf for leaf in leaves_in(spec) if isinstance(leaf, Evaluated | Expression)]
    deciding = (leaf.columns() for leaf in texts if isinstance(leaf, Asking))
    return About(
        id=spec.id.written,
        edition=spec.edition.written,
        about=spec.about.written,
        short=spec.short.written,
        follows={
            one.id.written: {name: there.written for name, there in one.called.items()}
            for one in spec.follow
        },
        columns=frozenset().union(*(text.columns() for text in texts)),
        deciding=frozenset().union(*deciding),
        parameters=parameters,
    )


def compile_form(
    path: Path, key: str, settled: Mapping[str, object], local: Local, form_key: str
) -> tuple[Layout, ParsedRules]:
    """The form of a template for all its parameters, laid out, and its rules.

    Raises TemplateError when they make no form.
    """
    spec, parameters = _spec(path, key)
    faults = Faults()
    with faults.raised(path):
        expanded = expand(spec, settled, RuleFiles(path), faults, local=local)
        expanded, _ = with_local_rules(expanded)
        check_form(expanded, faults)
    shared = {name: p.help for name, p in parameters.items() if p.shared}
    form = replace(expanded.form, shared=shared, short=spec.short.written)
    layout = lay_out(form)
    return replace(layout, key=form_key), parse_rules(layout)


def names_in_template(path: Path, key: str) -> frozenset[str]:
    """The names that a template asks for, in its own texts and in the rules that it includes."""
    spec, _ = _spec(path, key)
    return names_used(spec, RuleFiles(path))


def _spec(path: Path, key: str) -> _Decoded:
    """A template as it is written, by the key of its file."""
    return kept(key, lambda: _decoded(path))


def _decoded(path: Path) -> _Decoded:
    faults = Faults()
    with faults.raised(path):
        spec = decode_template(read_source(path, faults), faults)
        return spec, read_parameters(spec.parameters, faults)
