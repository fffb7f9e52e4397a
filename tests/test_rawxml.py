"""Every workbook that we write, judged from its raw XML; and proof that the judge can say no."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ptxl import api
from ptxl.documents.document import load_answers
from ptxl.model.form import Unit
from ptxl.template import find_templates, load_template
from tests.rawxml import form_problems, general_problems
from tests.sample_county import County

TEMPLATES = [path.parent.name for path in find_templates()]
GOOD = Path(__file__).parent.parent / "samples" / "good"
#: the filled cases of the templates that there are
CASES = [
    path
    for path in sorted(GOOD.glob("*/answers.json"))
    if load_answers(path)["form"]["template"] in TEMPLATES
]
HARD_NAME = "A&B <局> \"甲\" '乙'"
GENERATE = "import sys; from ptxl import api; api.generate(*sys.argv[1:])"

MINI = """\
id: mini
edition: "1"
title: 小表
about: 每种填报项各一个
money: 万元
lists:
  nature: [甲, 乙]
  signs: [≥, ≤]
  categories: {产出: [数量, 质量], 效益: [经济, 社会]}
sheets:
  - name: "表 'A' 一"
    columns: [12, 20, 20, 20]
    rows:
      - [{text: 小表, style: title, across: 4}]
      - [名称, {field: name, kind: text, required: true, across: 3, prompt: 全称}]
      - [编码, {field: code, kind: code}, {field: note, kind: long_text, across: 2}]
      - [人数, {field: people, kind: integer}, 金额, {field: funds, kind: money}]
      - [日期, {field: day, kind: date}, 进度, {field: done, kind: percent, maximum: 100}]
      - [性质, {field: nature, kind: choice, among: nature}, 目标, {field: aim, kind: target}]
      - table: rows
        label: 指标
        layout: free
        rows: 3
        columns:
          - {field: level1, head: 一级, kind: choice, among: categories, level: 1}
          - {field: level2, head: 二级, kind: choice, among: categories, level: 2}
          - {field: value, part: sign, head: 符号, kind: choice, among: signs}
          - {field: value, part: amount, head: 值, kind: text}
      - - 等级
        - {field: grade, kind: choice, among: nature, reviewer: true, blank: □, across: 3}
  - name: 表二
    columns: [12, 20]
    rows:
      - [其他, {field: other, kind: text, prompt: 其他事项}]
"""
MINI_REVIEWER = ("grade",)


def reviewer_paths(template: str | Path, parameters: dict[str, object]) -> set[str]:
    fields = load_template(template).form(**parameters).fields()
    return {field.path for field in fields if field.reviewer}


def computed_paths(template: str | Path, parameters: dict[str, object]) -> set[str]:
    fields = load_template(template).form(**parameters).fields()
    return {field.path for field in fields if field.compute}


def roster(folder: Path) -> Path:
    """One unit whose name has all that XML wants escaped."""
    path = folder / "roster.csv"
    with path.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows(
            [["code", "name", "department"], ["101001", HARD_NAME, HARD_NAME]]
        )
    return path


# -- what we write


@pytest.mark.parametrize("template", TEMPLATES)
def test_form_is_sound(template: str, tmp_path: Path) -> None:
    (form,) = api.generate(template, roster(tmp_path), tmp_path)
    assert general_problems(form) == []
    reviewer, computed = reviewer_paths(template, {}), computed_paths(template, {})
    assert form_problems(form, reviewer_paths=reviewer, computed_paths=computed) == []


@pytest.mark.parametrize("template", TEMPLATES)
def test_same_form_same_bytes(template: str, tmp_path: Path) -> None:
    units = roster(tmp_path)
    written = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        command = [sys.executable, "-c", GENERATE, template, str(units), str(folder)]
        subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, check=True)
        written.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert len(written[0]) == 1
    assert written[0] == written[1]


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.parent.name)
def test_filled_form_is_sound(case: Path, tmp_path: Path) -> None:
    answers = load_answers(case)
    template, parameters = answers["form"]["template"], answers["form"]["parameters"]
    unit = Unit(**answers["unit"])
    (form,) = api.generate(template, [unit], tmp_path, parameters=parameters)
    filled = tmp_path / "filled.xlsx"
    api.fill(form, case, filled)
    reviewer = reviewer_paths(template, parameters)
    computed = computed_paths(template, parameters)
    assert general_problems(filled) == []

    def problems(*, blank: bool) -> list[str]:
        return form_problems(filled, reviewer_paths=reviewer, computed_paths=computed, blank=blank)

    assert problems(blank=False) == []
    assert problems(blank=True) != []


def test_county_workbook_is_sound(demo: County) -> None:
    returned = sorted(demo.returned.glob("*.xlsx"))
    assert returned
    found = {path.name: general_problems(path) for path in [demo.workbook, *returned]}
    assert {name: problems for name, problems in found.items() if problems} == {}


def test_county_workbook_of_nothing_is_sound(tmp_path: Path) -> None:
    foreign = tmp_path / "=1+1.xlsx"
    foreign.write_bytes(b"no workbook")
    api.merge([foreign], tmp_path / "county.xlsx")
    assert general_problems(tmp_path / "county.xlsx") == []


# -- the judge


@pytest.fixture(scope="module")
def mini(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small form that holds every kind of field."""
    folder = tmp_path_factory.mktemp("mini")
    (folder / "template.yaml").write_text(MINI, encoding="utf-8")
    (form,) = api.generate(folder, [Unit(code="1", name=HARD_NAME)], folder)
    return form


