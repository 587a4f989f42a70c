"""`agent-brain lab report` and `lab compare`: what experiments show, as a page, as Markdown and as JSON."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from agent_brain.cli.json_lines import write_json
from agent_brain.cli.options import AsJson, Color, ExperimentName
from agent_brain.cli.plain_text import clean
from agent_brain.cli.terminal import ColorChoice, open_console, print_notice
from agent_brain.core.errors import SetupError
from agent_brain.lab.extras import DRAWS, check_extra
from agent_brain.lab.folder import Folder

Output = Annotated[Path | None, typer.Option("--output", "-o", help="The folder to write to.", metavar="FOLDER")]
STYLES = {"better": "green", "worse": "red", "equivalent": "cyan", "inconclusive": "yellow"}


def report(
    name: ExperimentName,
    *,
    output: Output = None,
    runs: Annotated[bool, typer.Option("--runs/--no-runs", help="Put some runs into it, to be read.")] = True,
    as_json: AsJson = False,
    color: Color = ColorChoice.AUTO,
) -> None:
    """Write what an experiment shows, as report.html, report.md and report.json, and print its verdicts.

    Of an experiment that is not complete it tells what there is, and says so.
    """
    check_extra(DRAWS)
    from agent_brain.lab.reporting import report_folder  # on first use: it needs an extra

    told = report_folder(Folder.find(name), output, with_runs=runs)
    if as_json:
        write_json(sys.stdout, told.data())
        return
    _print_verdicts(told.verdicts, told.cautions, color)
    _tell_files(told.files)


def compare(
    before: ExperimentName,
    after: ExperimentName,
    *,
    arms: Annotated[
        list[str] | None,
        typer.Option("--arms", help="An arm of each; otherwise those of one name; repeatable.", metavar="FIRST=SECOND"),
    ] = None,
    output: Output = None,
    as_json: AsJson = False,
    color: Color = ColorChoice.AUTO,
) -> None:
    """Compare arms of two experiments on the tasks that both have; the second one's are better or worse.

    With --output the report is written too. They did not run at the same time, which is part of any difference.
    """
    check_extra(DRAWS)
    from agent_brain.lab.reporting import compare_folders  # on first use: it needs an extra

    told = compare_folders(Folder.find(before), Folder.find(after), _read_pairs(arms or ()), output)
    if as_json:
        write_json(sys.stdout, {**told.data(), "differences": told.differences})
        return
    console = open_console(sys.stdout, color)
    for line in told.differences:
        console.print(Text(clean(line), style="dim"), soft_wrap=True)
    _print_verdicts(told.verdicts, told.cautions, color)
    _tell_files(told.files)


def _read_pairs(texts: Sequence[str]) -> list[tuple[str, str]]:
    pairs = [text.split("=", 1) for text in texts]
    wrong = [text for text, pair in zip(texts, pairs, strict=True) if len(pair) != 2 or not all(pair)]
    if wrong:
        raise SetupError(f"--arms {wrong[0]!r} names no two arms; wanted FIRST=SECOND, an arm of each experiment")
    return [(pair[0], pair[1]) for pair in pairs]


def _print_verdicts(verdicts: Sequence[tuple[str, str, str]], cautions: Sequence[str], color: ColorChoice) -> None:
    console = open_console(sys.stdout, color)
    width = max((len(verdict) for verdict, _, _ in verdicts), default=0)
    for verdict, name, sentence in verdicts:
        line = Text.assemble((verdict.ljust(width), f"bold {STYLES[verdict]}"), f"  {clean(name)}: {clean(sentence)}")
        console.print(line, soft_wrap=True)
    if not verdicts:
        console.print(Text("no comparison can be judged: an arm and its control have to share a task"), soft_wrap=True)
    for caution in cautions:
        print_notice(f"note: {caution}")


def _tell_files(files: Sequence[Path]) -> None:
    if files:
        print_notice(f"written: {', '.join(map(str, files))}")
