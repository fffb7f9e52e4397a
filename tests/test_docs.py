"""The docs are held to the code: commands, codes, template keys, kinds, links."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from ptxl.cli.main import COMMANDS
from ptxl.model.findings import FOR_REVIEWER, SEVERITY_OF, Code
from ptxl.model.refusals import RefusalCode
from ptxl.receive.sniff import Limits
from ptxl.rules import FUNCTIONS
from ptxl.template import find_templates, lint_template
from ptxl.template.decode import keys_of
from ptxl.template.specs import SPECS
from ptxl.template.styles import BUILTIN_STYLES
from ptxl.values.kinds import KINDS
from ptxl.words import LANGUAGES
from ptxl.words.catalogues import catalogue
from tests.conftest import ROOT


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_is_in_both_readmes_and_has_help(command: str) -> None:
    assert all(f"commands.{command}" in catalogue(language) for language in LANGUAGES)
    assert f"ptxl {command}" in text("README.md")
    assert f"ptxl {command}" in text("README.zh-CN.md")


def test_the_codes_for_the_reviewer_are_listed() -> None:
    listed = text("docs/findings.md").partition("Of the findings below these are:")[2]
    assert set(re.findall(r"`(\w+)`", listed.partition("\n\n")[0])) == FOR_REVIEWER


@pytest.mark.parametrize("code", sorted(SEVERITY_OF))
def test_every_code_has_a_paragraph_with_its_words(code: Code) -> None:
    section = text("docs/findings.md").partition(f"## `{code}` ({SEVERITY_OF[code]})")[2]
    sentence = re.sub(r":\w+\}", "}", catalogue("zh")[f"findings.{code}"])  # without list styles
    assert sentence in section.partition("\n## ")[0]


def test_every_refusal_is_documented() -> None:
    assert all(f"| `{code}` |" in text("docs/findings.md") for code in get_args(RefusalCode))


def test_every_limit_is_documented_with_its_default() -> None:
    page = text("docs/trust.md")
    for limit in fields(Limits):
        row = re.search(rf"\| ([^|]+) \| `{limit.name}` \|", page)
        assert row, limit.name
        assert float(row[1].split()[0].replace(",", "")) == limit.default


def test_every_template_key_kind_style_and_function_is_documented() -> None:
    page = text("docs/templates.md") + text("docs/local-rules.md")
    words = (
        {key for spec in SPECS.values() for key in keys_of(spec)} | set(KINDS) | set(BUILTIN_STYLES)
    )
    assert {word for word in words if f"`{word}`" not in page} == set()
    assert all(f"`{name}(" in page for name in FUNCTIONS)


def test_the_template_in_the_docs_is_one(tmp_path: Path) -> None:
    example = re.search(r"```yaml\n(id: .*?)```", text("docs/templates.md"), re.DOTALL)
    assert example
    (tmp_path / "template.yaml").write_text(example[1], encoding="utf-8")
    assert lint_template(tmp_path) == ()


def test_every_template_has_a_readme_and_is_listed() -> None:
    for path in find_templates():
        assert path.with_name("README.md").is_file()
        assert f"`{path.parent.name}`" in text("README.md")
        assert f"`{path.parent.name}`" in text("README.zh-CN.md")


def test_links_between_pages_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "README.zh-CN.md", *(ROOT / "docs").glob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_house_names_every_module() -> None:
    page = text("docs/house.md")
    package = ROOT / "ptxl"
    for path in package.rglob("*.py"):
        name = path.parent.name if path.stem == "__init__" else path.stem
        if name not in ("ptxl", "__main__"):
            assert re.search(rf"`(\w+/)*{name}/?`", page), f"{path.relative_to(package)}"


def test_every_module_says_first_what_it_does() -> None:
    for path in (ROOT / "ptxl").rglob("*.py"):
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert docstring, path.name


def test_no_function_is_longer_than_a_screen() -> None:
    for path in (ROOT / "ptxl").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                assert lines <= 45, f"{path.name}: {node.name} has {lines} lines"
