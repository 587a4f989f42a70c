"""What `messages` keeps when not all fits: the goal, whole groups, calls with their results, the budget."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.core.errors import BudgetTooSmall
from agent_brain.core.items import Action, FaultKind, Item, ItemKind, Message, Observation
from agent_brain.core.lens import Budget, Lens, Memory
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.ports import Wire
from agent_brain.core.state import StateType
from agent_brain.core.tokens import ANY, count_prompt
from agent_brain.memories.groups import find_starts
from agent_brain.memories.messages import Messages
from agent_brain.wires.native import NativeWire
from agent_brain.wires.text import TextWire

GOAL = "Where is the harbour?"
words = st.text("abc {}\n", min_size=1, max_size=300)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("think"), words),
        st.tuples(st.just("act"), st.lists(words, min_size=1, max_size=4)),
        st.tuples(st.just("silent act"), st.lists(words, min_size=1, max_size=3)),
        st.tuples(st.just("fault"), words),
        st.tuples(st.just("ask"), words),
        st.tuples(st.just("goal"), words),
    ),
    max_size=14,
)
"""What a run does, step by step."""


def make_env(done: Sequence[tuple[str, Any]]) -> MemoryEnv:
    env = MemoryEnv.begin("r", "net", "f", StateType.REASONING, GOAL)
    for what, said in done:
        match what:
            case "think":
                env.add(ItemKind.THOUGHT, said)
            case "act" | "silent act":
                act(env, said, "" if what == "silent act" else f"I call {len(said)} times.")
            case "fault":
                env.add(ItemKind.THOUGHT, said)
                env.fault(FaultKind.UNREADABLE, "Write one JSON object.")
            case "ask":
                env.add(ItemKind.QUESTION, said)
                env.add(ItemKind.REPLY, "north")
            case _:
                env.add(ItemKind.ANSWER, said)
                env.add(ItemKind.GOAL, GOAL)
        env.set_state(StateType.REASONING)
    return env


def act(env: MemoryEnv, outcomes: Sequence[str], said: str) -> None:
    """A reply that asks for actions, and in the next step what came of them."""
    if said:
        env.add(ItemKind.THOUGHT, said)
    actions = [Action(name="look", args={"at": number}) for number, _ in enumerate(outcomes)]
    env.choose(actions)
    env.set_state(StateType.ACTION)
    ids = [env.start_action(action) for action in actions]
    for action_id, outcome in zip(ids, outcomes, strict=True):
        env.finish_action(action_id, Observation(outcome))


def show(wire: Wire, items: Sequence[Item]) -> list[Message]:
    return wire.get_messages("Be brief.", items, (), "Go on.")


def make_budget(wire: Wire, tokens: int | None, since: int = 0) -> Budget:
    return Budget(lambda items: count_prompt(show(wire, items), (), ANY.count), tokens, since)


def find_unpaired(messages: Sequence[Message]) -> list[str]:
    """Calls that are not followed at once by their results, and results without a call."""
    due: list[str] = []
    unpaired: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            if message["tool_call_id"] not in due:
                unpaired.append(message["tool_call_id"])
            due = [call for call in due if call != message["tool_call_id"]]
            continue
        unpaired += due
        due = [call["id"] for call in message.get("tool_calls", ())]
    return unpaired + due


def render(memory: Memory, env: MemoryEnv, budget: Budget) -> tuple[list[Item], int]:
    """What is shown; where not even the least fits, that, and how many tokens it takes (0 where it fits)."""
    try:
        return list(memory.render(env, Lens(budget=budget))), 0
    except BudgetTooSmall as error:
        return list(error.least), error.needed


WIRES: list[Wire] = [TextWire(), NativeWire()]


@pytest.mark.parametrize("wire", WIRES, ids=["text", "native"])
@given(done=steps, tokens=st.integers(20, 3000))
def test_within_a_budget_the_goal_stays_calls_have_results_and_groups_are_whole(
    wire: Wire, done: list[tuple[str, Any]], tokens: int
) -> None:
    env = make_env(done)
    budget = make_budget(wire, tokens)
    items, needed = render(Messages(), env, budget)

    assert budget.count(items) == needed if needed > tokens else budget.count(items) <= tokens
    shown = {item.seq for item in items}
    goal = max(item.seq for item in env.log if item.kind is ItemKind.GOAL)
    assert goal in shown
    assert {item.seq for item in env.log if item.kind is ItemKind.REPLY and item.seq > goal} <= shown
    assert find_unpaired(show(wire, items)) == []
    starts = [*find_starts(env.log), len(env.log)]
    for start, end in pairwise(starts):
        assert len(shown & set(range(start, end))) in {0, end - start}
    assert shown >= set(range(starts[-2], len(env.log)))  # the last group
    assert [item.seq for item in items] == sorted(shown)


@given(done=steps, tokens=st.integers(100, 3000), more=steps)
def test_what_was_hidden_is_not_shown_again_and_the_prompt_is_a_beginning_of_the_next(
    done: list[tuple[str, Any]], tokens: int, more: list[tuple[str, Any]]
) -> None:
    env = make_env([*done, ("think", "more")])
    try:
        items = Messages().render(env, Lens(budget=make_budget(WIRES[0], tokens)))
    except BudgetTooSmall:
        return
    gone = [item.seq for item in env.log if item not in items]
    since = gone[-1] + 1 if gone else 0
    later = make_env([*done, ("think", "more"), *(step for step in more if step[0] != "goal")])

    after = Messages().render(later, Lens(budget=make_budget(WIRES[0], None, since)))

    assert list(after[: len(items)]) == list(items)


def test_a_group_is_a_reply_with_its_actions_and_its_corrections() -> None:
    env = make_env(
        [("think", "a"), ("act", ["b", "c"]), ("silent act", ["d"]), ("silent act", ["e", "f"]), ("fault", "g")]
    )

    starts = list(find_starts(env.log))

    assert [[str(item.kind) for item in env.log[a:b]] for a, b in zip(starts, [*starts[1:], None], strict=True)] == [
        ["goal"],
        ["thought"],
        ["thought", "action", "action"],
        ["action"],
        ["action", "action"],
        ["thought", "observation"],
    ]
