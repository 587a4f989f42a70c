"""`python -m benchmarks` runs each of its cases; the ratios and figures are for the full size to find."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.__main__ import main
from benchmarks.journal_line import Line, print_lines

from agent_brain.wiring.tables import MEMORIES

pytestmark = pytest.mark.timeout(300)  # the first of them makes the table
ROOT = Path(__file__).parent.parent
_ROW = re.compile(r"^((?:step|chunk|tool call|memory|import)\b.*?)  +(?:ms|us|KiB)(?: +-?[\d.]+){3}", re.MULTILINE)
_LINE = re.compile(r"^(\S.*?)  +(?:ms|max/min|steps/s|us/step|rows|bytes|ratio|ms/run)  +-?[\d.]", re.MULTILINE)


@pytest.fixture(scope="module")
def table() -> str:
    """What all cases print, in one run: each process of its own would load all of this anew."""
    command = [sys.executable, "-m", "benchmarks", "--size", "tiny"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr  # contenders that disagree, a run that fails or is read back as another
    return done.stdout


def find_lines(table: str, title: str) -> list[str]:
    """The names in the part of the table that has this title."""
    return _LINE.findall(re.split(rf"^{title} .*\n", table, flags=re.MULTILINE)[1].partition("\n\n")[0])


def test_the_table_has_each_case_for_both_clients_and_all_contenders_give_the_same_answers(table: str) -> None:
    names = _ROW.findall(table)
    for_both = ["step", "chunk, together", "chunk, apart", "step, 5 tool calls behind it", "step, 5 runs at once"]
    assert [names.count(name) for name in for_both] == [2] * len(for_both), table
    assert names.count("import, against `import openai`") == 1


def test_the_table_has_tool_calls_turns_of_many_and_many_streams(table: str) -> None:
    names = _ROW.findall(table)
    for_both = [
        "step, native", "step, native, 5 runs at once", "step, native, 5 tool calls behind it",
        "chunk of a call, together", "chunk of a call, apart", "tool call, 5 in one turn", "chunk, 10 streams at once",
    ]  # fmt: skip
    assert [names.count(name) for name in for_both] == [2] * len(for_both), table
    assert table.count("chunks/s, by hand") == 2
    assert table.count("of each, a bare socket ") == 2 * sum("apart" in name for name in {*names})


def test_the_journals_table_has_each_case_for_each_durable_store_behind_the_disks_own_time(table: str) -> None:
    names = find_lines(table, "journal")
    assert names[:2] == ["fsync, p50", "fsync, p95"]
    places = 3 if Path("/dev/shm").is_dir() else 2
    wanted = {"flat": 1 + 3 * 2, "added": 4 * places, "10 runs": places, "read back": 2 * 2, "replay": 1}
    assert {word: sum(name.startswith(word) for name in names) for word in wanted} == wanted
    assert sum("Postgres" in name for name in names) == 13


def test_the_memories_table_has_two_lines_for_each_memory_and_one_for_forks(table: str) -> None:
    names = find_lines(table, "memories")
    assert names == [*(f"remember, {name}: {what}" for name in MEMORIES for what in ("add", "show")), "remember: fork"]


def test_the_labs_table_has_its_speed_and_its_memory(table: str) -> None:
    assert re.findall(r"^lab, (.*?)  +(?:/s|ratio|s)  +[\d.]", table, re.MULTILINE) == [
        "20 trials in one process", "20 trials in two more", "a trial over its run alone", "memory of all over a tenth",
        "report of 200 trials",
    ]  # fmt: skip


def test_a_figure_that_misses_its_target_is_over_and_one_without_a_target_is_only_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    slow, few = Line("slow", "ms", 2.0, 1.0), Line("few", "/s", 1.0, 2.0, is_least=True)
    told, good = Line("told", "ms", 9.0), Line("good", "ms", 1.0, 1.0)

    found = [print_lines([slow]), print_lines([few]), print_lines([told, good])]

    assert capsys.readouterr().out.count("OVER") == 2
    assert found == [False, False, True]


def test_an_unknown_case_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--case", "tea"])

    assert "together" in capsys.readouterr().err
