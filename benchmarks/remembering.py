"""What it costs to add to a log, to choose what of it is shown, and to fork it: none may grow with what is hidden."""

import gc
import time
from collections.abc import Mapping
from dataclasses import dataclass

from agent_brain.core.items import Action, ItemKind, Observation
from agent_brain.core.lens import Budget, Lens, Maintaining, Memory, Upkeep
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.wiring.memories import make_memory
from agent_brain.wiring.tables import MEMORIES
from benchmarks.journal_line import Line

APPEND_BOUND = 1.5
"""The longest log over the shortest, for each item added."""
RENDER_BOUND = 3.0
"""The same for each item shown."""
FORK_BOUND = 2.0
"""The longest log over the shortest."""
FORKS = 300
"""How many are made in one measurement."""
SHOWN_MIN = 20
"""Where less is shown, a prompt's own cost counts, not an item's."""
LENGTH_MIN = 100
"""In shorter logs nothing has to be hidden yet."""
GOAL = "Read all pages."
PAGE = Observation("The harbour lies to the north of the old town.\n" * 4)
SUMMED_UP = 8
"""What fits, in items, where a summary is made: all but the last groups are in it."""


@dataclass(frozen=True)
class RememberingSize:
    """Counts of everything."""

    repeats: int
    lengths: tuple[int, ...]
    """Items of the logs."""
    added: int
    """Items that are added to them."""


REMEMBERING_SIZES: Mapping[str, RememberingSize] = {
    "full": RememberingSize(7, (10, 100, 1000, 10_000), 400),
    "quick": RememberingSize(5, (10, 100, 1000, 10_000), 200),
    "tiny": RememberingSize(1, (10, 100), 10),
}
"""By the names of `size.py`."""


def measure_remembering(size: RememberingSize) -> list[Line]:
    """Two lines for each memory, adding and showing, and one for forks."""
    return [*(line for name in MEMORIES for line in _measure(name, size)), _measure_forks(size)]


def _measure_forks(size: RememberingSize) -> Line:
    envs = {length: _make_env(make_memory("messages"), length) for length in size.lengths}
    forks: dict[int, float] = {}
    changed: dict[int, float] = {}
    for _ in range(size.repeats):
        for length, env in envs.items():
            gc.collect()
            began = time.process_time()
            twins = [env.fork() for _ in range(FORKS)]
            forked = time.process_time()
            twins[0].set_state("reasoning")
            micros = (forked - began) * 1e6 / FORKS
            forks[length] = min(micros, forks.get(length, micros))
            micros = (time.process_time() - forked) * 1e6
            changed[length] = min(micros, changed.get(length, micros))
    told = ", ".join(f"{length:,}: {micros:.1f} and {changed[length]:.0f}" for length, micros in forks.items())
    return Line("remember: fork", "ratio", _grow(forks), FORK_BOUND, f"us a fork, and its first change, at {told}")


def _measure(name: str, size: RememberingSize) -> list[Line]:
    appends: dict[int, float] = {}
    renders: dict[int, float] = {}
    shown: dict[int, int] = {}
    memory = make_memory(name)
    envs = {length: _make_env(memory, length) for length in size.lengths}
    for _ in range(size.repeats):
        for length, env in envs.items():  # they take turns
            micros = _time_append(env, memory, size.added)
            appends[length] = min(micros, appends.get(length, micros))
            micros, shown[length] = _time_render(env, memory)
            renders[length] = min(micros, renders.get(length, micros))
    each = {
        length: micros / max(SHOWN_MIN, shown[length]) for length, micros in renders.items() if length >= LENGTH_MIN
    }
    told = ", ".join(f"{length:,}: {micros:.1f}" for length, micros in appends.items())
    beside = ", ".join(f"{length:,}: {renders[length]:.0f} ({shown[length]:,} shown)" for length in renders)
    return [
        Line(f"remember, {name}: add", "ratio", _grow(appends), APPEND_BOUND, f"us an item at {told}"),
        Line(f"remember, {name}: show", "ratio", _grow(each), RENDER_BOUND, f"us at {beside}"),
    ]


def _grow(costs: Mapping[int, float]) -> float:
    return costs[max(costs)] / costs[min(costs)]


def _time_append(env: MemoryEnv, memory: Memory, count: int) -> float:
    """Microseconds for each item that is added to a copy, with what the memory works out of it."""
    twin = env.fork()
    _add(twin, 1)  # with its first change it has lists of its own
    memory.render(twin, Lens(groups=0))
    gc.collect()
    began = time.process_time()
    _add(twin, count)
    memory.render(twin, Lens(groups=0))
    return (time.process_time() - began) * 1e6 / count


def _time_render(env: MemoryEnv, memory: Memory) -> tuple[float, int]:
    """Microseconds of one prompt's items, and how many they are."""
    count = len(memory.render(env, Lens()))
    times = 1 + 2000 // count
    began = time.process_time()
    for _ in range(times):
        memory.render(env, Lens())
    return (time.process_time() - began) * 1e6 / times, count


def _make_env(memory: Memory, length: int) -> MemoryEnv:
    env = MemoryEnv.begin("bench", "net", "f", "reasoning", GOAL)
    _add(env, length - 1)
    upkeep = memory.find_upkeep(env, Lens(budget=Budget(len, SUMMED_UP))) if isinstance(memory, Maintaining) else None
    if isinstance(upkeep, Upkeep):
        upkeep.keep(env, "Pages were read.")
    return env


def _add(env: MemoryEnv, count: int) -> None:
    """Replies that ask for an action, and what came of them."""
    for place in range(count):
        if place % 2:
            env.finish_action(env.start_action(Action(name="read", args={"page": place})), PAGE)
        else:
            env.add(ItemKind.THOUGHT, "I read on.")
        env.set_state("reasoning")
