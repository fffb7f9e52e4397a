"""template.yaml + parameters → Form. The door of this folder.

template = load_template("hebei-department")
form = template.form(year=2026, projects=5)
"""

from typing import TYPE_CHECKING

from ptxl.doors import door

if TYPE_CHECKING:
    from ptxl.template.check_local import lint_local as lint_local
    from ptxl.template.check_local import read_local as read_local
    from ptxl.template.folders import FILE_NAME as FILE_NAME
    from ptxl.template.folders import LOCAL as LOCAL
    from ptxl.template.folders import find_templates as find_templates
    from ptxl.template.folders import is_rule_file as is_rule_file
    from ptxl.template.folders import shipped as shipped
    from ptxl.template.folders import template_file as template_file
    from ptxl.template.lint import lint_template as lint_template
    from ptxl.template.local import NO_LOCAL as NO_LOCAL
    from ptxl.template.local import Local as Local
    from ptxl.template.local_rules import is_local_file as is_local_file
    from ptxl.template.local_rules import shared_constants as shared_constants
    from ptxl.template.templates import FormName as FormName
    from ptxl.template.templates import Template as Template
    from ptxl.template.templates import Templates as Templates
    from ptxl.template.templates import load_template as load_template

#: what is here, by the module that it comes from
_HOMES = {
    "ptxl.template.check_local": ("lint_local", "read_local"),
    "ptxl.template.folders": (
        "FILE_NAME", "LOCAL", "find_templates", "is_rule_file", "shipped", "template_file",
    ),
    "ptxl.template.lint": ("lint_template",),
    "ptxl.template.local": ("NO_LOCAL", "Local"),
    "ptxl.template.local_rules": ("is_local_file", "shared_constants"),
    "ptxl.template.templates": ("FormName", "Template", "Templates", "load_template"),
}  # fmt: skip
__getattr__, __all__ = door(__name__, _HOMES)
