"""Why a file is refused: a closed list of codes, each with a sentence for the sender."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ptxl.model.errors import WorkbookError


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence or a name in both languages; braces in a sentence are filled from facts."""

    zh: str
    en: str


REFUSALS: Mapping[str, Words] = MappingProxyType({
    # before it is opened
    "empty": Words(
        "文件是空的，请重新发送填好的原表",
        "the file is empty; please send the completed form again"),
    "not_a_file": Words(
        "不是普通文件（链接、管道、设备），或无法打开，请发送文件本身",
        "not a regular file (a link, a pipe, a device), or it cannot be opened; send the file "
        "itself"),
    "too_large": Words(
        "文件有 {size} MB，最大 {limit} MB，请删去图片等无关内容后重新发送",
        "the file has {size} MB, at most {limit} MB are read; remove pictures and send it again"),
    # something else than a workbook
    "html": Words(
        "这是网页（改了扩展名），不是工作簿，请用 Excel 或 WPS 打开原表填写，另存为 xlsx 再发送",
        "a web page under the name of a workbook; fill in the form with Excel or WPS and save it "
        "as xlsx"),
    "text": Words(
        "这是文本或 CSV（改了扩展名），不是工作簿，请发送填好的原表",
        "a text or CSV under the name of a workbook; please send the completed form"),
    "xml_2003": Words(
        "这是“XML 表格 2003”格式，请用 Excel 或 WPS 打开后另存为 xlsx 再发送",
        "an XML Spreadsheet of 2003; open it with Excel or WPS and save it as xlsx"),
    "document": Words(
        "这是 Word 等文档，不是工作簿，请发送填好的原表",
        "a text document, not a workbook; please send the completed form"),
    "not_a_workbook": Words(
        "这是{what}，不是工作簿，请发送填好的原表",
        "not a workbook ({what}); please send the completed form"),
    "archive": Words(
        "这是压缩包，请解压后发送其中的原表",
        "an archive; unpack it and send the workbooks in it"),
    "xlsb": Words(
        "这是 xlsb（二进制工作簿），请另存为 xlsx 后重新发送",
        "a binary workbook (xlsb); save it as xlsx and send it again"),
    "encrypted": Words(
        "文件已加密（设有打开密码，或经加密软件保存），请解密后重新发送",
        "the file is encrypted (an opening password, or a program that guards files); send it "
        "without"),
    "macros": Words(
        "文件里有宏，原表没有宏，为安全起见不予打开，请把内容填回原表",
        "the file holds macros, which no form has, and was not opened; enter the answers in the "
        "original form"),
    # not whole
    "cut_short": Words(
        "文件不完整（传输或下载中断），请重新发送",
        "the file is cut short, as by a broken download; please send it again"),
    "damaged": Words(
        "文件已损坏，请重新保存后再发送",
        "the file is damaged; save it again and send it"),
    "broken_xml": Words(
        "文件内部内容已损坏（{part}），请重新保存后再发送",
        "a part of the file is broken ({part}); save it again and send it"),
    "unreadable": Words(
        "无法读取此文件，请用 Excel 或 WPS 打开后另存为 xlsx 再发送",
        "the file cannot be read; open it with Excel or WPS, save it as xlsx and send it again"),
    # meant to harm, or as good as
    "bomb": Words(
        "文件解开后过大（{what}），不予打开，请把内容填回原表",
        "the file unpacks to far more than a form ({what}) and was not opened; enter the answers "
        "in the original form"),
    "duplicate_parts": Words(
        "文件内有重名的部分或工作表（{part}），各程序读出的内容可能不同，请重新保存后再发送",
        "two parts or sheets of the file share a name ({part}), and programs would differ on what "
        "it says; save it again and send it"),
    "dtd": Words(
        "文件内有不允许的 XML 声明（DOCTYPE），请用 Excel 或 WPS 重新保存后再发送",
        "the file holds an XML declaration that is not allowed (DOCTYPE); save it again with "
        "Excel or WPS"),
    "too_many_cells": Words(
        "工作表“{sheet}”范围过大（{what}），请删去表外的空行空列或合并，或把内容填回原表",
        'the sheet "{sheet}" reaches too far ({what}); delete what lies beside the form, or enter '
        "the answers in the original form"),
    # while it was read
    "timed_out": Words(
        "读取超过 {seconds} 秒，已中止，请把内容填回原表",
        "reading took more than {seconds} seconds and was stopped; enter the answers in the "
        "original form"),
    "out_of_memory": Words(
        "读取所需内存超过 {megabytes} MB，已中止，请把内容填回原表",
        "reading needs more than {megabytes} MB of memory and was stopped; enter the answers in "
        "the original form"),
    "killed": Words(
        "读取时程序意外中止，此文件未读取，请把内容填回原表",
        "the reader died over this file, which was not read; enter the answers in the original "
        "form"),
    "internal": Words(
        "程序读取此文件时出错（{detail}），此文件未读取，请把文件交给维护人员",
        "a bug in ptxl ({detail}): the file was not read; please report it with the file"),
    # a workbook, but not to be used
    "not_a_form": Words(
        "这不是由 ptxl 生成的表，请在发给本单位的原表上填写",
        "a workbook, but no form made by ptxl; fill in the form that was sent to you"),
    "identity_lost": Words(
        "表内记载的单位和编号信息已被删除或改动（编号 {serial}），不能确定是哪份表，请填回原表",
        "what the workbook says of its form (serial {serial}) was deleted or changed in every "
        "place; enter the answers in the original form"),
    "not_xlsx": Words(
        "只能在 xlsx 文件中填写，请另存为 xlsx",
        "only an xlsx can be filled in; save it as xlsx"),
    "changed_too_much": Words(
        "表格结构已被改动，无法填写，请用原表",
        "the structure was changed; fill in the form as issued"),
    "template_unknown": Words(
        "找不到这份表的模板“{template}”，请用 --template 指明模板所在文件夹",
        'the template "{template}" of this form is not installed; name its folder with '
        "--template"),
    "edition_missing": Words(
        "缺少 {edition} 版的模板，无法确定各项内容，请用 --template 指明该版模板所在文件夹",
        "edition {edition} of the template is not there, and answers could be taken for others; "
        "name its folder with --template"),
    "identity_doubtful": Words(
        "表内的单位或编号信息被改动，不能确定是哪个单位的表；请按名册重新生成，再填入读出的数据",
        "the identity inside the form was changed and its unit is uncertain; generate the form "
        "anew and fill in what ptxl read gives"),
    "parameters_unfit": Words(
        "这份表的参数与模板“{template}”不符，无法读取，请用发出时的模板",
        'the parameters inside the form do not fit its template "{template}"; use the one that '
        "it was made with"),
})  # fmt: skip


def refusal(code: str, **facts: object) -> WorkbookError:
    """The error that tells why a file is refused, and what to do; a fact may be `Words`."""
    words = REFUSALS[code]
    zh = {name: fact.zh if isinstance(fact, Words) else fact for name, fact in facts.items()}
    en = {name: fact.en if isinstance(fact, Words) else fact for name, fact in facts.items()}
    return WorkbookError(code, words.zh.format(**zh), words.en.format(**en))
