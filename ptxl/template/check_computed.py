"""The computed cells of one form → faults: names that are not there, circles, what Excel cannot."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain

from ptxl.layout.places import lay_out
from ptxl.model.form import Computation, Field, Form, per_unit
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.rules import Name, Names, Node, NotLive, RuleError, parse_rule
from ptxl.rules import walk as walk_tree
from ptxl.rules.computed import CircleError, ready_cells
from ptxl.rules.names import names_at
from ptxl.template.check_rules import printed_words
from ptxl.template.faults import Faults
from ptxl.values.kinds import kind_of
from ptxl.words import Phrase
from ptxl.write.computed_cells import cell_formula
from ptxl.write.references import References


def check_computed(form: Form, faults: Faults) -> None:
    """Fault every computed cell that cannot be computed, each expression once."""
    first: dict[tuple[str, str, str], tuple[Field, Computation]] = {}
    for field in form.fields():
        if compute := field.compute:
            key = (compute.expression, field.path.pattern, compute.scope.pattern)
            first.setdefault(key, (field, compute))
    if not first:
        return
    check = _Check(form, faults)
    right = [check.expression(field, compute) for field, compute in first.values()]
    if all(right):
        _check_formulas(lay_out(form), faults)


class _Check:
    """Faults what is no expression, or of another type, or looks at nothing."""

    def __init__(self, form: Form, faults: Faults) -> None:
        self._form, self._faults = form, faults
        self._names: dict[Path, Names] = {}
        self._per_unit = {place for place, text in printed_words(form) if per_unit(text)}

    def expression(self, field: Field, compute: Computation) -> bool:
        """Whether a cell computes what it may; everything else is a fault."""
        if "compute" not in kind_of(field).options:
            return False  # a fault already
        scope = compute.scope.pattern
        if scope not in self._names:
            self._names[scope] = names_at(self._form, compute.scope)
        names = self._names[scope]
        try:
            tree = parse_rule(compute.expression, names, compute.table, compute.element)
        except RuleError as error:
            known = chain(names.fields, names.tables.get(compute.table, ()), names.parameters)
            facts = {"hint": "", **error.facts}
            if error.code == "no_field":
                facts["hint"] = self._faults.hint(str(error.facts["name"]), known)
            self._faults.add(compute.origin, error.code, **facts)
            return False
        return self._fits(tree, field, compute)

    def _fits(self, tree: Node, field: Field, compute: Computation) -> bool:
        wanted, nodes = kind_of(field).type, walk_tree(tree)
        if tree.type != wanted:
            facts = {"wanted": Phrase(f"types.{wanted}"), "found": Phrase(f"types.{tree.type}")}
            self._faults.add(compute.origin, "type_differs", **facts)
            return False
        if not self._per_unit.isdisjoint(_places(nodes, compute)):
            self._faults.add(compute.origin, "asked_per_unit")
            return False
        return True


def _places(nodes: Collection[Node], compute: Computation) -> Iterator[Path]:
    """The patterns of the answers that are named."""
    for node in nodes:
        if isinstance(node, Name):
            column = f"{node.table}[].{node.name}" if node.table else node.name
            yield compute.scope.pattern / column


def _check_formulas(layout: Layout, faults: Faults) -> None:
    """Fault circles, cells that name nothing, and what no formula can compute."""
    try:
        cells = ready_cells(layout)
    except CircleError as error:
        labels = tuple(dict.fromkeys(path.pattern for path in error.paths))
        compute = layout.fields[error.paths[0]].compute
        assert compute
        faults.add(compute.origin, "computes_itself", names=labels)
        return
    seen: set[object] = set()
    for cell in cells:
        compute = cell.field.compute
        assert compute
        if compute.origin in seen:
            continue
        in_row = any(path.is_under(cell.row) for path in cell.looks_at)
        if not in_row:
            seen.add(compute.origin)
            faults.add(compute.origin, "computes_of_nothing")
            continue
        try:
            cell_formula(References(layout, layout.places[cell.field.path].sheet), cell)
        except NotLive:
            seen.add(compute.origin)
            faults.add(compute.origin, "not_computable")
