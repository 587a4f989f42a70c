"""Windows, budgets, states of the model's own, and how long reasoning is shown."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain import Brain, Message, ScriptedModel
from agent_brain.core.errors import SetupError
from agent_brain.core.items import Item, ItemKind, Observation
from agent_brain.core.lens import Lens
from agent_brain.core.records import Asked
from agent_brain.core.state import StateType
from agent_brain.memories.groups import PINNED, find_starts
from agent_brain.memories.history import History
from agent_brain.memories.messages import Messages
from agent_brain.memories.own_state import OwnState
from agent_brain.memories.token_budget import TokenBudget, count_item
from agent_brain.memories.window import Window
from agent_brain.memories.words import load_words
from agent_brain.tools.function_tool import tool
from agent_brain.wiring.memories import make_memory
from agent_brain.wiring.tables import MEMORIES
from memories.logs import WIRES, Step, act, do, flatten, make_env, render, show, steps

THINK: Step = ("think", "I think of it.", "")


def count_groups(memory: History, count: int) -> int:
    """How many thoughts of so many are shown."""
    return len([item for item in render(memory, make_env([THINK] * count)).items if item.kind is ItemKind.THOUGHT])


def test_a_window_lets_the_older_half_go_when_there_is_one_too_many() -> None:
    assert [count_groups(Window(4), count) for count in range(1, 12)] == [1, 2, 3, 4, 3, 4, 3, 4, 3, 4, 3]
    assert [count_groups(Window(10), count) for count in (10, 11, 15, 16)] == [10, 6, 10, 6]
    assert [count_groups(Window(1), count) for count in (1, 2, 3)] == [1, 1, 1]


def test_a_window_of_one_shows_the_goal_and_the_last_reply_with_what_came_of_it() -> None:
    env = make_env([THINK, ("act", "I look.", "", [("here", "finished"), ("there", "finished")])])
    assert [item.kind for item in render(Window(1), env).items] == ["goal", "thought", "action", "action"]


@given(done=steps, most=st.integers(100, 2000))
def test_a_budget_is_kept_but_for_the_last_group(done: list[Step], most: int) -> None:
    items = render(TokenBudget(most), make_env(done)).items

    groups = [place for place in find_starts(items) if items[place].kind not in PINNED]
    assert sum(map(count_item, items)) <= most or len(groups) <= 1


def test_a_budget_that_is_full_makes_half_of_it_free() -> None:
    shown = [count_groups(TokenBudget(400), count) for count in range(1, 200)]
    drops = [after - before for before, after in pairwise(shown) if after < before]

    assert max(shown) > 10
    assert len(drops) <= 200 / (max(shown) / 2)
    assert all(-max(shown) // 2 - 2 <= drop < -2 for drop in drops)


@tool(read_only=True)
def read_page(number: int) -> str:
    """Read one page of the book."""
    return f"Page {number}: {number * 7}."


def keep_state(messages: Sequence[Message]) -> str:
    """Adds up three pages by its own state alone."""
    shown = "\n".join(message["content"] for message in messages[1:])
    known = shown.partition("Your state so far:\n")[2].partition("\n</memory>")[0]
    sums = [int(part) for part in known.split() if part.isdigit()]
    if "Page " in shown:
        sums.append(int(shown.rpartition("Page ")[2].partition(": ")[2].partition(".")[0]))
    if len(sums) == 3:
        return f"It is {sum(sums)}."
    call = json.dumps({"name": "read_page", "args": {"number": len(sums) + 1}})
    return f"<state>{' '.join(map(str, sums))}</state>\n{call}"


async def test_a_model_can_live_on_the_state_that_it_rewrites_and_no_prompt_grows() -> None:
    model = ScriptedModel(keep_state)
    brain = Brain(net="react_brief", memory="state", model=model, tools=[read_page])
    result = await brain.run("What do three pages add up to?", run_id="r")

    assert result.answer == "It is 42."
    sizes = [len(flatten(messages)) for messages in model.calls]
    assert max(sizes[1:]) - min(sizes[1:]) < 40
    (await brain.replay("r")).check()


def test_the_latest_state_counts_and_what_is_too_long_of_it_is_cut_with_a_word() -> None:
    env = make_env([("think", "<state>old</state>", ""), ("think", f"<state>{'new' * 10}", ""), THINK])

    assert [item.text for item in render(OwnState(10), env).items if item.kind is ItemKind.SHOWN] == [
        f"{load_words('state')['keep']}\n\nYour state so far:\nnewnewnewn\n(cut: 20 characters more were too many)"
    ]


def make_reasoned() -> list[Item]:
    env = make_env()
    act(env, "I look.", "Old.", [Observation("a")])
    env.add(ItemKind.ANSWER, "It is there.", reasoning="Older.")
    env.update(Asked("r", StateType.REASONING, "And the mill?"))
    act(env, "I look.", "New.", [Observation("b")])
    return list(env.log)


@pytest.mark.parametrize(
    ("retention", "kept"), [("all", ["Old.", "Older.", "New."]), ("tool_loop", ["New."]), ("none", [])]
)
@pytest.mark.parametrize("name", ["messages", "window", "budget", "mask", "summary", "fold"])
def test_reasoning_is_shown_always_or_in_the_tool_loop_under_way_or_never(
    name: str, retention: str, kept: list[str]
) -> None:
    env = make_env()
    for item in make_reasoned()[1:]:
        if item.kind is ItemKind.GOAL:
            env.update(Asked("r", StateType.REASONING, item.text))
        elif item.action is None:
            env.add(item.kind, item.text, reasoning=item.reasoning, details=item.details)

    items = make_memory(f"{name}(reasoning={retention!r})").render(env, Lens())

    assert [item.reasoning for item in items if item.reasoning] == kept
    assert len([item for item in items if item.details is not None]) == len([text for text in kept if text != "Older."])


@given(done=steps, retention=st.sampled_from(["all", "tool_loop", "none"]))
def test_the_reasoning_of_one_tool_loop_is_shown_whole_or_not_at_all(done: list[Step], retention: Any) -> None:
    env = make_env([step for step in done if step[0] != "goal"])
    items = render(Messages(reasoning=retention), env).items

    assert [item.reasoning for item in items] in ([item.reasoning for item in env.log], [""] * len(env.log))
    assert [item.text for item in items] == [item.text for item in env.log]


@pytest.mark.parametrize("memory", ["window(0)", "budget(0)", "state(0)", "messages(reasoning='some')", "fold(0)"])
def test_options_that_mean_nothing_are_refused(memory: str) -> None:
    with pytest.raises(SetupError, match="wanted"):
        make_memory(memory)


RENDER = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from agent_brain.wiring.tables import MEMORIES
from agent_brain.wiring.memories import make_memory
from memories.logs import WIRES, flatten, maintain, make_budget, make_env, render, show
done = [("act", "I look.", "Hm.", [("line\\n" * 30, "finished")] * 2), ("branch", "x"), ("ask", "north?"),
        ("return", "red"), ("slot", "a note"), ("goal", "there"), ("recall", 2)] * 4
for name in sorted(MEMORIES):
    memory, env = make_memory(name), make_env(done)
    for wire in WIRES.values():
        budget = make_budget(wire, 2000)
        maintain(memory, env, budget)
        text = flatten(show(wire, render(memory, env, budget).items))
        print(name, hashlib.sha256(text.encode()).hexdigest())
"""


