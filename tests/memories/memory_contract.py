"""What holds for every memory, whatever it shows: its test inherits `MemoryContract` and names it in `spec`.

Runs are random: several actions a turn, faults, refusals, questions, runs inside, conversations of several goals; what
is shown is read over both wires.
"""

import re
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from agent_brain.core.env_json import decode_env, encode_env
from agent_brain.core.items import Item, ItemKind
from agent_brain.core.lens import Lens, Memory
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.tooling import Tool
from agent_brain.memories.groups import PINNED, find_starts
from agent_brain.memories.messages import Messages
from agent_brain.memories.recall import get_content, is_recall
from agent_brain.wiring.memories import make_memory
from memories.counted import count_lines
from memories.logs import (
    SUMMED_UP,
    UPKEEPS_MAX,
    WIRES,
    Step,
    View,
    do,
    find_due,
    find_unpaired,
    flatten,
    maintain,
    make_budget,
    make_env,
    render,
    show,
    steps,
)
from soak import size

tokens = st.integers(20, 3000)
wires = st.sampled_from(sorted(WIRES))
house = settings(
    max_examples=size(25, 15),
    phases=set(Phase) - {Phase.explain},  # which traces each line of a test that fails, and takes longer than all else
    suppress_health_check=[HealthCheck.differing_executors],
)
"""Each test is inherited by a class for each memory."""
_ASKS_BACK = re.compile(r"recall\(id=(\d+)\)")


