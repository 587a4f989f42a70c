"""The contract finds memories that break it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from agent_brain.core.items import Item, ItemKind
from agent_brain.core.lens import Lens
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.memories.messages import Messages
from agent_brain.memories.outline import read_outline
from memories.memory_contract import MemoryContract

Show = Callable[[MemoryEnv], Sequence[Item]]


@dataclass(frozen=True)
class Made:
    """A memory that knows no budget, made of a function."""

    show: Show

    def render(self, env: MemoryEnv, lens: Lens) -> Sequence[Item]:
        return self.show(env)


def write(env: MemoryEnv) -> Sequence[Item]:
    env.put_board("seen", len(env.log))
    return env.log


def read_all(env: MemoryEnv) -> Sequence[Item]:
    last = [place for place, item in enumerate(env.log) if item.kind is ItemKind.THOUGHT][-1:]
    return [env.log[0], *env.log[last[0] if last else 1 :]]


def drop_turns(env: MemoryEnv) -> Sequence[Item]:
    """A window that moves with each step."""
    return read_outline(env).show(env.log, read_outline(env).find_start(2))


FAULTS: dict[str, tuple[Show, str]] = {
    "drops the goal": (lambda env: env.log[1:], "the_goal_and_what_was_said"),
    "splits groups": (lambda env: [*env.log[:1], *env.log[1:][-2:]], "groups_are_shown_whole"),
    "shows the old first": (lambda env: env.log[:3], "the_last_group"),
    "turns it around": (lambda env: [*reversed(env.log)], "groups_are_shown_whole"),
    "writes": (write, "to_render_changes_nothing"),
    "puts words into a person's mouth": (
        lambda env: [*env.log, Item(-1, ItemKind.REPLY, "Well done.")],
        "stands_in_a_labelled_block",
    ),
    "knows no budget": (lambda env: env.log, "it_keeps_the_budget"),
    "reads all of the log": (read_all, "what_it_costs"),
    "moves with each step": (drop_turns, "prompts_begin_alike"),
    "hides": (drop_turns, "without_bounds"),
}


TRIES = 8
"""How often it is held to a test: a fault that few runs bring to light is found all the same."""


def break_contract(show: Show, name: str) -> None:
    """Hold a memory to the tests of such a name."""

    class Broken(MemoryContract):
        spec: ClassVar[Any] = Made(show)
        unbounded: ClassVar[Any] = Made(show)
        is_bounded = show in {read_all, drop_turns}

    for test in dir(Broken):
        if test.startswith("test_") and any(part in test for part in name.split("|")):
            for _ in range(TRIES):
                getattr(Broken(), test)()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_memory_that_breaks_it_is_found(fault: str) -> None:
    with pytest.raises((AssertionError, ExceptionGroup)):  # a group where there is more than one way to break it
        break_contract(*FAULTS[fault])


def test_one_that_keeps_it_is_not() -> None:
    break_contract(lambda env: Messages().render(env, Lens()), "to_render_changes_nothing|without_bounds|prompts_begin")
