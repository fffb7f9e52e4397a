"""What is wrong in a submission → a `Finding`: a code and facts. Words are made here, late.

The catalogue below is the whole list of codes. A code is public, says the fault in words and is
never used again for another meaning. Rules of templates bring codes of their own (the rule's id).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Severity = Literal["error", "warning", "hint"]
Language = Literal["zh", "en"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "hint")
#: what a severity is called
SEVERITY_WORDS: Mapping[Language, Mapping[Severity, str]] = {
    "zh": {"error": "错误", "warning": "提醒", "hint": "提示"},
    "en": {"error": "error", "warning": "warning", "hint": "hint"},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Wording:
    """How one code is put: what is there and what to do, in Chinese and English."""

    severity: Severity
    zh: str
    en: str


CATALOGUE: Mapping[str, Wording] = MappingProxyType({
    # answers
    "required": Wording(
        severity="error",
        zh="必填项未填，请填写",
        en="a required answer is missing; please fill it in"),
    "category_unanswered": Wording(
        severity="error",
        zh="“{group}”至少要填 {least} 行，现填 {found} 行，请补充",
        en='"{group}" needs at least {least} row(s), {found} filled in; please add'),
    "not_a_number": Wording(
        severity="error",
        zh="应填数字，现为“{raw}”，未读取，请改为数字（单位：{unit}）",
        en='a number is wanted here, found "{raw}", not read; enter a number (unit: {unit})'),
    "not_whole": Wording(
        severity="error",
        zh="应填整数，现为“{raw}”，未读取，请改为整数",
        en='a whole number is wanted here, found "{raw}", not read'),
    "not_a_date": Wording(
        severity="error",
        zh="应填日期，现为“{raw}”，未读取，请按“2026-3-1”的样式填写",
        en='a date is wanted here, found "{raw}", not read; enter it like 2026-3-1'),
    "not_a_code": Wording(
        severity="error",
        zh="编码“{raw}”被存成数字，末几位可能已变，请按文本重新填写",
        en='the code "{raw}" was stored as a number and its last digits may have changed; '
           "please enter it again as text"),
    "ambiguous_percent": Wording(
        severity="error",
        zh="“{raw}”可能是 {raw}% 也可能是比例，未读取，请填写带“%”的数",
        en='"{raw}" may be {raw}% or a ratio, not read; please enter it with a % sign'),
    "percent_unclear": Wording(
        severity="warning",
        zh="“{raw}”没有写“%”，按 {number}% 读取，也可能是比例，请核对并填写带“%”的数",
        en='"{raw}" has no % sign and was read as {number}%, but it may be a ratio; please check '
           "and enter it with a % sign"),
    "stored_as_number": Wording(
        severity="warning",
        zh="此格应为文字，现存为数值或日期“{raw}”（也许是粘贴的百分数或年月），请核对后重新填写",
        en='a text is wanted here, found a number or date, "{raw}" (perhaps pasted, and shown as a '
           "percentage or month); please check and enter it again"),
    "money_unit_differs": Wording(
        severity="error",
        zh="本栏单位为{unit}，现填“{raw}”，未读取，请换算成{unit}后只填数字",
        en='this amount is wanted in {unit}, found "{raw}", not read; convert it and enter the '
           "number only"),
    "money_unit_unclear": Wording(
        severity="warning",
        zh="本栏单位为{unit}，现填“{raw}”，按 {number} {unit}读取，请核对并只填数字",
        en='this amount is in {unit}; "{raw}" was read as {number} {unit}; please check and enter '
           "the number only"),
    "out_of_range": Wording(
        severity="error",
        zh="数值 {number} 超出允许范围（{minimum} 至 {maximum}），请核对",
        en="{number} is outside the allowed range ({minimum} to {maximum}); please check"),
    "too_long": Wording(
        severity="error",
        zh="共 {length} 个字，最多 {longest} 个字，请精简",
        en="{length} characters, at most {longest} allowed; please shorten"),
    "not_in_list": Wording(
        severity="error",
        zh="“{raw}”不在下拉选项中，请从下拉列表选择（{choices}）",
        en='"{raw}" is not in the list; please choose one of: {choices}'),
    "not_under_parent": Wording(
        severity="error",
        zh="“{raw}”不属于“{parent}”，请从下拉列表重新选择（{choices}）",
        en='"{raw}" does not belong to "{parent}"; please choose one of: {choices}'),
    # what happened to the workbook
    "error_value": Wording(
        severity="error",
        zh="单元格里是错误值 {raw}，未读取，请重新填写",
        en="the cell holds the error value {raw}, not read; please enter the answer again"),
    "formula_in_answer": Wording(
        severity="warning",
        zh="此格是公式（{formula}），按其显示的结果读取，请直接填写结果",
        en="the cell holds a formula ({formula}); its result as saved was read; please type the "
           "result itself"),
    "formula_without_value": Wording(
        severity="error",
        zh="此格是公式（{formula}），文件里没有它的结果，未读取，请直接填写结果",
        en="the cell holds a formula ({formula}) whose result the file does not hold, not read; "
           "please type the result itself"),
    "readers_differ": Wording(
        severity="error",
        zh="此格的内容，两种读法不一致（“{raw}”与“{other}”），未读取，请重新填写",
        en='two readers differ on this cell ("{raw}" and "{other}"), not read; please enter the '
           "answer again"),
    "protection_removed": Wording(
        severity="warning",
        zh="本工作表的保护被取消，固定文字已逐格核对，请在受保护的原表上填报",
        en="the protection of this sheet was taken off; every printed text was compared; please "
           "fill in the protected form"),
    "sheet_hidden": Wording(
        severity="hint",
        zh="本工作表被隐藏，内容已照常读取",
        en="this sheet is hidden; it was read all the same"),
    "rows_hidden": Wording(
        severity="hint",
        zh="本工作表隐藏了{what}，其中内容已照常读取",
        en="hidden on this sheet: {what_en}; answers there were read all the same"),
    "rows_filtered": Wording(
        severity="hint",
        zh="本工作表有筛选，{what}没有显示，其中内容已照常读取",
        en="a filter hides {what_en} on this sheet; answers there were read all the same"),
    "merges_undone": Wording(
        severity="hint",
        zh="合并的单元格被拆开（{cells}），已按左上角的格子读取",
        en="merged cells were split ({cells_en}); the top left one was read"),
    "validation_removed": Wording(
        severity="hint",
        zh="下拉列表被去掉（{cells}），多为整块粘贴所致，所填内容仍按列表核对",
        en="dropdowns are gone ({cells_en}), as after pasting over them; what was entered is "
           "checked against the lists all the same"),
    "helper_sheets_removed": Wording(
        severity="hint",
        zh="附带的工作表{sheets}被删除，填报内容照常读取",
        en="sheets that came with the form were removed: {sheets_en}; answers were read all the "
           "same"),
    "characters_cleaned": Wording(
        severity="hint",
        zh="读取时去掉了不可见字符，或换成了普通的空格、数字（{cells}），请核对",
        en="invisible characters were left out, or special blanks and digits read as plain ones "
           "({cells_en}); please check"),
    "locked_text_changed": Wording(
        severity="warning",
        zh="表内固定文字被改动：原为“{expected}”，现为“{raw}”，请恢复原样",
        en='a printed text was changed: it was "{expected}", it is now "{raw}"; please restore it'),
    "label_of_another": Wording(
        severity="error",
        zh="此处原印“{expected}”，现为另一栏的“{raw}”，内容可能填错了栏，请核对后恢复原样",
        en='"{expected}" was printed here, now it is "{raw}", which names another answer: answers '
           "may stand in each other's place; please check and restore it"),
    "cells_moved": Wording(
        severity="warning",
        zh="插入或删除了行、列（现有的新行列：{inserted}；删去的原行列：{deleted}），已按新位置读取，"
           "请核对",
        en="rows or columns were inserted (now {inserted}) or deleted (issued as {deleted}); "
           "answers were read at their new places; please check"),
    "rows_sorted": Wording(
        severity="warning",
        zh="行的次序有变动（{what}等行被排序或移动），已按行内所印文字读取，请核对",
        en="rows were sorted or moved ({what}); answers were read by what is printed in their "
           "rows; please check"),
    "rows_added": Wording(
        severity="hint",
        zh="“{table}”中新增了第 {rows} 行，已作为同类的行读取，不必处理",
        en='row(s) {rows} were added to "{table}" and read like the row above; nothing to do'),
    "category_unclear": Wording(
        severity="warning",
        zh="“{table}”中新增的第 {rows} 行在两个类别之间，已归入上一行的类别，请核对；"
           "不对的请移到本类别各行之间",
        en='row(s) {rows} were added to "{table}" between two categories and read as of the one '
           "above; please check, or move them between the rows of their own"),
    "sheet_renamed": Wording(
        severity="warning",
        zh="工作表“{expected}”被改名为“{raw}”，已照常读取，请恢复原名",
        en='the sheet "{expected}" was renamed "{raw}"; it was read all the same'),
    "sheet_missing": Wording(
        severity="error",
        zh="找不到工作表“{expected}”，其中内容未读取，请用原表重新填报",
        en='the sheet "{expected}" is missing and nothing on it was read'),
    "spare_sheet_missing": Wording(
        severity="warning",
        zh="备用的工作表“{expected}”被删除，按未填处理，请确认其中没有内容",
        en='the spare sheet "{expected}" was deleted and counts as blank; please make sure that '
           "nothing was on it"),
    "place_uncertain": Wording(
        severity="error",
        zh="表格结构有改动，无法确定“{what}”的位置，未读取，请把内容填回原表",
        en='the structure was changed and nobody can tell where "{what}" is now; not read; please '
           "enter it in the original form"),
    "sheet_copied": Wording(
        severity="error",
        zh="工作表“{raw}”像是“{expected}”的副本，未读取；请填到空白表中，不够时请索取",
        en='the sheet "{raw}" looks like a copy of "{expected}" and was not read; please use a '
           "spare sheet, or ask for a form with more of them"),
    "copy_filled": Wording(
        severity="error",
        zh="工作表“{raw}”是“{expected}”的副本，内容填在副本里而“{expected}”是空的，未读取；请把内容填回"
           "“{expected}”",
        en='the sheet "{raw}" is a copy of "{expected}" and was filled in while "{expected}" is '
           "blank; it was not read; please enter its answers in the original sheet"),
    "blank_copy": Wording(
        severity="hint",
        zh="工作表“{raw}”是“{expected}”的空白副本，没有内容，不必处理",
        en='the sheet "{raw}" is a copy of "{expected}" and blank; nothing to do'),
    "sheet_added": Wording(
        severity="warning",
        zh="工作表“{raw}”不属于本表，其中内容未读取",
        en='the sheet "{raw}" is not part of the form and was not read'),
    "unread_cell": Wording(
        severity="warning",
        zh="此处有内容“{raw}”，但不属于任何填报项，未读取，请移到对应栏内",
        en='"{raw}" stands here but belongs to no field and was not read; please move it'),
    "answer_outside": Wording(
        severity="error",
        zh="“{raw}”像是从“{origin}”剪切到这里的，此处不属于任何填报项，未读取，请移回“{origin}”",
        en='"{raw}" seems to have been cut from "{origin}" and pasted here, which is no field; not '
           "read; please move it back"),
    "edition_differs": Wording(
        severity="warning",
        zh="此表为 {found} 版，现行模板为 {expected} 版，两版版式相同，已照常读取",
        en="this form is of edition {found}, the template now is {expected}; both are laid out "
           "alike, and it was read"),
    "template_changed": Wording(
        severity="error",
        zh="此表（{found} 版）发出后模板有改动（现为 {expected} 版），内容可能错位，请用原模板读取",
        en="the template was changed (now edition {expected}) after this form was issued (edition "
           "{found}), and values may be read for others; please use the template it was made with"),
    "identity_changed": Wording(
        severity="error",
        zh="表内记载的单位或编号信息被改动（{places}），请用发给本单位的原表填报",
        en="the identity inside the workbook was changed ({places_en}); please use the form that "
           "was issued to you"),
    "identity_disagrees": Wording(
        severity="error",
        zh="此表是“{unit}”的，但{places}写的是“{other}”，两份表可能混在了一起，请核对后用本单位的"
           "原表填报",
        en='this is the form of "{unit}", but {places_en} tell of "{other}": two forms may have '
           "been mixed; please use the form that was issued to you"),
    "identity_incomplete": Wording(
        severity="hint",
        zh="表内记载单位和编号的几处中，{places}已缺失或损坏（被程序或人删去），其余完好，"
           "内容照常读取，不必处理",
        en="of the places that hold the identity, {places_en} are missing or damaged, dropped by a "
           "program or a person; the others are whole and nothing was lost"),
    "unit_differs": Wording(
        severity="error",
        zh="此处印的应是“{expected}”，现为“{raw}”，与表内记载的单位、编号不符，请用发给本单位的原表"
           "填报",
        en='"{expected}" was printed here, now it is "{raw}": not the unit that this form was '
           "issued to; please use the form that was issued to you"),
    "self_check_changed": Wording(
        severity="warning",
        zh="“填报自查”页的公式被覆盖或删除，其状态不可信；以本次审核结果为准，请恢复原样",
        en="formulas of the self-check were overwritten or deleted, and what it shows cannot be "
           "relied on; the findings here count; please restore it"),
    "lists_changed": Wording(
        severity="warning",
        zh="下拉列表的选项（隐藏表）被改动，仍按发出时的选项核对，请用原表填报",
        en="the entries of the dropdowns (a hidden sheet) were changed; answers were checked "
           "against those issued; please use the original form"),
    "review_filled": Wording(
        severity="warning",
        zh="此栏由审核人填写，单位不填，现为“{raw}”，请核实是否审核人所填",
        en='this cell is for the reviewer, it holds "{raw}"; please make sure that the reviewer '
           "filled it in"),
    "not_signed": Wording(
        severity="error",
        zh="此表没有本批次的签名，不是用本批次密钥生成的表，请用发给本单位的原表填报",
        en="the form is not signed, so it was not issued with the key of this round; please use "
           "the form that was issued to you"),
    "signature_wrong": Wording(
        severity="error",
        zh="此表的签名与本批次的密钥不符：不是本批次发出的表，或表内信息被改动，请用发给本单位的原表填报",
        en="the signature does not fit the key of this round: the form is of another round, or its "
           "identity was changed; please use the form that was issued to you"),
    # files among others
    "unreadable": Wording(
        severity="error",
        zh="文件无法读取：{reason}",
        en="the file cannot be read: {reason_en}"),
    "duplicate_unit": Wording(
        severity="error",
        zh="与“{other}”是同一单位的同一份表，只汇总了“{other}”，请确认以哪份为准",
        en='the same form of the same unit as "{other}"; only "{other}" was merged; please decide '
           "which one counts"),
    "other_round": Wording(
        severity="error",
        zh="此表的{meaning}是 {found}，本次汇总的是 {expected}，未汇总；请分开汇总，或用 --set "
           "{name}={found} 指明汇总哪一批",
        en="this form is of {name} {found}, the summary of {expected}, so it was not merged; merge "
           "them apart, or say with --set {name}={found} which ones count"),
    # units side by side
    "same_text_elsewhere": Wording(
        severity="hint",
        zh="{text}与{other_unit}的项目“{other_project}”一字不差（{other_place}），像是照抄的；"
           "请核对是否同一项目，不是的请按各自的情况填写",
        en='"{text}" is word for word that of {other_unit}, project "{other_project}" '
           "({other_place}): is it one project? If not, each should be told in its own words"),
    "value_outlying": Wording(
        severity="hint",
        zh="“{name}”为“{raw}”，全部{count}个同名指标的中位数是{median}"
           "（如{other_unit}的“{other_raw}”，{other_place}），相差超过{times}倍；请核对数值和单位",
        en='"{name}" is "{raw}", while the median of all {count} of that name is {median} (such as '
           '"{other_raw}" of {other_unit}, {other_place}), more than {times} times apart: check '
           "number and unit"),
    "indicators_differ": Wording(
        severity="hint",
        zh="项目“{name}”{other_unit}也有（{other_place}），两边分别有{own}项和{others}项指标，"
           "名称相同的只有{shared}项；同类项目的指标请尽量一致",
        en='{other_unit} has the project "{name}" as well ({other_place}); of {own} indicators '
           "here and {others} there only {shared} have the same name: projects of one kind should "
           "be measured alike"),
    "left_out": Wording(
        severity="error",
        zh="有 {errors} 处错误，未纳入汇总，请退回修改",
        en="{errors} error(s), left out of the summary; please send it back"),
    # what became of answers in a repaired or upgraded form
    "answer_uncertain": Wording(
        severity="hint",
        zh="已填入新表，请核对：{why}",
        en="typed into the new form; please check: {why_en}"),
    "answer_lost": Wording(
        severity="error",
        zh="“{raw}”没有填入新表，请人工处理：{why}",
        en='"{raw}" has no place in the new form and needs a person: {why_en}'),
})  # fmt: skip


def ready(text: str) -> str:
    """A finished text as a wording: its braces stand for themselves."""
    return text.replace("{", "{{").replace("}", "}}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing wrong (问题). `path` names the field, `sheet` and `cell` the place, if any.

    `facts` fill the wording of the code; a rule of a template brings its wording along.
    """

    code: str
    severity: Severity
    path: str = ""
    sheet: str = ""
    cell: str = ""
    label: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    wording: Wording | None = None

    def message(self, language: Language = "zh") -> str:
        """What is there and what to do, without the place."""
        wording = self.wording or CATALOGUE[self.code]
        return (wording.zh if language == "zh" else wording.en).format(**self.facts)

    def place(self) -> str:
        """The place as people write it: `项目1!B4`, or the sheet alone, or nothing."""
        return f"{self.sheet}!{self.cell}" if self.cell else self.sheet


def finding(code: str, **where_and_facts: object) -> Finding:
    """A finding of the catalogue: keywords that are no attribute of `Finding` become facts."""

    def take(name: str) -> str:
        return str(where_and_facts.pop(name, ""))

    path, sheet, cell, label = (take(name) for name in ("path", "sheet", "cell", "label"))
    return Finding(
        code=code,
        severity=CATALOGUE[code].severity,
        path=path,
        sheet=sheet,
        cell=cell,
        label=label,
        facts=where_and_facts,
    )


def by_weight(findings: Iterable[Finding]) -> list[Finding]:
    """Errors before warnings before hints, otherwise in the order found."""
    return sorted(findings, key=lambda found: SEVERITIES.index(found.severity))
