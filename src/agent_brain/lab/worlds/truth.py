"""The truth of KeyChain: what nets and memories really achieve there, by runs of many houses.

`python -m agent_brain.lab.worlds.truth` prints it as a table; with `--write` it writes the file that is kept.
"""

import argparse
import asyncio
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from math import sqrt
from multiprocessing import get_context
from pathlib import Path

from agent_brain.brain import Brain
from agent_brain.lab.worlds.keychain import DOORS, SPARE_STEPS, make_tasks, open_door
from agent_brain.models.simulated.model import SimulatedModel

FILE = Path(__file__).with_name("truth.toml")
COUNT = 20_000
CHUNK = 250
"""Houses that a process goes through at a time."""
NETS = ("react", "refact")
MEMORIES = ("messages", "window(8)", "mask(3)", "summary(tokens=3000)")
ARMS = tuple((net, memory + todo) for net in NETS for memory in MEMORIES for todo in ("", "+todo"))
"""The control comes first."""
WIRE = "text"
HEAD = f"{'arm':<36}{'success':>9}{'se':>8}{'calls':>7}{'se':>7}{'tokens':>8}{'se':>6}{'against react':>15}{'se':>8}"


@dataclass(frozen=True, slots=True)
class Truth:
    """What an arm achieves, in means over houses, each with its standard error.

    Units: prompt tokens. `difference` is its success less that of the first arm, on the same houses with the same luck.
    """

    net: str
    memory: str
    success: float
    success_se: float
    calls: float
    calls_se: float
    tokens: float
    tokens_se: float
    difference: float
    difference_se: float

    @property
    def name(self) -> str:
        """As tables call it."""
        return f"{self.net} x {self.memory}"

    def show(self) -> str:
        """A line of the table."""
        return (
            f"{self.name:<36}{self.success:>9.4f}{self.success_se:>8.4f}{self.calls:>7.2f}{self.calls_se:>7.3f}"
            f"{self.tokens:>8.0f}{self.tokens_se:>6.0f}{self.difference:>+15.4f}{self.difference_se:>8.4f}"
        )


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one house."""

    is_right: bool
    calls: int
    tokens: int


def read_truth(file: Path = FILE) -> dict[tuple[str, str], Truth]:
    """The truth that is kept, by net and memory."""
    rows = tomllib.loads(file.read_text(encoding="utf-8"))["arm"]
    return {(row["net"], row["memory"]): Truth(**row) for row in rows}


def measure(count: int, seed: int = 0, processes: int = 2, arms: Sequence[tuple[str, str]] = ARMS) -> list[Truth]:
    """The truth of these arms, by so many houses; the first of them is the control."""
    starts = range(0, count, CHUNK)
    work = [(net, memory, seed, count, start) for start in starts for net, memory in arms]
    rows: dict[tuple[str, str], list[Row]] = {arm: [] for arm in arms}
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for (net, memory, *_), found in zip(work, pool.map(_walk, work), strict=True):
            rows[net, memory] += found
    control = rows[arms[0]]
    return [_tell(arm, rows[arm], control) for arm in arms]


def _walk(work: tuple[str, str, int, int, int]) -> list[Row]:
    """Some houses of an arm, in a process of their own."""
    net, memory, seed, count, start = work
    return asyncio.run(_walk_all(_make_brain(net, memory, seed), _list_tasks(count, seed)[start : start + CHUNK]))


@cache
def _list_tasks(count: int, seed: int) -> Sequence[tuple[str, str]]:
    return [(task.prompt, task.answer) for task in make_tasks(count, seed)]


@cache
def _make_brain(net: str, memory: str, seed: int) -> Brain:
    net = f"{net}(steps_max={DOORS + SPARE_STEPS})"
    return Brain(net=net, memory=memory, model=SimulatedModel(seed=seed), tools=[open_door], wire=WIRE)


async def _walk_all(brain: Brain, tasks: Iterable[tuple[str, str]]) -> list[Row]:
    rows = []
    for question, answer in tasks:
        result = await brain.run(question)
        rows.append(Row(result.answer == answer, result.usage.model_calls, result.usage.input_tokens))
    return rows


def _tell(arm: tuple[str, str], rows: Sequence[Row], control: Sequence[Row]) -> Truth:
    columns = (
        [float(row.is_right) for row in rows],
        [float(row.calls) for row in rows],
        [float(row.tokens) for row in rows],
        [float(row.is_right - other.is_right) for row, other in zip(rows, control, strict=True)],
    )
    (success, calls, tokens, difference) = (_find_mean(column) for column in columns)
    return Truth(*arm, *success, *calls, *tokens, *difference)


def _find_mean(values: Sequence[float]) -> tuple[float, float]:
    """The mean, and its standard error."""
    mean = sum(values) / len(values)
    if len(values) < 2:
        return mean, 0.0
    return mean, sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values))


def write_truth(truths: Sequence[Truth], about: Mapping[str, int], file: Path = FILE) -> None:
    """Keep it in a file."""
    lines = ["# Made by `python -m agent_brain.lab.worlds.truth`, which prints it as a table."]
    lines += [f"{name} = {value}" for name, value in about.items()]
    for truth in truths:
        lines += ["", "[[arm]]", f'net = "{truth.net}"', f'memory = "{truth.memory}"']
        lines += [f"{name} = {getattr(truth, name):.6g}" for name in Truth.__slots__[2:]]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure it, print the table, and keep it where that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m agent_brain.lab.worlds.truth", description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help="houses for each arm")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--write", type=Path, help=f"a file to keep it in, such as {FILE.name}")
    parser.add_argument("--kept", action="store_true", help="print the table that is kept, and measure nothing")
    given = parser.parse_args(arguments)
    truths = list(read_truth().values()) if given.kept else measure(given.count, given.seed, given.processes)
    sys.stdout.write("\n".join([HEAD, *(truth.show() for truth in truths)]) + "\n")
    if given.write and not given.kept:
        about = {"count": given.count, "seed": given.seed, "doors": DOORS, "steps": DOORS + SPARE_STEPS}
        write_truth(truths, about, given.write)


if __name__ == "__main__":
    main()
