"""`python -m benchmarks`: prints what a run costs beside a hand-written loop on the openai SDK, and its journal."""

import argparse
import asyncio
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.cpu import make_apart, make_late, make_native, make_steps, make_together, make_turns, measure_cases
from benchmarks.imports import find_heavy, measure_imports
from benchmarks.journal import JOURNAL_CASES, measure_journal
from benchmarks.journal_line import print_lines
from benchmarks.journal_size import JOURNAL_SIZES
from benchmarks.lab import LAB_SIZES, measure_lab
from benchmarks.memory import measure_memory
from benchmarks.remembering import REMEMBERING_SIZES, measure_remembering
from benchmarks.row import Row, print_table
from benchmarks.server import raise_file_limit, run_server
from benchmarks.size import FULL, QUICK, TINY, Size
from benchmarks.streams import measure_streams

REMEMBER, LAB = "remember", "lab"
SIZES = {"full": FULL, "quick": QUICK, "tiny": TINY}
CASES: Mapping[str, Callable[[str, Size], list[Row]]] = {
    "step": lambda url, size: asyncio.run(measure_cases(url, make_steps(size))),
    "together": lambda url, size: asyncio.run(measure_cases(url, make_together(size))),
    "apart": lambda url, size: asyncio.run(measure_cases(url, make_apart(size))),
    "late": lambda url, size: asyncio.run(measure_cases(url, make_late(size))),
    "native": lambda url, size: asyncio.run(measure_cases(url, make_native(size))),
    "turn": lambda url, size: asyncio.run(measure_cases(url, make_turns(size))),
    "import": lambda _, size: measure_imports(size.repeats),
    "memory": measure_memory,
    "streams": measure_streams,
}


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and say by the exit code what `--strict` asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--case",
        action="append",
        choices=[*CASES, *JOURNAL_CASES, REMEMBER, LAB],
        help="only this one; may be given again",
    )
    parser.add_argument("--size", choices=list(SIZES), default="full", help="how much is measured")
    parser.add_argument("--quick", action="store_const", dest="size", const="quick", help="the same as --size quick")
    parser.add_argument("--strict", action="store_true", help="exit with 1 where a figure misses its target")
    parser.add_argument("--folder", type=Path, help="on the disk that journals are measured on; else the temporary one")
    options = parser.parse_args(arguments)
    cases = [name for name in CASES if not options.case or name in options.case]
    kept = [name for name in JOURNAL_CASES if not options.case or name in options.case]
    began = time.monotonic()
    rows: list[Row] = []
    raise_file_limit()
    with run_server() as url:
        for name in cases:
            rows += CASES[name](url, SIZES[options.size])
    lines = measure_journal(kept, JOURNAL_SIZES[options.size], options.folder)
    remembered = []
    if not options.case or REMEMBER in options.case:
        remembered = measure_remembering(REMEMBERING_SIZES[options.size])
    of_lab = measure_lab(LAB_SIZES[options.size]) if not options.case or LAB in options.case else []
    heavy = find_heavy() if "import" in cases else []
    print(f"CPU time of the client: Python {platform.python_version()}, openai {version('openai')}")
    are_good = print_table(rows)
    if lines:
        are_good = print_lines(lines) and are_good
    if remembered:
        are_good = print_lines(remembered, "memories") and are_good
    if of_lab:
        are_good = print_lines(of_lab, "lab") and are_good
    if heavy:
        print(f"\nOVER: `import agent_brain` loads {', '.join(heavy)}")
    print(f"\n{time.monotonic() - began:.0f} s")
    return int(options.strict and (bool(heavy) or not are_good))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
