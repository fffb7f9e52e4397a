"""Arguments in, library calls, words and exit codes out. Owns click and rich.

Exit codes: 0 all well, 1 something in the files needs mending, 2 wrong usage, 3 the work cannot be
done (template, roster, or the one file asked for), 70 a bug.
"""

from __future__ import annotations

import io
import locale
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from datetime import date
from functools import partial, wraps
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from ptxl import __version__, api
from ptxl import jobs as desk
from ptxl.demo import run_demo
from ptxl.documents.document import dump, parse_answers
from ptxl.documents.schema import build_schema
from ptxl.model.errors import FaultsError, PtxlError
from ptxl.model.findings import Language
from ptxl.outputs import write_whole
from ptxl.receive.workers import Task
from ptxl.report import one_line, repaired_json, repaired_lines
from ptxl.template import Template, find_templates, lint_template, load_template
from ptxl.words import Speaker
from ptxl.write.self_check import live_rules

FOUND_PROBLEMS, CANNOT_WORK, BUG = 1, 3, 70


class Voice:
    """Speaks the user's language; results to standard output, everything else to standard error."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self.console = Console(soft_wrap=True, highlight=False, emoji=False)
        self.aside = Console(stderr=True, soft_wrap=True, highlight=False, emoji=False)

    def word(self, zh: str, en: str) -> str:
        """The wording in the user's language."""
        return zh if self.language == "zh" else en

    def say(self, zh: str, en: str) -> None:
        """A line of result."""
        self.line(self.word(zh, en))

    def line(self, text: str) -> None:
        """A line of result, in one language or in both."""
        self.console.print(one_line(text), markup=False)

    def note(self, zh: str, en: str) -> None:
        """A line beside the result."""
        self.aside.print(one_line(self.word(zh, en)), markup=False)

    def progress(self, zh: str, en: str) -> api.Progress:
        """Passes on what it is given, with a bar on a terminal."""

        def bar(files: list[api.FileName]) -> Iterator[api.FileName]:
            if not self.aside.is_terminal:
                return iter(files)
            return iter(track(files, self.word(zh, en), console=self.aside, transient=True))

        return bar


def _language() -> Language:
    name = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG")
    name = name or locale.getlocale()[0] or ""
    return "zh" if name.lower().startswith(("zh", "chinese")) else "en"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of messages. 消息语言。")
@click.version_option(__version__, prog_name="ptxl")
@click.pass_context
def cli(context: click.Context, lang: Language | None) -> None:
    """Budget performance targets: forms out, answers back, one county workbook.

    预算绩效目标：按模板和名册生成表单，读取、检查、汇总报送。
    """
    context.obj = Voice(lang or _language())


_set_option = click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE",
    help="A parameter of the template (repeatable). 模板参数。",
)  # fmt: skip
_waivers_option = click.option(
    "--waivers", "waiver_path", type=click.Path(exists=True, dir_okay=False),
    help="Approved exceptions, as CSV or xlsx. 已批准的例外。",
)  # fmt: skip
_files_argument = click.argument("files", nargs=-1, required=True, type=click.Path(exists=True))


def _key(context: click.Context, option: click.Parameter, path: str | None) -> bytes:
    return api.load_key(path) if path else b""


_key_option = click.option(
    "--key", callback=_key, metavar="FILE", type=click.Path(exists=True, dir_okay=False),
    help="The round's key: forms are signed with it, and known by it. 本批次的密钥文件。",
)  # fmt: skip


