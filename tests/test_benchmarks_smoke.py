"""`python -m benchmarks` runs each of its cases; the ratios are for the full size to find."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
_ROW = re.compile(r"^((?:step|chunk|memory|import)\b.*?)  +(?:ms|us|KiB)(?: +-?[\d.]+){3}", re.MULTILINE)


def run_benchmarks(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def test_the_table_has_each_case_for_both_clients_and_all_contenders_give_the_same_answers() -> None:
    done = run_benchmarks("--size", "tiny")

    assert done.returncode == 0, done.stderr  # contenders that disagree end it with an error
    names = _ROW.findall(done.stdout)
    for_both = ["step", "chunk, together", "chunk, apart", "step, 5 tool calls behind it", "step, 5 runs at once"]
    assert [names.count(name) for name in for_both] == [2] * len(for_both), done.stdout
    assert names.count("import, against `import openai`") == 1


def test_an_unknown_case_is_refused_with_the_known_ones() -> None:
    done = run_benchmarks("--case", "tea")

    assert done.returncode == 2
    assert "together" in done.stderr
