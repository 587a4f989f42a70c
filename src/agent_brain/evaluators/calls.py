"""The calls of a run: which tools it used, with what arguments, in order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agent_brain.core.items import ItemKind
from agent_brain.core.memory_env import MemoryEnv


@dataclass(frozen=True, slots=True)
class Call:
    """One call that was carried out."""

    name: str
    args: Mapping[str, Any]
    question: int
    """Which question of the conversation it was made for, from 0."""
    step: tuple[str, ...]
    """The run inside, and the step: calls that are equal in it were asked for in one reply."""


def find_calls(env: MemoryEnv) -> list[Call]:
    """All of a run, and then those of the runs inside it; what was refused as no good call is none."""
    return list(_find(env, ()))


def _find(env: MemoryEnv, path: tuple[str, ...]) -> Iterator[Call]:
    question = -1
    for item in env.log:
        if item.kind is ItemKind.GOAL:
            question += 1
        action, outcome = item.action, item.outcome
        if action is not None and (outcome is None or outcome.fault is None):
            yield Call(action.name, action.args, max(question, 0), (*path, str(item.turn)))
    for key, inside in env.sub_runs.items():
        yield from _find(inside, (*path, key))