def _terms_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options on how files are opened, gathered into the argument `terms`."""

    @click.option(
        "--template", "template_paths", multiple=True, type=click.Path(exists=True),
        help="A template folder outside ptxl (repeatable). 另外的模板文件夹。",
    )  # fmt: skip
    @click.option(
        "--limit", "limits", multiple=True, metavar="NAME=NUMBER",
        help=f"A limit on what a file may cost: {', '.join(_LIMITS)}. 读取上限。",
    )  # fmt: skip
    @_key_option
    @wraps(command)
    def gathered(*args: Any, template_paths: tuple[str, ...], limits: tuple[str, ...],
                 key: bytes, **options: Any) -> Any:  # fmt: skip
        terms = api.Terms(api.Templates(template_paths), _limits(limits), key)
        return command(*args, terms=terms, **options)

    return gathered


_LIMITS = {field.name: field.type for field in fields(api.Limits)}


def _limits(given: Iterable[str]) -> api.Limits:
    found: dict[str, float] = {}
    for limit in given:
        name, _, value = limit.partition("=")
        try:
            found[name] = {"int": int, "float": float}[str(_LIMITS[name])](value)
        except (KeyError, ValueError):
            message = f'"{limit}" is not NAME=NUMBER, with one of {", ".join(_LIMITS)}'
            raise click.BadParameter(message, param_hint="--limit") from None
        if not found[name] > 0:
            raise click.BadParameter(f'"{limit}" is not above 0', param_hint="--limit")
    return api.Limits(**found)  # type: ignore[arg-type]


def _parameters(settings: Iterable[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise click.BadParameter(f'"{setting}" is not NAME=VALUE', param_hint="--set")
        found[name.strip()] = value.strip()
    return found


@cli.command()
@click.argument("folder", default="demo-county", type=click.Path(file_okay=False, path_type=Path))
@click.pass_obj
def demo(voice: Voice, folder: Path) -> None:
    """Run the whole loop on a sample county. 用示例县演示全流程。"""
    made = run_demo(folder, voice.language)
    table = Table(title=voice.word("示例县：清源县", "Sample county: Qingyuan"))
    for heading in (voice.word("模板", "template"), voice.word("表单", "forms")):
        table.add_column(heading, justify="left" if not table.columns else "right")
    for template, count in made.issued.items():
        table.add_row(template, str(count))
    voice.console.print(table)
    for outcome in made.outcomes:
        _print_report(voice, outcome)
    _print_merged(voice, made.merged)
    for zh, en, path in (
        ("发出的表单", "forms issued", made.forms), ("收回的表单", "forms returned", made.returned),
        ("读出的数据", "answers read", made.answers),
        ("退回修改的表", "forms sent back, marked", made.marked),
        ("县级汇总表", "county workbook", made.workbook),
        ("汇总数据", "county JSON", made.json),
    ):  # fmt: skip
        voice.say(f"{zh}：{path}", f"{en}: {path}")


@cli.command()
@click.pass_obj
def templates(voice: Voice) -> None:
    """List the templates that can be named by id. 列出模板。"""
    table = Table(box=None, pad_edge=False)
    table.add_column(voice.word("模板", "template"), no_wrap=True)
    table.add_column(voice.word("说明", "about"), overflow="fold")
    for path in find_templates():
        template = load_template(path)
        table.add_row(template.id, template.about)
    voice.console.print(table)


@cli.command()
@click.argument("template")
@_set_option
@click.pass_obj
def show(voice: Voice, template: str, settings: tuple[str, ...]) -> None:
    """Explain a template: parameters, fields, lists. 说明一个模板。"""
    loaded = load_template(template)
    form = loaded.form(**_parameters(settings))
    voice.say(f"{loaded.id}  {form.edition} 版", f"{loaded.id}  edition {form.edition}")
    voice.line(loaded.about)
    voice.console.print(_parameter_table(voice, loaded))
    fields = Table(title=voice.word("填报项", "fields"))
    for zh, en in (("填报项", "field"), ("类型", "kind"), ("标签", "label"), ("必填", "required")):
        fields.add_column(voice.word(zh, en), overflow="fold")
    for field in _one_of_each(form.fields()):
        path = field.path.replace("[0]", "[]")
        fields.add_row(path, field.kind, field.label, "✓" if field.required else "")
    voice.console.print(fields)
    for name, nodes in form.lists.items():
        entries = "；".join(
            node.name + (f"：{'、'.join(c.name for c in node.children)}" if node.children else "")
            for node in nodes
        )
        voice.line(f"{name}: {entries}")


def _parameter_table(voice: Voice, template: Template) -> Table:
    table = Table(title=voice.word("参数", "parameters"))
    for zh, en in (("参数", "name"), ("类型", "kind"), ("默认值", "default"), ("说明", "help")):
        table.add_column(voice.word(zh, en), overflow="fold")
    for name, parameter in template.parameters.items():
        table.add_row(name, parameter.kind, str(parameter.default), parameter.help)
    return table


def _one_of_each(fields: Iterable[Any]) -> Iterator[Any]:
    """The first row of every table and repeat."""
    return (f for f in fields if "[" not in f.path.replace("[0]", ""))


@cli.command()
@click.argument("path", type=click.Path())
@click.pass_obj
def lint(voice: Voice, path: str) -> None:
    """Report all faults of a template at once. 检查模板，一次列出全部问题。"""
    faults = lint_template(path)
    for fault in faults:
        voice.line(str(fault))
    count = len(faults)
    voice.note(f"{count} 个问题" if count else "没有问题", f"{count} fault(s)")
    if faults:
        raise SystemExit(CANNOT_WORK)
    _print_live(voice, path)


def _print_live(voice: Voice, path: str) -> None:
    """Which rules the form checks by itself, and which run at the desk alone."""
    template = load_template(path)
    needed = {name: p.minimum or 1 for name, p in template.parameters.items() if p.default is None}
    layout = template.layout(needed)
    live = live_rules(layout)
    every = list(dict.fromkeys(rule.id for rule in layout.form.rules))
    desk = [name for name in every if name not in live]
    both = [name for name in every if name in live]
    voice.say(
        f"表内自查的规则：{'、'.join(both) or '无'}", f"live rules: {', '.join(both) or 'none'}"
    )
    voice.say(
        f"只在审核时检查：{'、'.join(desk) or '无'}", f"at the desk: {', '.join(desk) or 'none'}"
    )


@cli.command()
@click.argument("template")
@_set_option
def schema(template: str, settings: tuple[str, ...]) -> None:
    """Print the JSON Schema of what `read` gives. 打印数据的 JSON Schema。"""
    layout = load_template(template).layout(_parameters(settings))
    click.echo(dump(build_schema(layout)))


@cli.command()
@click.argument("template")
@click.option("--roster", required=True, type=click.Path(exists=True, dir_okay=False),
              help="Units as CSV (UTF-8, GB18030) or xlsx. 单位名册。")  # fmt: skip
@_set_option
@click.option("--prefill", type=click.Path(exists=True),
              help="Answers by unit code: a JSON file or a folder. 预填数据。")  # fmt: skip
@click.option("--password", default="", help="Password of the sheet protection. 工作表保护密码。")
@_key_option
@click.option("--overwrite", is_flag=True, help="Replace files that differ. 覆盖已有的不同文件。")
@click.option("-o", "--output", "folder", required=True, type=click.Path(file_okay=False),
              help="Folder for the forms. 表单存放的文件夹。")  # fmt: skip
@click.pass_obj
def generate(
    voice: Voice, template: str, roster: str, settings: tuple[str, ...], prefill: str | None,
    password: str, key: bytes, overwrite: bool, folder: str,
) -> None:  # fmt: skip
    """Write one locked workbook per unit of a roster. 按名册生成表单，每个单位一份。"""
    paths = api.generate(
        template, roster, folder, parameters=_parameters(settings),
        prefill=api.load_prefill(prefill) if prefill else None, password=password,
        key=key, overwrite=overwrite,
    )  # fmt: skip
    voice.say(f"已生成 {len(paths)} 份表单：{folder}", f"{len(paths)} forms written to {folder}")


@cli.command()
@click.argument("form", type=click.Path(exists=True, dir_okay=False))
@click.argument("answers", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False),
              help="The filled form. 填好的表单。")  # fmt: skip
@_terms_options
@click.pass_obj
def fill(voice: Voice, form: str, answers: str, output: str, terms: api.Terms) -> None:
    """Type answers (JSON) into the open cells of a form. 把数据填入表单。"""
    given = parse_answers(sys.stdin.read(), "-") if answers == "-" else answers
    api.fill(form, given, output, terms=terms)
    voice.say(f"已填写：{output}", f"filled: {output}")


@cli.command()
@_files_argument
@click.option("-o", "--output", type=click.Path(dir_okay=False, allow_dash=True),
              help="A .json or .jsonl file; default: standard output. 输出文件。")  # fmt: skip
@_terms_options
@click.pass_obj
def read(voice: Voice, files: tuple[str, ...], output: str | None, terms: api.Terms) -> None:
    """Read returned workbooks as typed JSON, without judging them. 读取报送，输出 JSON。"""
    single = len(files) == 1 and not Path(files[0]).is_dir()
    lines = bool(output and output.endswith(".jsonl")) or (not single and output in (None, "-"))
    task = partial(desk.report, look=desk.read, language=voice.language,
                   indent=None if lines else 2)  # fmt: skip
    worst = 0
    written: list[str] = []
    for outcome in _reports(voice, files, task, terms, voice.progress("读取", "reading")):
        worst = max(worst, _problems(outcome))
        if output in (None, "-"):
            click.echo(_json(voice, outcome))
        else:
            written.append(_json(voice, outcome))
    if output and output != "-":
        text = "\n".join(written) if lines or single else "[\n" + ",\n".join(written) + "\n]"
        write_whole(Path(output), text + "\n")
        voice.note(f"已读取 {len(written)} 份：{output}", f"{len(written)} read: {output}")
    raise SystemExit(worst)


def _reports(
    voice: Voice,
    files: tuple[str, ...],
    task: Task[desk.Report],
    terms: api.Terms,
    progress: api.Progress,
) -> Iterator[desk.Report | api.Unread]:
    """What is told of each file. The one file asked for that cannot be read is an error."""
    single = len(files) == 1 and not Path(files[0]).is_dir()
    for outcome in api.each(files, task, terms=terms, progress=progress):
        if isinstance(outcome, api.Unread):
            if outcome.trace:
                for line in outcome.trace.splitlines():
                    voice.note(line, line)
            if single and outcome.trace:
                raise SystemExit(BUG)
            if single:
                raise outcome.error
        yield outcome


def _json(voice: Voice, outcome: desk.Report | api.Unread) -> str:
    if isinstance(outcome, desk.Report):
        return outcome.json
    error = {"code": outcome.error.code, "message": outcome.error.reason(voice.language)}
    return dump({"source": outcome.file, "error": error}, indent=None)


def _problems(outcome: desk.Report | api.Unread) -> int:
    return FOUND_PROBLEMS if isinstance(outcome, api.Unread) or outcome.errors else 0


@cli.command()
@_files_argument
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text",
              help="Words or JSON lines. 文字或 JSON。")  # fmt: skip
@click.option("--mark", "folder", type=click.Path(file_okay=False),
              help="Folder for the senders' workbooks, marked. 标出问题的原表。")  # fmt: skip
@_waivers_option
@_terms_options
@click.pass_obj
def check(
    voice: Voice, files: tuple[str, ...], style: str, folder: str | None, waiver_path: str | None,
    terms: api.Terms,
) -> None:  # fmt: skip
    """Check returned workbooks as a reviewer would. 检查报送，列出问题。"""
    task = partial(
        desk.report, look=partial(desk.check, waivers=_waivers(waiver_path)),
        language=voice.language, mark=bool(folder),
    )  # fmt: skip
    worst, count, clean = 0, 0, 0
    taken: set[Path] = set()
    for outcome in _reports(voice, files, task, terms, voice.progress("检查", "checking")):
        count += 1
        worst = max(worst, _problems(outcome))
        if isinstance(outcome, desk.Report) and outcome.marked and folder:
            api.save_marked(outcome.marked, outcome.path, folder, taken)
        clean += isinstance(outcome, desk.Report) and not outcome.lines
        if style == "json":
            click.echo(_json(voice, outcome))
        else:
            _print_report(voice, outcome)
    if style == "text":
        voice.say(
            f"共 {count} 份，其中 {clean} 份没有问题", f"{count} checked, {clean} without findings"
        )
        if folder:
            voice.say(f"已标出问题的原表 {len(taken)} 份：{folder}",
                      f"{len(taken)} marked workbooks: {folder}")  # fmt: skip
    raise SystemExit(worst)


def _print_report(voice: Voice, outcome: desk.Report | api.Unread) -> None:
    """What was found in a file; nothing for one without findings."""
    if isinstance(outcome, api.Unread):
        voice.line(f"✗ {outcome.file}: {outcome.error.reason(voice.language)}")
    elif outcome.lines:
        voice.line(f"{'✗' if outcome.errors else '△'} {outcome.source}")
        for line in outcome.lines:
            voice.line(line)


_form_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False))
_output_option = click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False),
    help="The new form. 新表。",
)  # fmt: skip
_password_option = click.option(
    "--password", default="", help="Password of the sheet protection. 工作表保护密码。"
)
_style_option = click.option(
    "--format", "style", type=click.Choice(["text", "json"]), default="text",
    help="Words or JSON. 文字或 JSON。",
)  # fmt: skip


@cli.command()
@_form_argument
@_output_option
@_style_option
@_password_option
@click.option("--as", "template", help="Which template it was, where the file does not say. 模板。")
@click.option("--roster", type=click.Path(exists=True, dir_okay=False),
              help="With --as: the roster it was issued by. 名册。")  # fmt: skip
@click.option("--unit", "code", help="With --as: the code of its unit. 单位编码。")
@_set_option
@_terms_options
@click.pass_obj
def repair(
    voice: Voice, file: str, output: str, style: str, password: str, template: str | None,
    roster: str | None, code: str | None, settings: tuple[str, ...], terms: api.Terms,
) -> None:  # fmt: skip
    """Save the answers of a damaged form into a new one. 把改坏的表恢复成原样，保留已填内容。"""
    issued = None
    if template or roster or code or settings:
        if not (template and roster and code):
            raise click.UsageError("--as, --roster and --unit belong together")
        issued = api.identity(template, roster, code, parameters=_parameters(settings))
    _tell(voice, api.repair(file, output, terms=terms, password=password, issued=issued), style)


@cli.command()
@_form_argument
@_output_option
@_style_option
@_password_option
@click.option("--edition", default="", help="The edition wanted; default: the first known. 版本。")
@_set_option
@_terms_options
@click.pass_obj
def upgrade(
    voice: Voice, file: str, output: str, style: str, password: str, edition: str,
    settings: tuple[str, ...], terms: api.Terms,
) -> None:  # fmt: skip
    """Carry a form over to a newer edition. 把已填的表转到新版模板。"""
    repaired = api.upgrade(
        file, output, edition, terms=terms, password=password, parameters=_parameters(settings)
    )
    _tell(voice, repaired, style)


def _tell(voice: Voice, repaired: api.Repaired, style: str) -> None:
    """What became of the answers; the exit code says whether all are in the new form."""
    if style == "json":
        click.echo(dump(repaired_json(repaired, voice.language)))
    else:
        for line in repaired_lines(repaired, voice.language):
            voice.line(line)
    raise SystemExit(FOUND_PROBLEMS if repaired.lost else 0)


@cli.command()
@_files_argument
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False),
              help="The county workbook. 县级汇总表。")  # fmt: skip
@click.option("--json", "json_path", type=click.Path(dir_okay=False),
              help="The same as JSON. 汇总数据。")  # fmt: skip
@click.option("--title", default="", help="Title of the summary. 汇总表标题。")
@_set_option
@_waivers_option
@_terms_options
@click.pass_obj
def merge(
    voice: Voice, files: tuple[str, ...], output: str, json_path: str | None, title: str,
    settings: tuple[str, ...], waiver_path: str | None, terms: api.Terms,
) -> None:  # fmt: skip
    """Merge returned workbooks into the county workbook. 汇总成县级汇总表。"""
    merged = api.merge(
        files, output, json=json_path, title=title, terms=terms,
        shared=_parameters(settings),
        progress=voice.progress("汇总", "merging"),
        waivers=_waivers(waiver_path),
    )  # fmt: skip
    _print_merged(voice, merged)
    voice.say(f"汇总表：{output}", f"county workbook: {output}")
    if merged.left_out:
        raise SystemExit(FOUND_PROBLEMS)


def _waivers(path: str | None) -> api.Waivers | None:
    """The approved exceptions as of today."""
    return api.read_waivers(Path(path), date.today()) if path else None


def _print_merged(voice: Voice, merged: api.Merged) -> None:
    counts, total = merged.counts, merged.totals["total"]
    voice.say(
        f"已汇总 {counts['units']} 份，{counts['projects']} 个项目，{counts['indicators']} 行指标，"
        f"项目资金合计 {total:f} 万元；提醒 {counts['warnings']} 条，"
        f"未汇总 {counts['left_out']} 份",
        f"merged {counts['units']} forms, {counts['projects']} projects, {counts['indicators']} "
        f"indicators, {total:f} ten thousand yuan in all; {counts['warnings']} warnings, left out "
        f"{counts['left_out']}",
    )
    for one in merged.across:
        word = Speaker(voice.language).say(f"severities.{one.finding.severity}")
        place = f"{one.source.file} {one.finding.place()}"
        line = f"  · {word} {place}: {one.finding.message(voice.language)}"
        voice.line(line)
    for left in merged.left_out:
        reason = left.findings[0].message(voice.language)
        voice.line(f"  - {left.file}: {reason}")


def main() -> None:
    """The program `ptxl`: every error to its words and exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a Chinese Windows console knows no ✗
    try:
        cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        raise SystemExit(error.exit_code) from None
    except click.exceptions.Exit as stop:
        raise SystemExit(stop.exit_code) from None
    except (click.Abort, KeyboardInterrupt):
        raise SystemExit(130) from None
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output went away: nothing left to say
        raise SystemExit(0) from None
    except PtxlError as error:
        for cause in error.faults if isinstance(error, FaultsError) else (error,):
            click.echo(one_line(str(cause)), err=True)
        raise SystemExit(CANNOT_WORK) from None
    except OSError as error:  # a disk that is full, a folder that may not be written to
        click.echo(one_line(f"{error.filename or ''}: {error.strerror or error}"), err=True)
        raise SystemExit(CANNOT_WORK) from None
    except Exception:
        traceback.print_exc()
        raise SystemExit(BUG) from None