class MemoryContract:
    """Inherit it, and say what the memory is called and what it promises of caches."""

    spec: ClassVar[str]
    unbounded: ClassVar[str | None] = None
    """The same memory with its own bound lifted, which then shows what `messages` shows; None: it always rewrites."""
    rests: ClassVar[bool] = True
    """Prompts begin as the one before them, but for the breaks that it promises; False: it promises nothing."""
    is_bounded: ClassVar[bool] = False
    """What it shows of a long log is no more than of a short one, and so is what that costs."""

    @pytest.fixture
    def memory(self) -> Memory:
        return make_memory(self.spec)

    def count_breaks(self, env: MemoryEnv) -> int:
        """How many prompts of this run may begin in another way than the one before them."""
        return 0

    def is_folded(self, env: MemoryEnv, item: Item) -> bool:
        """True where something else stands in place of an item, by the model's own wish."""
        return False

    # Structure: pairing, adjacency, unique results, legal roles, atomic groups, cut points.

    @house
    @given(done=steps, most=tokens, name=wires)
    def test_each_call_has_its_result_at_once_and_roles_are_legal(self, done: list[Step], most: int, name: str) -> None:
        view = self.view(done, most, name)
        messages = show(WIRES[name], view.items)

        assert find_unpaired(messages) == []
        ids = [call["id"] for message in messages for call in message.get("tool_calls", ())]
        assert len(ids) == len(set(ids))
        roles = [message["role"] for message in messages]
        assert roles[:2] == ["system", "user"]
        assert roles[-1] in {"user", "tool"}
        assert all(a != b or a == "tool" for a, b in pairwise(roles))
        assert all(message["content"].strip() or message.get("tool_calls") for message in messages)

    @house
    @given(done=steps, most=tokens, name=wires)
    def test_groups_are_shown_whole_or_not_at_all_and_in_order(self, done: list[Step], most: int, name: str) -> None:
        env = make_env(done)
        view = self.view(done, most, name)

        starts = [*find_starts(env.log), len(env.log)]
        for start, end in pairwise(starts):
            assert len(view.seqs & set(range(start, end))) in {0, end - start}
        shown = [item.seq for item in view.items if item.seq >= 0]
        assert shown == sorted(set(shown))

    # Content: what is pinned, the last word, provenance, what can be brought back.

    @house
    @given(done=steps, most=tokens, name=wires)
    def test_the_goal_and_what_was_said_to_it_stay_word_for_word(self, done: list[Step], most: int, name: str) -> None:
        env = make_env(done)
        view = self.view(done, most, name)

        goal = max(item.seq for item in env.log if item.kind is ItemKind.GOAL)
        pinned = [item for item in env.log if item.kind in PINNED and item.seq >= goal]
        assert [item for item in view.items if item in pinned] == pinned

    @house
    @given(done=steps, most=tokens, name=wires)
    def test_the_last_group_is_shown_word_for_word(self, done: list[Step], most: int, name: str) -> None:
        env = make_env(done)
        view = self.view(done, most, name)

        last = env.log[[*find_starts(env.log)][-1] :]
        assert [item for item in last if item not in view.items and not self.is_folded(env, item)] == []

    @house
    @given(done=steps, most=tokens, name=wires)
    def test_what_a_model_wrote_for_the_memory_stands_in_a_labelled_block(
        self, done: list[Step], most: int, name: str
    ) -> None:
        view = self.view(done, most, name)
        messages = show(WIRES[name], view.items)

        assert messages[0]["content"] == show(WIRES[name], [])[0]["content"]
        written = [item for item in view.items if item.seq < 0]
        assert {item.kind for item in written} <= {ItemKind.SHOWN}
        blocks = re.findall(r'<memory name="[\w.:/@-]+">\n.*?\n</memory>', flatten(messages), re.DOTALL)
        assert len(blocks) == len(written)
        outside = flatten(messages)
        for block in blocks:
            outside = outside.replace(block, "")
        assert SUMMED_UP not in outside

    @house
    @given(done=steps, most=tokens, name=wires)
    def test_what_is_not_shown_comes_back_by_its_id_where_there_is_a_tool_for_it(
        self, done: list[Step], most: int, name: str
    ) -> None:
        env = make_env(done)
        view = self.view(done, most, name, env)
        tool = self.find_tool("recall")

        asked = {int(place) for text in view.texts for place in _ASKS_BACK.findall(text)}
        hidden = {item.seq for item in env.log} - view.seqs if tool is not None else set()
        assert tool is not None or not asked
        for place in asked | hidden:
            found = tool.look({"id": place}, env)
            assert not found.is_error
            if not is_recall(env.log[place]):
                assert found.text == (get_content(env.log[place]) or "(nothing)")

    # Upkeep: found without effect, bounded, and safe where it brings nothing.

    @house
    @given(done=steps, most=tokens, name=wires)
    def test_what_is_due_is_found_without_changing_anything(self, done: list[Step], most: int, name: str) -> None:
        env, memory, budget = make_env(done), make_memory(self.spec), make_budget(WIRES[name], most)
        before, fresh = env.fork(), list(env.fresh)

        found = [find_due(memory, env, budget), find_due(memory, env, budget)]

        assert found[0] == found[1]
        assert (env, list(env.fresh)) == (before, fresh)

    @house
    @given(done=steps, most=tokens, name=wires, reply=st.sampled_from([SUMMED_UP, "", "word " * 999]))
    def test_upkeep_comes_to_an_end_and_one_that_brings_nothing_leaves_what_was_shown(
        self, done: list[Step], most: int, name: str, reply: str
    ) -> None:
        env, memory, budget = make_env(done), make_memory(self.spec), make_budget(WIRES[name], most)
        before = render(memory, env, budget)

        assert maintain(memory, env, budget, reply) < UPKEEPS_MAX
        assert reply or render(memory, env, budget) == before

    # Mechanics: purity, determinism, budget, prefixes, cost, isolation, round trip, neutrality.

    @house
    @given(done=steps, most=tokens, name=wires)
    def test_to_render_changes_nothing_and_gives_the_same_again(self, done: list[Step], most: int, name: str) -> None:
        env, memory, budget = make_env(done), make_memory(self.spec), make_budget(WIRES[name], most)
        before = env.fork()

        views = [render(memory, env, budget), render(memory, env, budget), render(make_memory(self.spec), env, budget)]

        assert views[0] == views[1] == views[2]
        assert env == before
        assert env.fresh == make_env(done).fresh

    @house
    @given(done=steps, most=tokens, name=wires)
    def test_a_run_that_is_read_back_is_shown_alike(self, done: list[Step], most: int, name: str) -> None:
        env, memory, budget = make_env(done), make_memory(self.spec), make_budget(WIRES[name], most)
        maintain(memory, env, budget)

        stored = decode_env(encode_env(env))

        assert render(memory, stored, budget) == render(memory, env, budget)
        assert flatten(show(WIRES[name], render(memory, stored, budget).items)) == flatten(
            show(WIRES[name], render(memory, env, budget).items)
        )

    @house
    @given(done=steps, most=tokens, name=wires)
    def test_it_keeps_the_budget_or_says_that_it_cannot(self, done: list[Step], most: int, name: str) -> None:
        view = self.view(done, most, name)

        counted = make_budget(WIRES[name], most).count(view.items)
        assert counted == view.needed > most if view.needed else counted <= most

    @house
    @given(done=steps, more=steps, name=wires)
    def test_a_forks_future_is_not_seen_by_others(self, done: list[Step], more: list[Step], name: str) -> None:
        env, memory = make_env(done), make_memory(self.spec)
        before = render(memory, env)

        forks = [env.fork(), env.fork()]
        for step in more:
            do(forks[0], step)
        render(memory, forks[0])

        assert render(memory, env) == before
        assert render(memory, forks[1]) == before
        assert render(memory, forks[0]) == render(memory, make_env([*done, *more]))

    @house
    @given(done=steps, name=wires)
    def test_prompts_begin_alike_but_for_the_breaks_that_it_promises(self, done: list[Step], name: str) -> None:
        if not self.rests:
            return
        env, memory, prompts = make_env(), make_memory(self.spec), []
        for step in done:
            do(env, step)
            prompts.append(flatten(show(WIRES[name], strip_tail(render(memory, env).items), "")))

        breaks = sum(not after.startswith(before) for before, after in pairwise(prompts))
        assert breaks <= self.count_breaks(env)

    def test_what_it_costs_to_show_grows_with_what_is_shown_alone(self) -> None:
        memory, costs, shown = make_memory(self.spec), [], []
        for length in (200, 2000):
            env = make_env([("act", "I look.", "", [("word " * 30, "finished")])] * length)
            shown.append(len(memory.render(env, Lens())))
            do(env, ("think", "Hm.", ""))
            costs.append(count_lines(partial(memory.render, env, Lens())))

        assert self.is_bounded == (shown[1] < 2 * shown[0])
        assert costs[1] <= 1.1 * costs[0] * shown[1] / shown[0] + 50

    @house
    @given(done=steps, name=wires)
    def test_without_bounds_it_shows_what_messages_shows(self, done: list[Step], name: str) -> None:
        if self.unbounded is None:
            return
        env = make_env([step for step in done if step[0] not in {"branch", "slot"}])
        whole = Messages().render(env, Lens())

        assert list(make_memory(self.unbounded).render(env, Lens())) == list(whole)
        roomy = Lens(budget=make_budget(WIRES[name], 10**9))
        assert list(make_memory(self.unbounded).render(env, roomy)) == list(whole)

    def view(self, done: list[Step], most: int, name: str, env: MemoryEnv | None = None) -> View:
        """What is shown of this run within a budget, when all is done that is due."""
        memory, env = make_memory(self.spec), make_env(done) if env is None else env
        maintain(memory, env, make_budget(WIRES[name], most))
        return render(memory, env, make_budget(WIRES[name], most))

    def find_tool(self, name: str) -> Any:
        """A tool that the memory has for the model; None where it has none of that name."""
        tools: Sequence[Tool] = getattr(make_memory(self.spec), "tools", ())
        return next((tool for tool in tools if tool.spec.name == name), None)


def strip_tail(items: Sequence[Item]) -> Sequence[Item]:
    """What is shown, without the blocks at its end, which change."""
    end = len(items)
    while end and items[end - 1].kind is ItemKind.SHOWN:
        end -= 1
    return items[:end]