def test_the_same_log_gives_the_same_bytes_in_each_process() -> None:
    folder = str(Path(__file__).parents[1])
    told = [
        subprocess.run(
            [sys.executable, "-c", RENDER, folder],
            capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip

    assert told[0] == told[1]
    assert told[0].count("\n") == 2 * len(MEMORIES)


def measure_shared(name: str, wire: str) -> float:
    """The part of each prompt, on average, that the one before it began with: what a cache of prefixes saves."""
    env, memory, prompts = make_env(), make_memory(name), []
    for number in range(60):
        do(env, ("act", f"I look, {number}.", "", [(f"{number} " * 40, "finished")]))
        prompts.append(flatten(show(WIRES[wire], list(memory.render(env, Lens())), "")))
    parts = [_count_shared(before, after) / len(before) for before, after in pairwise(prompts)]
    return sum(parts) / len(parts)


def _count_shared(before: str, after: str) -> int:
    return next((place for place, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), len(before))


@pytest.mark.parametrize("wire", sorted(WIRES))
@pytest.mark.parametrize(
    ("name", "least"),
    [("messages", 1.0), ("fold", 1.0), ("window(10)", 0.8), ("budget(4000)", 0.85), ("mask(10, polling=5)", 0.85)],
)
def test_prompts_begin_as_the_ones_before_them_as_far_as_is_promised(name: str, least: float, wire: str) -> None:
    assert measure_shared(name, wire) >= least


@pytest.mark.parametrize("wire", sorted(WIRES))
def test_trimming_in_chunks_and_polling_save_more_than_a_step_at_a_time(wire: str) -> None:
    assert measure_shared("mask(10, polling=10)", wire) > measure_shared("mask(10)", wire)
    assert measure_shared("window(10)", wire) > measure_shared("state", wire)
