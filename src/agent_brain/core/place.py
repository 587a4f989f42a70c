"""Where in a run a call is made: what models and evaluators that draw chances draw them by, so that none hangs on time.

It is worked out from env alone, so a run that was killed, or is played again beside others, draws the same.
"""

import re
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar, runtime_checkable

from agent_brain.core.items import ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.offers import offers

T = TypeVar("T")

UPKEEP = "upkeep"
"""How the purpose of a call begins that a memory wants made; its name follows."""
_PATH = re.compile(r"(?::(?:s\d+-)?\d+)+\Z")
"""The keys that lead to a sub-run, as its name ends with them; what stands before them is the outermost run's name."""


@runtime_checkable
class Placed(Protocol):
    """A part whose say depends on where in a run it is asked: a simulated model, an evaluator that errs at random."""

    def placed(self, place: str) -> Any:
        """The same part, asked there."""


@runtime_checkable
class Keyed(Protocol):
    """A part that draws chances, and can draw those of one trial of an experiment."""

    def keyed(self, key: Sequence[object]) -> Any:
        """The same part with the luck of this trial: its task, its arm or one word for all arms, its repeat."""


def find_place(env: MemoryEnv, purpose: str = "") -> str:
    """The path of the run inside others, its question, its state and how often that was entered: `:s1-0 1.reasoning#3`.

    Not of the run's own name, which may be random, and of no state but this one: two nets that reason equally often are
    at the same place, whatever else they do between. `purpose`: which of several calls of one visit it is.
    """
    path = _PATH.search(env.run_id)
    question = sum(item.kind is ItemKind.GOAL for item in env.log)
    place = f"{path[0] if path else ''} {question}.{env.state}#{env.visits[env.state]}"
    return f"{place} {purpose}" if purpose else place


def put_in_place(part: T, env: MemoryEnv, purpose: str = "") -> T:
    """The part as it is asked in this place of a run, where that matters to it."""
    if not offers(part, Placed):
        return part
    there: T = part.placed(find_place(env, purpose))
    return there
