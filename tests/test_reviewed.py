"""What `check` says of the forms in samples/reviewed, beside what their reviewer wrote."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

import pytest

from benchmarks.judge import REVIEWED, files, judge, kinds, load, table
from ptxl.model.findings import ErrorCode, HintCode, WarningCode
from ptxl.model.form import Unit
from ptxl.renew.fill import fill_form
from ptxl.rules.ruleset import ready_rules
from ptxl.template import find_templates, load_template
from ptxl.write.stencil import write_form
from tests.broken import TEMPLATES, check, load_yaml

#: of all opinions, and false alarms a form
LEAST_RECALL, MOST_ALARMS = 0.92, 0.15
FIRST_OF_TEMPLATE = (
    "county-01", "hebei-01", "henan-01", "national-01", "ningxia-01", "service-01"
)  # fmt: skip


def shipped_rules() -> Iterator[str]:
    for template in find_templates():
        for layout in load_template(template).layouts():
            yield from (ready.rule.id for ready in ready_rules(layout))


def test_most_is_found_little_made_up_and_no_error_is_false() -> None:
    """Of all forms at once."""
    verdicts = [judge(load(path)) for path in files()]
    found = sum(len(one.found) for one in verdicts)
    written = sum(len(one.form.opinions) for one in verdicts)
    alarms = sum(len(one.alarms) for one in verdicts)
    assert found >= LEAST_RECALL * written, "\n".join(table(verdicts))
    assert alarms <= MOST_ALARMS * len(verdicts), "\n".join(table(verdicts))
    assert [one.form.name for one in verdicts if one.errors] == []
    for verdict in verdicts:
        fields = [field.path for field in verdict.form.checked.submission.layout.fields.values()]
        for opinion in verdict.form.opinions:
            assert opinion.kind in kinds(), verdict.form.name
            for place in opinion.places:
                assert any(path.is_under(place) for path in fields), f"{verdict.form.name} {place}"


def test_every_rule_that_ships_says_a_fault_of_some_kind() -> None:
    rules = set(shipped_rules())
    listed = {code for codes in kinds().values() for code in codes}
    catalogue = {*get_args(ErrorCode), *get_args(WarningCode), *get_args(HintCode)}
    assert rules - listed == set(), "say in samples/reviewed/kinds.yaml of which kind they are"
    assert listed - rules - catalogue == set(), "no rule is called so"


@pytest.mark.parametrize("name", FIRST_OF_TEMPLATE)
def test_a_form_is_judged_as_if_its_workbook_had_come_back(name: str) -> None:
    path = REVIEWED / f"{name}.yaml"
    read = load_yaml(path)
    layout = load_template(read["form"]["template"]).layout(read["form"]["parameters"])
    blank = write_form(layout, Unit(**read["unit"]))
    returned = check(fill_form(blank, read["answers"], TEMPLATES))
    judged = load(path).checked
    assert [(one.code, one.path) for one in returned.findings] == [
        (one.code, one.path) for one in judged.findings
    ]


def test_an_opinion_that_no_finding_shares_is_missed_and_a_finding_without_one_an_alarm() -> None:
    verdict = judge(load(REVIEWED / "henan-01.yaml"))
    missing = next(one for one in verdict.found if one.kind == "缺项")
    otherwise = replace(verdict.form, opinions=(replace(missing, kind="时间"),))
    judged = judge(otherwise)
    assert [one.says for one in judged.missed] == [missing.says]
    assert "required" in [alarm.code for alarm in judged.alarms]
    assert judged.errors >= 1