def test_undamaged_form_is_sound(mini: Path) -> None:
    assert general_problems(mini) == []
    assert form_problems(mini, reviewer_paths=MINI_REVIEWER) == []


Edit = Callable[[str], str]
WORKBOOK, STYLES, STRINGS = "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml"
TYPES, RELATIONS = "[Content_Types].xml", "xl/_rels/workbook.xml.rels"
GUIDE, FORM, LISTS, MAP = (f"xl/worksheets/sheet{number}.xml" for number in (1, 3, 6, 8))


def swap(old: str, new: str) -> Edit:
    """Replace the first match of a pattern, which has to be there."""

    def edit(xml: str) -> str:
        changed, count = re.subn(old, new, xml, count=1, flags=re.DOTALL)
        assert count == 1, f"nothing matches {old}"
        assert changed != xml
        return changed

    return edit


def same_style(cell: str, other: str) -> Edit:
    """Give a cell the style of another."""

    def edit(xml: str) -> str:
        found = re.search(rf'<c r="{other}" s="(\d+)"', xml)
        assert found
        return swap(rf'(<c r="{cell}" s=)"\d+"', rf'\1"{found[1]}"')(xml)

    return edit


def validation(cell: str, old: str, new: str) -> Edit:
    """Change something in the validation of a cell."""
    head = r"(<dataValidation (?:(?!<dataValidation ).)*?"
    if old.startswith("<formula"):
        return swap(rf'{head}sqref="{cell}(?::\w+)?">(?:(?!</data).)*?){old}', rf"\1{new}")
    return swap(rf'{head}){old}(?=[^>]*sqref="{cell}[":])', rf"\1{new}")


def drop_validation(cell: str) -> Edit:
    return swap(rf'<dataValidation [^>]*sqref="{cell}[:"].*?</dataValidation>', "")


def formula(cell: str, text: str) -> Edit:
    """Another source or limit for the validation of a cell."""
    return validation(cell, "<formula1>.*?</formula1>", f"<formula1>{text}</formula1>")


def hide_all(xml: str) -> str:
    return re.sub(r'(<sheet [^>]*?)( state="\w+")?( r:id)', r'\1 state="hidden"\3', xml)


def untyped(part: str) -> Edit:
    """Take a part's content type away, and the one for all XML."""

    def edit(xml: str) -> str:
        return swap('<Default Extension="xml"[^>]*>', "")(swap(f'<[^>]*"{part}"[^>]*>', "")(xml))

    return edit


def damaged(form: Path, folder: Path, part: str, edit: Edit) -> Path:
    """A copy of a workbook with one part edited."""
    target = folder / "damaged.xlsx"
    with zipfile.ZipFile(form) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            data = source.read(name)
            archive.writestr(name, edit(data.decode()).encode() if name == part else data)
    return target


