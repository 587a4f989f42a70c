"""CPU time of importing this package beside that of importing the SDK, each in fresh interpreters that take turns."""

import resource
import statistics
import subprocess
import sys

from benchmarks.row import Row

OURS = "from agent_brain import Brain, tool"
THEIRS = "import openai"
NOTHING = "pass"
HEAVY = ("openai", "httpx", "httpx2", "httpcore", "aiohttp", "typer", "rich", "json_repair", "mcp", "numpy", "sqlite3")
"""What is loaded where it is first used, and never by the package's import."""
TARGET = 0.35


def measure_imports(repeats: int) -> list[Row]:
    """One row; the interpreter's own start is taken off both."""
    costs: dict[str, list[float]] = {OURS: [], THEIRS: [], NOTHING: []}
    for repeat in range(-1, repeats):
        for code, samples in costs.items():
            seconds = _take_time(code)
            if repeat >= 0:
                samples.append(seconds * 1e3)
    start = statistics.median(costs[NOTHING])
    theirs, ours = (statistics.median(costs[code]) - start for code in (THEIRS, OURS))
    return [Row("import, against `import openai`", "ms", theirs, ours, target=TARGET)]


def find_heavy() -> list[str]:
    """The heavy modules that the package's import loads; none, if all is well."""
    code = f"{OURS}; import sys; print(*(name for name in {HEAVY!r} if name in sys.modules))"
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()


def _take_time(code: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
