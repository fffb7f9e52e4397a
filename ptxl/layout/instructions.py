"""Form → the lines of its 填报说明 sheet: what a clerk has to know before typing."""

from __future__ import annotations

from collections.abc import Iterator

from ptxl.model.form import Form, mark

#: whose form it is, as printed on the sheet
UNIT_LINE = f"填报单位：{mark('code')} {mark('name')}    表单编号：{mark('serial')}"


def guide_lines(form: Form) -> Iterator[tuple[str, str]]:
    """Number and text of each line; the first is the title. □ ■ ▒ stand for coloured boxes."""
    yield "", f"{form.title} 填报说明"
    yield "", UNIT_LINE
    reviewer = any(field.reviewer for field in form.fields())
    yield "□", "浅蓝色：由你填写。其余内容已锁定，不能也不需要改动。"
    yield "■", "浅黄色：必填，填好后颜色自动消失。"
    if reviewer:
        yield "▒", "灰色：由审核人填写，单位不填。"
    more = [_MORE_ROWS] if any(table.grows for table in form.tables) else []
    lines = [*form.guide, *_GENERAL[:-1], *more, _GENERAL[-1]]
    for number, text in enumerate(lines, 1):
        yield f"{number}.", text


_MORE_ROWS = (
    "表内的行不够时，在表内同类别的行上右击行号，选“插入”，在新插入的行里填写即可，会一并读取。"
)
_GENERAL = (
    "有下拉箭头的格子请从列表中选择；先选上一级，下一级的选项才会随之出现。",
    "金额只填数字，单位以表上所印为准；指标值写“符号+数字+单位”，如 ≥95%、12次、2026年6月底前。",
    "从别处粘贴时请用“选择性粘贴—值/文本”，以免带入格式。行高、列宽可以自行拉动。",
    "多余的行和项目表留空即可，不要删除行、列或工作表，也不要改工作表名称。",
    "用 Excel、WPS 或 LibreOffice 填写都可以，填完保存后把本文件原样发回。"
    "“备注”页可随意记录，不会被读取。",
)