LONG_LIST = '"' + ",".join(["一二三四五"] * 50) + '"'
DAMAGE: dict[str, tuple[str, Edit, str]] = {
    # the form's promises
    "label unlocked": (FORM, same_style("A2", "B2"), "A2: not locked, and no open field"),
    "input locked": (FORM, same_style("B3", "A3"), "B3 (code): is locked"),
    "merge half locked": (FORM, same_style("C2", "A2"), "C2: locked, but part of an open field"),
    "reviewer's cell open": (FORM, same_style("B11", "B2"), "B11 (grade): is not locked"),
    "whole column open": (FORM, swap('<col min="1" max="1" ', r'\g<0>style="16" '), "column 1:"),
    "guide open": (GUIDE, swap("<sheetProtection[^>]*>", ""), "填报说明: is not protected"),
    "guide cell open": (GUIDE, swap('(<c r="A1") s="1"', r'\1 s="16"'), "填报说明!A1: not locked"),
    "unprotected": (FORM, swap("<sheetProtection[^>]*>", ""), "表 'A' 一: is not protected"),
    "rows fixed": (FORM, swap('formatRows="0"', ""), "forbids formatRows"),
    "columns fixed": (FORM, swap('formatColumns="0"', ""), "forbids formatColumns"),
    "no validation": (FORM, drop_validation("B3"), "B3 (code): 0 validations"),
    "two validations": (FORM, swap(' sqref="B3">', ' sqref="B3 B4">'), "validations overlap"),
    "validates a label": (FORM, swap(' sqref="B3">', ' sqref="A3:B3">'), "other cells"),
    "wrong validation": (FORM, validation("B4", 'type="whole"', 'type="decimal"'), "for the kind"),
    "idle": (FORM, validation("B4", 'showErrorMessage="1"', ""), "its validation refuses nothing"),
    "warns": (FORM, validation("B4", "type", 'errorStyle="warning" type'), "only warns"),
    "no arrow": (FORM, validation("B6", "type", 'showDropDown="1" type'), "the list has no arrow"),
    "number as text": (FORM, same_style("D4", "B3"), "D4 (funds): number format 49"),
    "text as number": (FORM, same_style("B3", "D4"), "for the kind code"),
    "prefilled": (FORM, swap('(<c r="B3" s="\\d+")/>', r"\1><v>7</v></c>"), "B3 (code): is not bl"),
    "inline list": (FORM, formula("B6", '"甲,乙"'), "B6: an inline list"),
    "list elsewhere": (FORM, formula("B6", "$A$2:$A$3"), "not on the list sheet"),
    "list with a blank": (FORM, formula("B6", "_lists!$B$2:$B$9"), "a blank in the list"),
    "list that slides": (FORM, formula("B6", "_lists!B2:B3"), "the list's range does not stay"),
    "row 1's sublist": (FORM, swap("COUNTIF(.{0,30}),\\$A8", r"COUNTIF\1,$A$8"), "same row's cat"),
    "list unsorted": (
        LISTS,
        swap(r'(<c r="G3" t="s"><v>)(\d+)(.*?<c r="G5" t="s"><v>)(\d+)', r"\1\4\3\2"),
        "the list G2 is not sorted",
    ),
    "single-cell validations": (
        FORM,
        swap(
            '<dataValidation ([^>]*)sqref="C8:C10">(.*?)</dataValidation>',
            r'<dataValidation \1sqref="C8">\2</dataValidation>'
            r'<dataValidation \1sqref="C9:C10">\2</dataValidation>',
        ),
        "C9: the same validation as beside it at C8",
    ),
    "list sheet shown": (WORKBOOK, swap('(name="_lists".*?)"veryHidden"', r'\1"hidden"'), "_lists"),
    "map off by one": (MAP, swap(r"\$B\$3\)</f><v>3", r"$B$3)</f><v>4"), "cached row and column"),
    "map of two cells": (MAP, swap(r"(ROW\([^)]*)\$B\$3", r"\1$B$4"), "not of one cell"),
    "map that slides": (MAP, swap(r"\$B\$3\)(.*?)\$B\$3\)", r"B3)\1B3)"), "does not stay"),
    "map of another sheet": (
        MAP,
        swap(r"(<c r=\"D2\"><f>ROW\().*?!(.*?COLUMN\().*?!", r"\1表二!\2表二!"),
        "the formula refers to 表二",
    ),
    "field twice": (
        MAP,
        swap(r'(<c r="A3" t="s"><v>)(\d+)(.*?<c r="A4" t="s"><v>)\d+', r"\1\2\3\2"),
        "code: the map has the field twice",
    ),
    "map without formula": (MAP, swap("<f>ROW[^<]*</f>", ""), "no formulas of their own"),
    # formulas
    "INDIRECT": (FORM, formula("B6", "INDIRECT(A6)"), "uses INDIRECT"),
    "new function": (FORM, formula("B6", "XLOOKUP(A6,_lists!$B:$B,_lists!$B:$B)"), "uses XLOOKUP"),
    "other workbook": (FORM, formula("B6", "[1]Sheet1!$A$1:$A$3"), "something external"),
    "web": (MAP, swap("ROW\\(.*?</f>", 'ROW("http://a.cn")</f>'), "something external"),
    "leading =": (FORM, formula("B3", "=40"), "begins with ="),
    "open bracket": (FORM, formula("D5", "AND(1,2"), "has no end"),
    "closed bracket": (FORM, formula("D5", "AND(1,2))"), "cannot be read"),
    "operators meet": (FORM, formula("D5", "D5&gt;/1"), "out of order at /"),
    "operands meet": (FORM, formula("D5", "D5 D6"), "out of order at D6"),
    "operator at the end": (FORM, formula("D5", "D5+"), "has no end"),
    "too few arguments": (FORM, formula("D5", "SUBSTITUTE(D5)"), "gives SUBSTITUTE 1 arguments"),
    "too many arguments": (FORM, formula("D5", "LEN(D5,D6)"), "gives LEN 2 arguments"),
    "lost reference": (FORM, formula("D5", "#REF!&gt;1"), "holds #REF!"),
    "unknown name": (FORM, formula("D5", "foo&gt;1"), '"foo" is no reference'),
    "sheet like a cell": (FORM, formula("D5", "A1!A1&gt;1"), "the sheet's name wants quotes"),
    "unknown sheet": (FORM, formula("D5", "表三!A1&gt;1"), "a sheet 表三, which is not there"),
    "full-width bracket": (FORM, formula("D5", "（D5）"), "is no reference"),
    "beyond the last cell": (FORM, formula("D5", "XFE1&gt;1"), '"XFE1" is no cell'),
    "format's formula": (FORM, swap("LEN\\(TRIM\\(B2\\)\\)=0", "=LEN(B2)=0"), "begins with ="),
    "name's formula": (WORKBOOK, swap('>"mini"<', '>="mini"<'), "begins with ="),
    # what Excel would repair
    "literal over 255": (FORM, formula("B6", LONG_LIST), "over 255 characters"),
    "prompt over 255": (FORM, validation("B2", 'prompt="', 'prompt="' + "长" * 300), "prompt over"),
    "title over 32": (FORM, swap('promptTitle="', r"\g<0>" + "长" * 33), "promptTitle over 32"),
    "error over 225": (FORM, validation("B2", 'error="', 'error="' + "长" * 226), "error over 225"),
    "no second limit": (FORM, swap("<formula2>.*?</formula2>", ""), "1 formulas, 2 wanted"),
    "name twice": (WORKBOOK, swap('"ptxl_template"', '"PTXL_Serial"'), "defined name stands twice"),
    "name like a cell": (WORKBOOK, swap('"ptxl_template"', '"L1"'), "looks like a cell"),
    "name like a row": (WORKBOOK, swap('"ptxl_template"', '"R2C3"'), "looks like a cell"),
    "name with a space": (WORKBOOK, swap('"ptxl_template"', '"a b"'), "not legal as a defined"),
    "name out of scope": (WORKBOOK, swap('localSheetId="1"', 'localSheetId="9"'), "sheet 9, which"),
    "print area elsewhere": (WORKBOOK, swap("表二!\\$A\\$1", "备注!$A$1"), "not on its sheet 表二"),
    "print area of no sheet": (WORKBOOK, swap("表二!\\$A\\$1", "没有!$A$1"), "a sheet 没有"),
    "merges overlap": (FORM, swap('"B2:D2"/>', r'\g<0><mergeCell ref="D2:D3"/>'), "merges overlap"),
    "merge of one cell": (FORM, swap('ref="B2:D2"', 'ref="B2"'), "B2: a merge of one cell"),
    "hidden value": (FORM, swap('(<c r="C2" s="\\d+")/>', r"\1><v>7</v></c>"), "the merge above"),
    "no such string": (FORM, swap('t="s"><v>\\d+', 't="s"><v>999'), "no shared string 999"),
    "no such style": (FORM, swap('(<c r="A2" s=)"\\d+"', r'\1"999"'), "A2: there is no style 999"),
    "no such font": (STYLES, swap('(<cellXfs.*?fontId=)"\\d+"', r'\1"99"'), "fontId 99"),
    "no such format": (STYLES, swap('(<xf numFmtId=)"164"', r'\1"77"'), "unknown number format"),
    "illegal format": (STYLES, swap('formatCode="', r'\g<0>&quot;'), "is not legal"),
    "rows swapped": (FORM, swap('(<row r="2".*?</row>)(<row .*?</row>)', r"\2\1"), "row 2 aft"),
    "row twice": (FORM, swap('<row r="3"', '<row r="2"'), "row 2 after row 2"),
    "cells out of order": (FORM, swap("(<c r=\"B4\".*?)(<c .*?</c>)", r"\2\1"), "out of order"),
    "cell in another row": (FORM, swap('<c r="A3"', '<c r="A9"'), "A9: stands in row 3"),
    "no cached value": (MAP, swap("(</f>)<v>.*?</v>", r"\1"), "without its cached value"),
    "count of validations": (FORM, swap('ns count="', r"\g<0>1"), "count of validations is wrong"),
    "unknown validation": (FORM, swap('type="whole"', 'type="int"'), "is of type int"),
    "row too high": (FORM, swap(' ht="[\\d.]+"', ' ht="500"'), "500 points high"),
    "columns overlap": (FORM, swap('<col min="2"', '<col min="1"'), "columns 1 to"),
    "text in a number": (FORM, swap('(<c r="B4" s="\\d+")/>', r"\1><v>七</v></c>"), "of type n"),
    "dimension too small": (FORM, swap('<dimension ref="[^"]*"', '<dimension ref="A1"'), "dimens"),
    "no such difference": (FORM, swap('dxfId="\\d+"', 'dxfId="70"'), "has no style 70"),
    "priority 0": (FORM, swap('priority="1"', 'priority="0"'), "without priority"),
    "text over 32767": (STRINGS, swap("小表", "长" * 32_768), "over 32767"),
    "space lost": (STRINGS, swap("<t>小表", "<t> 小表"), "outer white space"),
    "code of a character": (STRINGS, swap("<t>小表", r"\g<0>_x0041_"), "read as one character"),
    "footer too long": (FORM, swap("表单编号", "表" * 256), "footer over 255"),
    "size in a footer": (FORM, swap("&amp;9表单编号", "&amp;82026年"), "read as a font size"),
    "nothing visible": (WORKBOOK, hide_all, "no sheet is visible"),
    "hidden sheet active": (
        WORKBOOK, swap("<workbookView ", r'\g<0>activeTab="7" '), "activeTab 7"),
    "sheets grouped": (FORM, swap("<sheetView ", r'\g<0>tabSelected="1" '), "is selected beside"),
    "sheet name twice": (WORKBOOK, swap('name="表二"', 'name="_LISTS"'), "two sheets of one name"),
    "sheet name too long": (WORKBOOK, swap('name="备注"', f'name="{"长" * 32}"'), "1 to 31"),
    "sheet name illegal": (WORKBOOK, swap('name="备注"', 'name="a/b"'), "is not allowed"),
    "sheet id twice": (WORKBOOK, swap('sheetId="2"', 'sheetId="1"'), "sheetId stands twice"),
    "no content type": (TYPES, untyped("/xl/styles.xml"), "styles.xml: the part has no"),
    "type of nothing": (TYPES, swap("styles.xml", "stiles.xml"), "part that is not there"),
    "target of nothing": (RELATIONS, swap("worksheets/sheet3", r"\g<0>3"), "is not there"),
    "external target": (RELATIONS, swap("Target=", 'TargetMode="External" Target='), "external t"),
    "relationship twice": (RELATIONS, swap('Id="rId2"', 'Id="rId1"'), "stands twice"),
    "no relationship": (WORKBOOK, swap('r:id="rId2"', 'r:id="rId99"'), "no relationship rId99"),
    "not well-formed": (FORM, swap("</sheetData>", ""), "not well-formed"),
    "DOCTYPE": (FORM, swap("<worksheet", "<!DOCTYPE worksheet><worksheet"), "a DOCTYPE"),
}  # fmt: skip


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_named(kind: str, mini: Path, tmp_path: Path) -> None:
    part, edit, expected = DAMAGE[kind]
    bad = damaged(mini, tmp_path, part, edit)
    found = general_problems(bad) + form_problems(bad, reviewer_paths=MINI_REVIEWER)
    assert any(expected in problem for problem in found), found


def test_part_that_stands_twice_is_named(mini: Path, tmp_path: Path) -> None:
    bad = tmp_path / "twice.xlsx"
    bad.write_bytes(mini.read_bytes())
    with zipfile.ZipFile(bad, "a") as archive:
        archive.writestr("xl/Workbook.xml", "<workbook/>")
    assert any("the zip holds the part twice" in problem for problem in general_problems(bad))
