"""Small makers: a form from inline YAML, a submission from answers without any workbook."""

from __future__ import annotations

import os
import shutil
import textwrap
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import settings

from ptxl.cache import VARIABLE
from ptxl.layout.identity import identify
from ptxl.model.form import Unit
from ptxl.model.layout import Layout
from ptxl.model.submission import Entry, Submission, as_issued
from ptxl.template import load_template
from ptxl.text import Raw
from tests.office import office_fixture
from tests.sample_county import County, make_county
from tests.shared import made_once

__all__ = ["office_fixture"]

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "samples"
UNIT = Unit(code="101001", name="清源县教育局", department="清源县教育局")

Figures = Callable[[str], None]

# An example may take long on a machine that is busy with other things.
settings.register_profile("busy", deadline=None)
settings.load_profile("busy")

#: modules that take five seconds of processor time or more: `make test` runs them, `make fast`
#: does not
SLOW = (
    "test_adjustment", "test_altered", "test_broken", "test_bundle", "test_cache", "test_cli",
    "test_closing", "test_cluster", "test_computed", "test_containers", "test_county_year",
    "test_demo", "test_executors", "test_follow", "test_forgeries", "test_fuzz", "test_hostile",
    "test_hostile_tables", "test_hostile_templates", "test_judge", "test_last_year",
    "test_lint_survives", "test_local_rules", "test_mailbox", "test_mark", "test_marked_again",
    "test_merge", "test_mutations", "test_odd_cells", "test_official_tables", "test_one_file",
    "test_outputs", "test_overview", "test_packed_mutants", "test_place", "test_prefill_table",
    "test_random_cells", "test_rawxml", "test_repair", "test_reviewed", "test_round_board",
    "test_round_kill", "test_round_ledger", "test_round_stages", "test_samples",
    "test_simulated_round", "test_spawned", "test_stage_editions", "test_structures",
    "test_summary", "test_summary_book", "test_summary_template", "test_urls", "test_way_home",
    "test_wheel", "test_wire", "test_workers", "test_year",
)  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    """Keep compiled forms from run to run, apart from those of the user and of other checkouts."""
    if config.cache is not None:
        os.environ.setdefault(VARIABLE, str(config.cache.mkdir("ptxl")))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave slow modules unread where no slow test is wanted: some take seconds to import."""
    without_slow = "not slow" in str(config.option.markexpr)
    return True if without_slow and collection_path.stem in SLOW else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of slow modules as slow."""
    for item in items:
        if item.path.stem in SLOW:
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def figures(record_property: Callable[[str, object], None]) -> Figures:
    """Notes what a test has measured, for the end of the run (tests may run side by side)."""
    return partial(record_property, "figures")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have measured."""
    reports = [one for every in terminalreporter.stats.values() for one in every]
    lines = [
        str(text)
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, text in report.user_properties
        if name == "figures"
    ]
    if lines:
        terminalreporter.section("figures")
        terminalreporter.write_line("\n".join(sorted(lines)))


HEAD = """\
id: tiny
edition: "1"
title: 小表
about: 测试用的小表
"""

TINY = """\
parameters:
  rows: {kind: integer, default: 3, help: 行数}
lists:
  taxonomy: {产出指标: [数量指标, 质量指标], 效益指标: [社会效益指标]}
sheets:
  - name: 表
    columns: [14, 14, 20, 20]
    rows:
      - - 项目名称
        - {field: name, kind: text, required: true, across: 3, longest: 20}
      - - 资金总额
        - {field: funds.total, kind: money, required: true}
        - 财政拨款
        - {field: funds.fiscal, kind: money}
      - - 人数
        - {field: people, kind: integer, maximum: 100}
        - 开始日期
        - {field: start, kind: date}
      - table: indicators
        layout: free
        rows: "{{ rows }}"
        least: 1
        columns:
          - {field: level1, head: 一级指标, kind: choice, among: taxonomy, level: 1, required: true}
          - {field: level2, head: 二级指标, kind: choice, among: taxonomy, level: 2, required: true}
          - {field: level3, head: 三级指标, kind: text, required: true}
          - {field: value, head: 指标值, kind: target, required: true}
    rules:
      - id: fiscal_within_total
        holds: funds.fiscal <= funds.total
        at: funds.fiscal
        severity: error
        message: "财政拨款（{{ funds.fiscal }}）大于资金总额（{{ funds.total }}）"
        message_en: "fiscal funds ({{ funds.fiscal }}) exceed the total ({{ funds.total }})"
"""


class MakeTemplate(Protocol):
    """Writes a template folder from YAML, with the head that every template needs."""

    def __call__(self, body: str, head: str = HEAD) -> Path: ...


@pytest.fixture
def make_template(tmp_path: Path) -> MakeTemplate:
    """Writes YAML (without the head that every template needs) as a template folder."""

    def make(body: str, head: str = HEAD) -> Path:
        folder = tmp_path / "template"
        folder.mkdir(exist_ok=True)
        (folder / "template.yaml").write_text(head + textwrap.dedent(body), encoding="utf-8")
        return folder

    return make


@pytest.fixture
def tiny(make_template: MakeTemplate) -> Layout:
    """The tiny form, laid out."""
    return load_template(make_template(TINY)).layout({})


def submit(layout: Layout, answers: Mapping[str, Raw], source: str = "测试.xlsx") -> Submission:
    """A submission holding these answers by path, as if it had been read."""
    return Submission(
        source=source,
        identity=identify(layout, UNIT),
        whereabouts=as_issued(layout),
        entries={path: Entry(raw) for path, raw in answers.items()},
    )


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> County:
    """The sample county: forms issued, filled in, read and merged. Nobody may change it."""
    return made_once("county", tmp_path_factory, make_county)


@pytest.fixture
def archivers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to work in, where bsdtar and 7-Zip are installed."""
    missing = [name for name in ("bsdtar", "7zz") if not shutil.which(name)]
    if missing and os.environ.get("PTXL_REQUIRE_ARCHIVERS") == "1":
        pytest.fail(f"{missing} missing, and PTXL_REQUIRE_ARCHIVERS=1 forbids to skip")
    if missing:
        pytest.skip(f"{missing} missing")
    return tmp_path_factory.mktemp("archivers")
